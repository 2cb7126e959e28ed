"""What a file is, by its path: language, vendored, generated, documentation.

The data is that of GitHub's Linguist (``linguist/``, made by ``scripts/linguist-data``). Nobody looks into the files,
so an extension that several languages share stands for the one that most such files are in.
"""

import json
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import re2

from forgelake.model.commits import PathClass
from forgelake.normalise.git.attributes import Rule, applied, rules
from forgelake.normalise.git.generated import PATTERNS


class _Linguist(NamedTuple):
    """Its data.

    Attributes:
        patterns: all patterns at once; ``flags`` says for each what a file is that it finds.
    """

    extensions: dict[str, str]
    filenames: dict[str, str]
    patterns: re2.Set
    flags: tuple[str, ...]


class Classifier:
    """Classes of paths in a repository."""

    def __init__(self, attributes: str = "") -> None:
        """``attributes`` is the repository's own ``.gitattributes``."""
        self._rules: tuple[Rule, ...] = rules(attributes, _named)

    def of(self, path: bytes) -> PathClass:
        """The class of a file."""
        text = path.decode("utf-8", errors="replace")
        return applied(text, classified(text), self._rules)


def classified(path: str) -> PathClass:
    """The class of a file as Linguist's data has it."""
    linguist = _linguist()
    flags = {linguist.flags[number] for number in linguist.patterns.Match(path) or ()}
    return PathClass(_language(path, linguist), *(flag in flags for flag in PathClass._fields[1:]))


def _language(path: str, linguist: _Linguist) -> str | None:
    name = path.rpartition("/")[2]
    if (known := linguist.filenames.get(name)) is not None:
        return known
    _, dot, extension = name.lower().partition(".")
    while dot:
        if (known := linguist.extensions.get(dot + extension)) is not None:
            return known
        _, dot, extension = extension.partition(".")
    return None


def _named(word: str) -> str | None:
    return _languages().get(word.lower().replace(" ", "-"))


@cache
def _languages() -> dict[str, str]:
    linguist = _linguist()
    names = {*linguist.extensions.values(), *linguist.filenames.values()}
    return {name.lower().replace(" ", "-"): name for name in names}


@cache
def _linguist() -> _Linguist:
    data = json.loads(files("forgelake.normalise.git").joinpath("linguist/data.json").read_text(encoding="utf-8"))
    options = re2.Options()
    options.log_errors = False
    patterns = re2.Set.SearchSet(options)
    flags = list[str]()
    groups = (
        ("is_vendored", data["vendored"]),
        ("is_generated", PATTERNS),
        ("is_documentation", data["documentation"]),
    )
    for flag, expressions in groups:
        for expression in expressions:
            patterns.Add(expression)
            flags.append(flag)
    patterns.Compile()
    return _Linguist(data["extensions"], data["filenames"], patterns, tuple(flags))
