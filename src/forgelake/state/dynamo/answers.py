"""Answers that are made by a worker as items."""

from collections.abc import Callable, Mapping
from dataclasses import asdict

from forgelake.state import schema
from forgelake.state.answers import AnswerRow, Answers, Bounds, found
from forgelake.state.dynamo.items import Item, Items, Key
from forgelake.state.dynamo.shelf import Shelf, Values


class DynamoAnswers(Answers):
    """See ``Answers``."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._shelf = Shelf(items, schema.answers)

    def ask(self, asked: AnswerRow, bounds: Bounds) -> AnswerRow:
        # All that ask write this item, so that of two who ask the same at once, one finds the other's.
        lock, key = Key("counts", "answers"), self._shelf.key(asked.id)
        known = list[AnswerRow | None]()

        def decide(_known: Mapping[Key, Item]) -> dict[Key, Item | None]:
            known[:] = [found(self.all_rows(), asked, bounds)]
            return {lock: {}, key: self._shelf.item(asdict(asked))} if known == [None] else {}

        self._items.change([lock, key], decide)
        return known[0] or asked

    def change(self, id_: str, to: Callable[[AnswerRow], AnswerRow | None]) -> AnswerRow | None:
        new = list[AnswerRow | None]([None])

        def changed(values: Values) -> Values | None:
            new[:] = [to(AnswerRow.of(values))]
            return None if new[0] is None else asdict(new[0])

        self._shelf.change(id_, to=changed)
        return new[0]

    def get(self, id_: str) -> AnswerRow | None:
        values = self._shelf.get(id_)
        return None if values is None else AnswerRow.of(values)

    def all_rows(self) -> list[AnswerRow]:
        return sorted(map(AnswerRow.of, self._shelf.query()), key=lambda row: (row.created_at, row.id))

    def is_empty(self) -> bool:
        return next(self._shelf.query(page=1), None) is None

    def remove(self, id_: str) -> None:
        self._items.change([self._shelf.key(id_)], dict.fromkeys)
