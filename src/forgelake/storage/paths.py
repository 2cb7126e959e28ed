"""Paths of objects: relative, POSIX, the same on a local folder and in a bucket."""

import re

from forgelake.model.errors import UsageError

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")
_STAGED = re.compile(r"#\d+$")
"""obstore keeps half-written local files under such names, and so neither lists nor opens them."""


def checked_path(path: str) -> str:
    """The path itself, if every storage can hold an object of that name.

    Raises:
        UsageError: it is empty, absolute, climbs out, has empty parts, control characters or backslashes,
            or a part ends in ``#`` and digits.
    """
    parts = path.split("/")
    bad = any(part in {"", ".", ".."} or _STAGED.search(part) for part in parts)
    if bad or _FORBIDDEN.search(path):
        message = f"{path!r} cannot name an object; write a relative path like landing/gharchive/2016-01-01-1.json.gz"
        raise UsageError(message)
    return path


def checked_prefix(prefix: str) -> str:
    """A folder's path, or nothing for all objects; a slash at the end is allowed."""
    bare = prefix.removesuffix("/")
    return checked_path(bare) if bare else ""
