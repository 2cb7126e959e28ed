"""What a repository says of its own files: the ``linguist-…`` attributes of the ``.gitattributes`` at its top."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from forgelake.model.commits import PathClass

_FLAGS: Final = {
    "linguist-vendored": "is_vendored",
    "linguist-generated": "is_generated",
    "linguist-documentation": "is_documentation",
}
_MOST: Final = 1_000


class Rule(NamedTuple):
    """One line: which files, and what it says of them."""

    matches: re.Pattern[str]
    says: dict[str, bool | str]


def rules(text: str, named: Callable[[str], str | None]) -> tuple[Rule, ...]:
    """The lines that say something of languages; others, and those that cannot be read, are left out.

    Args:
        named: the language that somebody calls so, in whatever case and with hyphens for spaces.
    """
    found = list[Rule]()
    for line in text.splitlines()[:_MOST]:
        pattern, _, attributes = line.strip().partition(" ")
        if not pattern or pattern.startswith(("#", '"', "!", "[attr]")):
            continue
        if says := _said(attributes, named):
            found.append(Rule(pattern_of(pattern), says))
    return tuple(found)


def applied(path: str, given: PathClass, known: tuple[Rule, ...]) -> PathClass:
    """What a file is, after the repository has spoken; later lines win."""
    for rule in known:
        if rule.matches.fullmatch(path):
            given = PathClass._make(rule.says.get(name, held) for name, held in given._asdict().items())
    return given


def _said(attributes: str, named: Callable[[str], str | None]) -> dict[str, bool | str]:
    says: dict[str, bool | str] = {}
    for word in attributes.split():
        name, _, value = word.lstrip("-!").partition("=")
        if name in _FLAGS:
            says[_FLAGS[name]] = word[0] not in "-!" and value.lower() not in ("false", "0")
        elif name == "linguist-language" and (language := named(value)):
            says["language"] = language
    return says


def pattern_of(pattern: str) -> re.Pattern[str]:
    """A pattern of .gitattributes: without a slash it is for names in any folder."""
    anchored = "/" in pattern.rstrip("/")
    parts = re.split(r"(\*\*/|/\*\*$|\*+|\?|\[[^\]/]+\])", pattern.lstrip("/"))
    body = "".join(_translated(part) for part in parts)
    return re.compile(body if anchored else f"(?:.*/)?{body}", re.DOTALL)


def _translated(part: str) -> str:
    match part:
        case "**/":
            return "(?:.*/)?"
        case "/**":
            return "/.*"
        case "?":
            return "[^/]"
        case _ if part and not part.strip("*"):
            return "[^/]*"
        case _ if part.startswith("[") and part.endswith("]"):
            inner = part[1:-1].replace("\\", r"\\").replace("[", r"\[")
            return f"[^{inner[1:]}]" if inner.startswith(("!", "^")) and inner[1:] else f"[{inner}]"
        case _:
            return re.escape(part)
