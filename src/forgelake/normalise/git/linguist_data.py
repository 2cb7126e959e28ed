"""The data of GitHub's Linguist: ``linguist/data.json``, made by ``scripts/linguist-data``."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TypedDict

import msgspec


class LanguageRule(TypedDict):
    """A language, and the patterns that its files hold (true) or do not hold (false)."""

    language: str
    patterns: list[tuple[str, bool]]


class Heuristic(TypedDict):
    """How to tell the languages that share some extensions: the first rule that holds says it."""

    extensions: list[str]
    rules: list[LanguageRule]


class Data(TypedDict):
    """Languages by extension, file name and interpreter, the rules for content, and patterns of paths."""

    extensions: dict[str, str]
    filenames: dict[str, str]
    interpreters: dict[str, str]
    heuristics: list[Heuristic]
    vendored: list[str]
    documentation: list[str]


@cache
def data() -> Data:
    """Read once."""
    return msgspec.json.decode(_bytes(), type=Data)


@cache
def mark() -> str:
    """Changes with the data: what was classified with other data is to be classified again."""
    return sha256(_bytes()).hexdigest()[:8]


def _bytes() -> bytes:
    return files("forgelake.normalise.git").joinpath("linguist/data.json").read_bytes()
