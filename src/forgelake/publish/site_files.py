"""Names of a static site's files: the same for the same page, and good on any file system and in any address.

A name that is plain (small letters, digits, ``.``, ``_``, ``-``) stays as it is. Any other, and those that some system
keeps for itself, become a readable part, ``~`` and a digest. No plain name has a ``~``, so no two names are one file.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

_PLAIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}(?<!\.)")
_KEPT: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_UNPLAIN: Final = re.compile(r"[^a-z0-9]+")
_READABLE: Final = 40

INDEX: Final = "index.html"
MISSING: Final = "404.html"
PNG: Final = "png"
ENDINGS: Final = {"csv": "csv", "json": "json", "parquet": "parquet", "svg": "svg", "vegalite": "vl.json", PNG: "png"}
"""Endings of data files, by their format."""


def plain(name: str) -> str:
    """A name as a part of a file's path."""
    if _PLAIN.fullmatch(name) and not _KEPT.fullmatch(name):
        return name
    readable = _UNPLAIN.sub("-", name.lower()).strip("-")[:_READABLE] or "x"
    return f"{readable}~{_digest(name)}"


def page_file(parts: tuple[str, ...], preset: str) -> str:
    """A page's file, by the parts of its path; ``preset`` is empty for the default period."""
    path = "/".join(map(plain, parts)) or INDEX.removesuffix(".html")
    return f"{path}~{preset}.html" if preset else f"{path}.html"


def data_file(metric: str, form: str, question: Mapping[str, str]) -> str:
    """The file of a metric's answer."""
    return f"data/{metric}~{_digest(repr(sorted(question.items())))}.{ENDINGS[form]}"


def card_file(kind: str, metric: str, question: Mapping[str, str]) -> str:
    """A card's file; of a repository one that a person can guess."""
    if not question:
        return f"{kind}/{plain(metric)}.svg"
    if set(question) == {"repo"}:
        return f"{kind}/{plain(metric)}/{'/'.join(map(plain, question['repo'].split('/')))}.svg"
    return f"{kind}/{metric}~{_digest(repr(sorted(question.items())))}.svg"


def asset_file(mark: str, name: str) -> str:
    """The file of something that pages load."""
    return f"assets/{mark}/{name}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
