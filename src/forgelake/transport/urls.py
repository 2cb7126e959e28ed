"""URLs as they may be shown and stored."""

from urllib.parse import urlsplit, urlunsplit


def shown(url: str) -> str:
    """The URL without credentials and without its query, which may hold a signature."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
