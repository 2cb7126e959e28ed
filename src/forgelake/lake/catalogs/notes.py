"""What the lake needs of a catalog, whoever keeps it."""

from collections.abc import Iterable, Mapping
from typing import Final, Protocol, TypeAlias

from pyiceberg.catalog import Catalog as IcebergCatalog

NAMESPACE: Final = "forgelake"
"""The catalog's name and namespace wherever a table is noted, so that a note can be moved to another catalog."""

Note: TypeAlias = Mapping[str, str | None]
"""A table as Iceberg's SQL catalogs note it: ``table_name``, ``metadata_location`` and four more."""


class Notes(Protocol):
    """The notes on the lake's tables.

    All methods raise ``RetryError`` when whoever keeps them does not answer.
    """

    @property
    def tables(self) -> IcebergCatalog:
        """What loads, makes and commits to a table."""
        ...

    @property
    def namespace(self) -> str:
        """The namespace that the tables have there."""
        ...

    def rows(self) -> list[dict[str, str | None]]:
        """All notes on tables."""
        ...

    def add(self, rows: Iterable[Note]) -> None:
        """Note tables that are not noted yet."""
        ...

    def close(self) -> None:
        """Let go of whoever keeps them."""
        ...
