"""What a file is, by its path: language, vendored, generated, documentation.

The data is that of GitHub's Linguist. Where a path leaves the language open, an extension that several languages share
stands for the one that most such files are in, unless the content is at hand, which tells.
"""

from functools import cache
from typing import NamedTuple

import re2

from forgelake.model.commits import PathClass
from forgelake.normalise.git import contents
from forgelake.normalise.git.attributes import Rule, applied, rules
from forgelake.normalise.git.generated import PATTERNS
from forgelake.normalise.git.linguist_data import data


class _Patterns(NamedTuple):
    """All patterns at once; ``flags`` says for each what a file is that it finds."""

    every: re2.Set
    flags: tuple[str, ...]


class Classifier:
    """Classes of paths in a repository."""

    def __init__(self, attributes: str = "") -> None:
        """``attributes`` is the repository's own ``.gitattributes``."""
        self._rules: tuple[Rule, ...] = rules(attributes, _named)

    def of(self, path: bytes, content: bytes | None = None) -> PathClass:
        """The class of a file, of which the first bytes may be at hand."""
        text = path.decode("utf-8", errors="replace")
        return applied(text, classified(text, content), self._rules)


def is_open(path: bytes) -> bool:
    """Whether a file's content tells more of its language than its path."""
    _, extension = _by_path(path.decode("utf-8", errors="replace"))
    return extension is not None and contents.is_open(extension)


def classified(path: str, content: bytes | None = None) -> PathClass:
    """The class of a file as Linguist's data has it."""
    patterns = _patterns()
    flags = {patterns.flags[number] for number in patterns.every.Match(path) or ()}
    language, extension = _by_path(path)
    if content is not None and extension is not None and contents.is_open(extension):
        language = contents.language(extension, content) or language
    return PathClass(language, *(flag in flags for flag in PathClass._fields[1:]))


def _by_path(path: str) -> tuple[str | None, str | None]:
    """The language, and the extension that it is known by; None where that is not by an extension, or unknown."""
    name = path.rpartition("/")[2]
    if (known := data()["filenames"].get(name)) is not None:
        return known, None
    extensions = data()["extensions"]
    _, dot, extension = name.lower().partition(".")
    if not dot:
        return None, contents.NO_EXTENSION
    while dot:
        if (known := extensions.get(dot + extension)) is not None:
            return known, dot + extension
        _, dot, extension = extension.partition(".")
    return None, None


def _named(word: str) -> str | None:
    return _languages().get(word.lower().replace(" ", "-"))


@cache
def _languages() -> dict[str, str]:
    names = {*data()["extensions"].values(), *data()["filenames"].values()}
    return {name.lower().replace(" ", "-"): name for name in names}


@cache
def _patterns() -> _Patterns:
    options = re2.Options()
    options.log_errors = False
    every = re2.Set.SearchSet(options)
    flags = list[str]()
    groups = (
        ("is_vendored", data()["vendored"]),
        ("is_generated", PATTERNS),
        ("is_documentation", data()["documentation"]),
    )
    for flag, expressions in groups:
        for expression in expressions:
            every.Add(expression)
            flags.append(flag)
    every.Compile()
    return _Patterns(every, tuple(flags))
