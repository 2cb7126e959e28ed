"""What a person says of themselves, and which blocks of their CV are shown, in what order.

All of it is written by the person and shown to others, so it is bounded, and what could deceive a reader is refused or
taken out: texts hold no control characters and none that turn the direction of writing, addresses are http or https.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from forgelake.model.errors import UsageError

MOST_PROJECTS: Final = 20
MOST_LINKS: Final = 10
PRIVATE_LABEL: Final = "Private work"
_DIRECTIONS: Final = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SHOWN: Final = 60
"""Characters of a wrong value that a message repeats."""
_MONTH: Final = re.compile(r"(19|20)\d\d(-(0[1-9]|1[0-2]))?")


class Block(StrEnum):
    """A part of the page."""

    CALENDAR = "calendar"
    SUMMARY = "summary"
    YEARS = "years"
    LANGUAGES = "languages"
    KINDS = "kinds"
    PROJECTS = "projects"
    OPEN_SOURCE = "open_source"
    CONTRIBUTIONS = "contributions"
    PACKAGES = "packages"
    PUNCH_CARD = "punch_card"


class Publication(StrEnum):
    """Who may see it: its owner, whoever has the link, or everybody."""

    PRIVATE = "private"
    LINK = "link"
    PUBLIC = "public"


def _clean(text: str) -> str:
    """A text without characters that cannot be seen and change how others are read."""
    kept = (sign for sign in unicodedata.normalize("NFC", text.replace("\r\n", "\n")) if _is_plain(sign))
    return "".join(kept).strip()


def _is_plain(sign: str) -> bool:
    return sign == "\n" or (unicodedata.category(sign) not in ("Cc", "Cs") and sign not in _DIRECTIONS)


def _line(text: str) -> str:
    return " ".join(_clean(text).split())


def _address(text: str) -> str:
    address = _line(text)
    if not address:
        return ""
    parts = _split(address)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        message = "write an address that begins with https:// or http:// and holds no password"
        raise ValueError(message)
    return address


def _split(address: str) -> Any:
    try:
        return None if re.search(r"[\s<>\"'`\\]", address) else urlsplit(address)
    except ValueError:
        return None


def _month(text: str) -> str:
    month = text.strip()
    if month and not _MONTH.fullmatch(month):
        message = "write a year or a month like 2024 or 2024-05"
        raise ValueError(message)
    return month


Line = Annotated[str, AfterValidator(_line), Field(max_length=120)]
Words = Annotated[str, AfterValidator(_clean), Field(max_length=4000)]
Address = Annotated[str, AfterValidator(_address), Field(max_length=500)]
Month = Annotated[str, AfterValidator(_month), Field(max_length=20)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=4000)


class Link(_Value):
    """Somewhere else where the person can be found."""

    title: Line = Field(min_length=1)
    url: Address = Field(min_length=1)


class Project(_Value):
    """A project in the person's own words; ``end`` is empty while it goes on."""

    title: Line = Field(min_length=1)
    role: Line = ""
    text: Words = ""
    url: Address = ""
    begin: Month = ""
    end: Month = ""


class BlockChoice(_Value):
    """A block, and whether it is shown."""

    block: Block
    shown: bool = True


_USUAL: Final = tuple(BlockChoice(block=block) for block in Block)


class Profile(_Value):
    """The person's own words and choices.

    Attributes:
        name: what the page calls the person; empty for the account's display name.
        private_label: what repositories that are not known to be public are shown as, together.
        packages: of which repositories packages are told: names of packages of a company's own are in its manifests.
        blocks: all blocks, in the order in which they are shown; those that were not named come last.
    """

    name: Line = ""
    headline: Line = ""
    about: Words = ""
    private_label: Line = Field(PRIVATE_LABEL, min_length=1)
    packages: Literal["public", "all"] = "public"
    blocks: tuple[BlockChoice, ...] = _USUAL
    projects: Annotated[tuple[Project, ...], Field(max_length=MOST_PROJECTS)] = ()
    links: Annotated[tuple[Link, ...], Field(max_length=MOST_LINKS)] = ()

    @model_validator(mode="after")
    def _every_block_once(self) -> Self:
        named = [choice.block for choice in self.blocks]
        if len(set(named)) < len(named):
            message = "a block is named twice"
            raise ValueError(message)
        missing = [choice for choice in _USUAL if choice.block not in named]
        # Frozen: this is the one place before anybody has it.
        object.__setattr__(self, "blocks", (*self.blocks, *missing))
        return self

    @property
    def shown(self) -> tuple[Block, ...]:
        """The blocks that are shown, in their order."""
        return tuple(choice.block for choice in self.blocks if choice.shown)

    def plain(self) -> dict[str, Any]:
        """JSON values, from which ``profile_of`` makes the same."""
        return self.model_dump(mode="json")


def profile_of(values: Mapping[str, Any]) -> Profile:
    """A profile from plain values.

    Raises:
        UsageError: something in it is wrong; the message names each of them.
    """
    try:
        return Profile.model_validate(values)
    except ValidationError as error:
        faults = [f"{_place(one)}: {_told(one['msg'])}" for one in error.errors(include_url=False)]
        message = "; ".join(faults[:5])
        raise UsageError(message) from None


def profile_from_toml(text: str) -> Profile:
    """A profile from a file.

    Raises:
        UsageError: it is no TOML, or something in it is wrong.
    """
    try:
        return profile_of(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        message = f"the profile is no TOML: {error}"
        raise UsageError(message) from None


def _place(fault: Mapping[str, Any]) -> str:
    """Where a fault is, with the value that stands there; of several values together, none."""
    place, value = ".".join(map(str, fault["loc"])) or "profile", fault["input"]
    if fault["type"] == "missing" or not isinstance(value, str | int | float):
        return place
    shown = str(value)
    return f'{place} = "{shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"}"'


def _told(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should be", "it has to be")
