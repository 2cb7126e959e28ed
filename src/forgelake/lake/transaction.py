"""A table's change, without the copies that pyiceberg makes of what it is a change of."""

from pyiceberg.table import Table, Transaction
from pyiceberg.table.metadata import TableMetadata


class CopyingOnce(Transaction):
    """pyiceberg's transaction, which copies the table's whole metadata whenever it looks at it.

    It looks a dozen times in a commit, and with a hundred snapshots a copy takes longer than the rest of the commit.
    Nothing in it changes what it looks at, so that one copy does until something is staged.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._copied: tuple[int, TableMetadata] | None = None

    @property
    def table_metadata(self) -> TableMetadata:
        """The table with what is staged so far."""
        if self._copied is None or self._copied[0] != len(self._updates):
            self._copied = len(self._updates), super().table_metadata
        return self._copied[1]
