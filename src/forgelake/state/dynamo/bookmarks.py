"""Bookmarks as items: a move is written together with the mark and the number of all moves."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Final

from forgelake.state import schema
from forgelake.state.bookmarks import BookmarkMove
from forgelake.state.dynamo.definition import BY_GROUP
from forgelake.state.dynamo.items import Item, Items, Key
from forgelake.state.dynamo.shelf import Shelf, Values, beginning, joined
from forgelake.state.stores import BookmarkStore

MOVES: Final = Key("counts", "bookmark_moves")


class DynamoBookmarks(BookmarkStore):
    """See ``Bookmarks``."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._marks = Shelf(items, schema.bookmarks)
        self._moves = Shelf(items, schema.bookmark_moves, indexed=_indexed)

    def get(self, source: str) -> datetime | None:
        mark = self._marks.get(source)
        return None if mark is None else mark["position"]

    def set(self, source: str, position: datetime, run_id: str, now: datetime) -> None:
        here = self._marks.key(source)
        mark = {"source": source, "position": position, "run_id": run_id, "moved_at": now}

        def decide(known: Mapping[Key, Item]) -> dict[Key, Item | None]:
            previous = self._marks.values(known[here])["position"] if here in known else None
            if previous == position:
                return {}
            number = int(known[MOVES]["number"]["N"]) + 1 if MOVES in known else 1
            move = self._moves.item({"id": number, "previous": previous, **mark})
            return {
                here: self._marks.item(mark),
                self._moves.key(number): move,
                MOVES: {"number": {"N": str(number)}},
            }

        self._items.change([here, MOVES], decide)

    def moves(self, source: str, limit: int) -> list[BookmarkMove]:
        found = self._moves.query(index=BY_GROUP, between=beginning(source), last_first=True, page=limit)
        columns = ("source", "position", "previous", "run_id", "moved_at")
        return [BookmarkMove(*(values[name] for name in columns)) for values in islice(found, limit)]


def _indexed(values: Values) -> Mapping[str, str | int | None]:
    return {BY_GROUP: joined(values["source"], f"{values['id']:012}")}
