"""The language of a file by its content, where its path leaves it open.

That is Linguist's heuristics for extensions that several languages share, and the first line of files without any
extension. The files are strangers', so the patterns run in RE2, which no pattern and no file keeps busy for long.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Final, TypeAlias

import re2

from forgelake.normalise.git.linguist_data import Heuristic, data

MOST_BYTES: Final = 50 << 10
"""How much of a file is looked at, as Linguist does."""

NO_EXTENSION: Final = ""

_Search: TypeAlias = Callable[[bytes], object]
_Rule: TypeAlias = tuple[str, list[tuple[_Search, bool]]]
_INTERPRETER: Final = re.compile(rb"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+|\w+=\S*\s+)*(?:\S*/)?)?([^\s/]+)")


def is_open(extension: str) -> bool:
    """Whether the content of a file with that extension tells more than the extension."""
    return extension == NO_EXTENSION or extension in _heuristics()


def language(extension: str, content: bytes) -> str | None:
    """The language of a file with an extension, of which the first bytes are given; None where they do not tell."""
    if extension == NO_EXTENSION:
        return _interpreted(content)
    text = content[:MOST_BYTES]
    for name, patterns in _rules(extension):
        if all((search(text) is not None) is is_wanted for search, is_wanted in patterns):
            return name
    return None


def _interpreted(content: bytes) -> str | None:
    found = _INTERPRETER.match(content)
    if found is None:
        return None
    name = found[1].decode("utf-8", errors="replace")
    interpreters = data()["interpreters"]
    return interpreters.get(name) or interpreters.get(name.rstrip(".0123456789"))


@cache
def _heuristics() -> dict[str, Heuristic]:
    return {extension: one for one in data()["heuristics"] for extension in one["extensions"]}


@cache
def _rules(extension: str) -> list[_Rule]:
    return [
        (rule["language"], [(_compiled(pattern), is_wanted) for pattern, is_wanted in rule["patterns"]])
        for rule in _heuristics()[extension]["rules"]
    ]


def _compiled(pattern: str) -> _Search:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(f"(?m){pattern}".encode(), options).search
