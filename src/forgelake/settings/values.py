"""Types of single settings, as a person may write them in TOML, in a variable or on the command line."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, InstanceOf, ValidationInfo

from forgelake.model.errors import UsageError
from forgelake.model.hours import Hour
from forgelake.settings import urls


def cwd_of(info: ValidationInfo) -> Path:
    """The folder that relative paths start from: the one given to ``load``, else the process's own."""
    return info.context["cwd"] if info.context else Path.cwd()


def environ_of(info: ValidationInfo) -> Mapping[str, str]:
    """The variables given to ``load``; none where a model is built without it."""
    return info.context.get("environ", {}) if info.context else {}


def _instant(value: object) -> object:
    """A number is refused: Pydantic would read 2026 as seconds since 1970."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            message = "write an ISO instant like 2026-09-06T12:00:00Z"
            raise ValueError(message) from None
    if not isinstance(value, datetime):
        message = "write an ISO instant like 2026-09-06T12:00:00Z"
        raise ValueError(message)  # noqa: TRY004 — Pydantic collects ValueErrors only
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _hour(value: object) -> object:
    if isinstance(value, datetime):
        return Hour.containing(value.replace(tzinfo=value.tzinfo or UTC))
    if isinstance(value, date):
        value = value.isoformat()
    if not isinstance(value, str):
        return value
    try:
        return Hour.parse(value)
    except UsageError as error:
        raise ValueError(str(error)) from None


def _origins(value: object) -> object:
    """Space-separated text or a list; each origin once, in the order given."""
    listed = value.split() if isinstance(value, str) else value
    if not isinstance(listed, Sequence) or not all(isinstance(url, str) for url in listed):
        message = "write a list of base URLs"
        raise ValueError(message)
    if not listed:
        message = "name at least one origin"
        raise ValueError(message)
    return tuple(dict.fromkeys(urls.origin(url) for url in listed))


def _properties(value: object) -> object:
    """Space-separated text or a list; the last of two with one name wins, as Spark itself does."""
    listed = value.split() if isinstance(value, str) else value
    if not isinstance(listed, Sequence) or not all(isinstance(one, str) for one in listed):
        message = "write a list of name=value"
        raise ValueError(message)
    for one in listed:
        if not one.startswith("spark.") or "=" not in one:
            message = f'"{one}" is no property of Spark; write it like spark.executor.memory=4g'
            raise ValueError(message)
    return tuple(listed)


def _folder(value: object, info: ValidationInfo) -> object:
    if value == "":
        message = "name a folder"
        raise ValueError(message)
    return urls.absolute(Path(value), cwd_of(info)) if isinstance(value, str | Path) else value


def _folder_or_none(value: object, info: ValidationInfo) -> object:
    return None if value is None or value == "" else _folder(value, info)


def _storage(value: str, info: ValidationInfo) -> str:
    return urls.storage(value, cwd_of(info)) if value else value


def _database(value: str, info: ValidationInfo) -> str:
    return urls.database(value, cwd_of(info)) if value else value


def _state(value: str, info: ValidationInfo) -> str:
    return urls.state(value, cwd_of(info)) if value else value


def _catalog(value: str, info: ValidationInfo) -> str:
    return urls.catalog(value, cwd_of(info)) if value else value


def _endpoint(value: str) -> str:
    return urls.web_address(value) if value else value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


Instant = Annotated[datetime, BeforeValidator(_instant)]
"""An instant in UTC; one without an offset is read as UTC."""

HourSetting = Annotated[InstanceOf[Hour], BeforeValidator(_hour)]
"""An hour in UTC, e.g. ``2026-09-06T00``."""

Folder = Annotated[Path, BeforeValidator(_folder)]
FolderOrNone = Annotated[Path | None, BeforeValidator(_folder_or_none)]
"""An absolute folder."""

StorageUri = Annotated[str, AfterValidator(_storage)]
"""An absolute ``file://`` or ``s3://`` URI; empty where the default was not settled."""

DatabaseUrl = Annotated[str, AfterValidator(_database)]
"""A ``sqlite:///`` or ``postgresql+psycopg://`` URL; empty where the default was not settled."""

StateUrl = Annotated[str, AfterValidator(_state)]
"""A database URL, or ``dynamodb://TABLE``; empty where the default was not settled."""

CatalogUrl = Annotated[str, AfterValidator(_catalog)]
"""A ``DatabaseUrl``, or ``glue://database``."""

Endpoint = Annotated[str, AfterValidator(_endpoint)]
"""An ``http(s)://`` address without a trailing slash, or nothing."""

Origins = Annotated[tuple[str, ...], BeforeValidator(_origins)]
"""Base URLs, each ending in a slash."""

Properties = Annotated[tuple[str, ...], BeforeValidator(_properties)]
"""Properties of Spark, each ``name=value``."""

Lower = BeforeValidator(_lower)
"""Marks a word whose case does not matter."""
