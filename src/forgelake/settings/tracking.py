"""Types of the settings that say what is tracked on GitHub, and with which tokens."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, SecretStr, ValidationInfo

from forgelake.settings import urls
from forgelake.settings.parameters import is_parameter, parameter
from forgelake.settings.values import cwd_of, environ_of

_TOPIC = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
_SEARCH = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,49})=(\S.*)")
_LANGUAGE = re.compile(r"[^\s\"\\,][^\"\\,]{0,49}")


@dataclass(frozen=True, slots=True)
class TokenReference:
    """A token by the place that holds it; ``secret`` is empty where it is to be read there."""

    text: str
    secret: SecretStr = field(default_factory=lambda: SecretStr(""))

    @property
    def file(self) -> str:
        """The file that holds it, if one does."""
        return self.text.removeprefix("file:") if self.text.startswith("file:") else ""

    @property
    def kept_as(self) -> str:
        """Its name in the vault, if it is kept there."""
        return self.text.removeprefix("vault:") if self.text.startswith("vault:") else ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Search:
    """A search of repositories by a name of the person's own."""

    name: str
    query: str

    def __str__(self) -> str:
        return f"{self.name}={self.query}"


def _listed(value: object, good: str, divider: str | None = None) -> Sequence[object]:
    listed = [part.strip() for part in value.split(divider) if part.strip()] if isinstance(value, str) else value
    if not isinstance(listed, Sequence):
        message = f"write a list like {good}"
        raise ValueError(message)  # noqa: TRY004 - Pydantic collects ValueErrors only
    return listed


def _matching(shape: re.Pattern[str], listed: Sequence[object], good: str) -> Iterator[re.Match[str]]:
    for item in listed:
        found = shape.fullmatch(item.strip()) if isinstance(item, str) else None
        if found is None:
            message = f'"{item}" is none; write it like {good}'
            raise ValueError(message)
        yield found


def _topics(value: object) -> object:
    good = "data-engineering"
    listed = [item.lower() if isinstance(item, str) else item for item in _listed(value, good)]
    return tuple(dict.fromkeys(found[0] for found in _matching(_TOPIC, listed, good)))


def _languages(value: object) -> object:
    return tuple(dict.fromkeys(found[0] for found in _matching(_LANGUAGE, _listed(value, "Python", ","), "Python")))


def _searches(value: object) -> object:
    good = "big=stars:>1000 (a name of your own, and GitHub's query)"
    listed = [str(item) if isinstance(item, Search) else item for item in _listed(value, good, "\n")]
    found = {one[1]: Search(one[1], one[2].strip()) for one in _matching(_SEARCH, listed, good)}
    if len(found) < len(listed):
        message = "two searches have the same name"
        raise ValueError(message)
    return tuple(found.values())


def _tokens(value: object, info: ValidationInfo) -> object:
    listed = [str(item) for item in _listed(value, "env:MY_TOKEN")]
    return tuple(reference(item, info, "token") for item in dict.fromkeys(listed))


def reference(item: str, info: ValidationInfo, what: str) -> TokenReference:
    """A secret by the place that holds it; raises ValueError where it is none. ``what`` is its name in messages."""
    kind, _, name = item.partition(":")
    if kind == "env" and name:
        if not (secret := environ_of(info).get(name, "").strip()):
            message = f'the variable "{name}" is not set; set it to the {what}'
            raise ValueError(message)
        return TokenReference(item, SecretStr(secret))
    if kind == "file" and name:
        return TokenReference(f"file:{urls.absolute(Path(name), cwd_of(info))}")
    if is_parameter(item) and name:
        return TokenReference(item, SecretStr(parameter(item)))
    if kind == "vault" and name and what == "token":
        return TokenReference(item)
    good = "env:VARIABLE, file:PATH, ssm:NAME" + (" or vault:NAME" if what == "token" else "")
    message = f"a {what} is named as {good}, and never written here itself"
    raise ValueError(message)


TokenReferences = Annotated[tuple[TokenReference, ...], BeforeValidator(_tokens)]
"""Tokens by the places that hold them."""

Topics = Annotated[tuple[str, ...], BeforeValidator(_topics)]
"""Topics, in lower case as GitHub has them."""

Languages = Annotated[tuple[str, ...], BeforeValidator(_languages)]
"""Languages; as text divided by commas, because names hold blanks."""

Searches = Annotated[tuple[Search, ...], BeforeValidator(_searches)]
"""Searches as ``name=query``; as text one a line."""
