"""Slices whose work was begun and not brought to an end, so that one that ends every run is noticed and set aside."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, select

from forgelake.state import schema
from forgelake.state.connection import Database, chunks

_table = schema.unfinished


class Unfinished:
    """The table ``unfinished``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def times(self, source: str) -> Mapping[str, int]:
        """How often, by the slice's name."""
        with self._database.read() as connection:
            rows = connection.execute(select(_table.c.name, _table.c.times).where(_table.c.source == source))
            return {row.name: row.times for row in rows}

    def begin(self, source: str, name: str, run_id: str, now: datetime) -> None:
        """Count that work on a slice begins."""
        values = {"run_id": run_id, "begun_at": now}
        adding = self._database.insert(_table).values(source=source, name=name, times=1, **values)
        more = {**values, "times": _table.c.times + 1}
        with self._database.write() as connection:
            connection.execute(adding.on_conflict_do_update(index_elements=["source", "name"], set_=more))

    def forgive(self, run_id: str) -> None:
        """Forget the slices that a run had begun: it ended for another reason."""
        with self._database.write() as connection:
            connection.execute(delete(_table).where(_table.c.run_id == run_id))

    def end(self, source: str, names: Iterable[str]) -> None:
        """Forget slices whose work came to an end."""
        with self._database.write() as connection:
            for portion in chunks(sorted(set(names))):
                connection.execute(delete(_table).where(_table.c.source == source, _table.c.name.in_(portion)))
