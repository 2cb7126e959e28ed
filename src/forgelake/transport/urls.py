"""URLs as they may be shown and stored, and as they may be followed."""

import re
from typing import Final
from urllib.parse import urljoin, urlsplit, urlunsplit

_NEXT: Final = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?')


def shown(url: str) -> str:
    """The URL without credentials and without its query, which may hold a signature."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def next_page(base: str, header: str, current: str) -> str | None:
    """The link with ``rel="next"`` of a Link header, always below ``base``: a token goes nowhere else."""
    found = _NEXT.search(header)
    if found is None:
        return None
    parts = urlsplit(urljoin(current, found[1]))
    path = parts.path.removeprefix(urlsplit(base).path)
    return f"{base}{path}?{parts.query}" if parts.query else f"{base}{path}"
