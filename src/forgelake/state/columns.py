"""Column types that read back the same from SQLite and PostgreSQL, and the words that describe columns."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import JSON, BigInteger, Boolean, DateTime, Dialect, Integer, Table, Text
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. SQLite keeps no time zone, so it is stored there in UTC and given its zone when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes: a guess here would be a wrong hour later."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"{value.isoformat()} has no time zone; pass timezone-aware datetimes"
            raise ValueError(message)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 — given by SQLAlchemy
        """The instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Days(TypeDecorator[tuple[date, ...]]):
    """A set of days, sorted, stored as a JSON list of ISO dates."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Iterable[date] | None, dialect: Dialect) -> list[str] | None:  # noqa: ARG002 — given by SQLAlchemy
        """ISO dates, each once."""
        return None if value is None else [day.isoformat() for day in sorted(set(value))]

    def process_result_value(self, value: Iterable[str] | None, dialect: Dialect) -> tuple[date, ...]:  # noqa: ARG002 — given by SQLAlchemy
        """The days in order."""
        return tuple(date.fromisoformat(day) for day in value or ())


class DescribedColumn(NamedTuple):
    """A column as the documentation and the SQL catalogue show it; ``type`` is a SQL word such as ``VARCHAR``."""

    name: str
    type: str
    description: str


def described(table: Table) -> tuple[DescribedColumn, ...]:
    """All columns of a table in their order, with the type a reader sees them in."""
    return tuple(DescribedColumn(column.name, _type_word(column.type), column.doc or "") for column in table.columns)


def _type_word(kind: TypeEngine[Any]) -> str:
    words: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
        (UtcDateTime, "TIMESTAMPTZ"),
        (Days, "DATE[]"),
        (BigInteger, "BIGINT"),
        (Integer, "INTEGER"),
        (Boolean, "BOOLEAN"),
        (JSON, "JSON"),
        (Text, "VARCHAR"),
    )
    return next(word for known, word in words if isinstance(kind, known))
