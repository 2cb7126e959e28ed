"""Runs as items."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any

from forgelake.state import schema
from forgelake.state.dynamo.definition import BY_GROUP, BY_OPEN, BY_TIME
from forgelake.state.dynamo.items import Items
from forgelake.state.dynamo.shelf import EVERY, Shelf, Values, beginning, instant, joined
from forgelake.state.runs import Change, RunRow, Runs, RunStatus, RunTotal


class DynamoRuns(Runs):
    """See ``Runs``."""

    def __init__(self, items: Items) -> None:
        self._shelf = Shelf(items, schema.runs, indexed=_indexed)

    def get(self, run_id: str) -> RunRow | None:
        values = self._shelf.get(run_id)
        return None if values is None else RunRow.of(values)

    def page(self, limit: int, before: tuple[datetime, str] | None = None, job: str | None = None) -> list[RunRow]:
        group = () if job is None else (job,)
        first, last = beginning(*group) if group else EVERY
        if before is not None:
            last = joined(*group, instant(before[0]), before[1])
        index = BY_TIME if job is None else BY_GROUP
        # One more: the run itself after which the page begins is not on it.
        found = map(RunRow.of, self._shelf.query(index=index, between=(first, last), last_first=True, page=limit + 1))
        return list(islice((run for run in found if before is None or run.id != before[1]), limit))

    def running(self) -> list[RunRow]:
        return [RunRow.of(values) for values in self._shelf.query(index=BY_OPEN)]

    def totals(self) -> list[RunTotal]:
        sums = defaultdict[tuple[str, RunStatus], list[float]](list)
        for run in self.all_rows():
            if run.finished_at is not None:
                sums[run.job, run.status].append((run.finished_at - run.started_at).total_seconds())
        return [RunTotal(job, status, len(each), sum(each)) for (job, status), each in sorted(sums.items())]

    def all_rows(self) -> Iterator[RunRow]:
        return map(RunRow.of, self._shelf.query(index=BY_TIME))

    def _add(self, run: RunRow) -> None:
        self._shelf.put_all([asdict(run)])

    def _change(self, run_id: str, to: Change, *, running: bool = False) -> None:
        def changed(values: Values) -> dict[str, Any] | None:
            run = RunRow.of(values)
            return None if running and run.status is not RunStatus.RUNNING else asdict(to(run))

        self._shelf.change(run_id, to=changed)


def _indexed(values: Values) -> Mapping[str, str | int | None]:
    started, run_id = instant(values["started_at"]), values["id"]
    return {
        BY_TIME: joined(started, run_id),
        BY_GROUP: joined(values["job"], started, run_id),
        BY_OPEN: joined(started, run_id) if values["status"] == RunStatus.RUNNING else None,
    }
