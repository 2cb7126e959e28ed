"""What pages are made from: one snapshot of the lake, the metrics, a drawer, and how addresses are written."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import structlog
from markupsafe import Markup

from forgelake.jobs.job import Known
from forgelake.lake.events import EVENTS
from forgelake.metrics.answer import Answer, answer_from
from forgelake.metrics.binding import Bound, bind
from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.svg import Drawer
from forgelake.model.errors import ForgelakeError, UsageError
from forgelake.model.period import Period
from forgelake.pages.addresses import Addresses
from forgelake.pages.periods import Chosen, Reach, archive_reach, asked_since, chosen, reach
from forgelake.pipelines.context import Context
from forgelake.query.narrow import about_repo
from forgelake.query.snapshot import Snapshot
from forgelake.sources.synthetic.archive import FOLDER

AT_ONCE: Final = 4
"""More questions of one page at the same time only wait for each other."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that was not answered, in words for whoever put it."""

    message: str


@dataclass(frozen=True)
class Site:
    """Makes the pages of one moment; every number on a page is of the same snapshot.

    Attributes:
        context: for what is no metric: runs, jobs, budgets.
        now: when the page is made.
        timeout_seconds: of one question, 0 for no end.
        jobs: that run by themselves where the pages are served.
        asker: who looks, for answers that a worker makes; empty where none is made.
        at_once: questions of one page that are answered at the same time.
    """

    context: Context
    snapshot: Snapshot
    catalogue: Catalogue
    drawer: Drawer
    addresses: Addresses
    now: datetime
    timeout_seconds: float = 0
    jobs: Known = field(default_factory=dict)
    asker: str = ""
    at_once: int = AT_ONCE
    _answered: dict[tuple[str, str], Answer | Failure] = field(default_factory=dict)

    @cached_property
    def reach(self) -> Reach | None:
        """From when to when the lake has anything."""
        return reach(self.snapshot)

    @cached_property
    def synthetic(self) -> bool:
        """Whether events are invented, as those of ``forgelake demo`` are."""
        return any(str(name).startswith(f"file:{FOLDER}-") for name in self.snapshot.slices["origin"].unique())

    @cached_property
    def archive(self) -> Reach | None:
        """From when to when archive hours were received."""
        return archive_reach(self.snapshot)

    @cached_property
    def asked_since(self) -> datetime | None:
        """The first archive hour that an origin was ever asked for."""
        return asked_since(self.snapshot)

    def chosen(self, given: Mapping[str, str], *, archive: bool = False) -> Chosen:
        """The period that a page's query asks for, of all that there is or of the archive; see ``periods.chosen``."""
        return chosen(given, (self.archive or self.reach) if archive else self.reach, self.now)

    def ask(self, metric: str, given: Mapping[str, str]) -> Answer | Failure:
        """A metric's answer; the same question is answered once, however it is put."""
        try:
            bound = self.bound(metric, given)
        except UsageError as error:
            return Failure(str(error))
        key = _key(bound)
        if key not in self._answered:
            self._answered[key] = self._ask(bound)
        return self._answered[key]

    def hold(self, bound: Bound, answer: Answer | Failure) -> None:
        """Take over an answer that was made elsewhere; ``ask`` has it."""
        self._answered[_key(bound)] = answer

    def ask_all(self, questions: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        """Answer several questions, as many at the same time as the site does, so that ``ask`` has their answers."""
        if self.at_once == 1:
            for question in questions:
                self.ask(*question)
            return
        with ThreadPoolExecutor(self.at_once) as pool:
            waiting = [pool.submit(self.ask, *question) for question in questions]
        for future in waiting:
            future.result()

    def about(self, repo: str, questions: Iterable[tuple[str, Mapping[str, str]]]) -> "Site":
        """The same site with a repository's events at hand, for questions that are all about it."""
        bound = [one for one in (self.bound(*question) for question in questions) if EVENTS.name in one.metric.tables]
        if not bound or self.snapshot.holds(EVENTS.name):
            return self
        period = Period(min(one.reach.start for one in bound), max(one.reach.end for one in bound))
        queries = (one.metric.sql for one in bound)
        try:
            held = about_repo(self.snapshot, repo, period, queries, self.timeout_seconds)
        except ForgelakeError as error:
            # Each question then reads for itself, and says what is wrong if it fails, too.
            _log.warning("events not held", repo=repo, error=str(error))
            return self
        return replace(self, snapshot=held)

    def drawn(self, specifications: Sequence[Mapping[str, Any] | None]) -> list[Markup]:
        """Drawings to stand in a page, made at the same time; nothing for None, and for all if they cannot be made."""
        try:
            made = iter(self.drawer.draw_all([one for one in specifications if one is not None], "inline"))
        except ForgelakeError:
            return [Markup("")] * len(specifications)
        # vl-convert writes texts as texts, so what it gives is safe.
        return [Markup("") if one is None else Markup(next(made).decode()) for one in specifications]  # noqa: S704

    def bound(self, metric: str, given: Mapping[str, str]) -> Bound:
        """A question with what it takes of the parameters.

        Raises:
            UsageError: one is wrong, or there is no such metric.
        """
        found = self.catalogue.get(metric)
        known = {name: value for name, value in given.items() if name in ("from", "to", *found.parameters)}
        return bind(found, known, self.now)

    def _ask(self, bound: Bound) -> Answer | Failure:
        try:
            return answer_from(self.snapshot, bound, self.now, timeout_seconds=self.timeout_seconds)
        except UsageError as error:
            return Failure(str(error))
        except ForgelakeError as error:
            _log.error("panel failed", metric=bound.metric.name, error=str(error))
            return Failure("This could not be computed; the server's log says why.")


def _key(bound: Bound) -> tuple[str, str]:
    return bound.metric.name, repr(bound.parameters)
