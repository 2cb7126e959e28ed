"""/metrics: what Prometheus reads. All of it is in the state, so any server can tell it, and restarts lose nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.responses import Response

from forgelake.app.jobs import JOBS
from forgelake.jobs.status import JobState, live_workers, statuses
from forgelake.metrics.intervals import Interval
from forgelake.model.period import Period
from forgelake.pipelines.slice_task import SOURCE
from forgelake.pipelines.tokens import budgets
from forgelake.query.coverage import summary
from forgelake.web.answering import service_of
from forgelake.web.service import Service

router = APIRouter()

COVERAGE_DAYS: Final = 30


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Jobs, runs, coverage and budgets, in the format that the scraper asks for."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(service_of(request)))
    ProcessCollector(registry=registry)
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(registry), headers={"Content-Type": media_type, "Cache-Control": "no-store"})


class _Told(Collector):
    """What is told at one scrape."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._context = service.context

    def collect(self) -> Iterator[Metric]:
        yield from self._runs()
        yield from self._jobs()
        yield from self._coverage()
        yield from self._budgets()

    def _runs(self) -> Iterator[Metric]:
        runs = CounterMetricFamily("forgelake_runs", "Runs that ended, by how.", labels=["job", "status"])
        seconds = SummaryMetricFamily("forgelake_run_seconds", "How long ended runs took.", labels=["job"])
        took: dict[str, tuple[int, float]] = {}
        for one in self._context.state.runs.totals():
            runs.add_metric([one.job, one.status], one.runs)
            number, sum_ = took.get(one.job, (0, 0.0))
            took[one.job] = number + one.runs, sum_ + one.seconds
        for job, (number, sum_) in took.items():
            seconds.add_metric([job], number, sum_)
        yield from (runs, seconds)

    def _jobs(self) -> Iterator[Metric]:
        state = GaugeMetricFamily("forgelake_job_state", "1 for the state that a job is in.", labels=["job", "state"])
        failures = GaugeMetricFamily("forgelake_job_failures", "Runs in a row that failed.", labels=["job"])
        done = GaugeMetricFamily(
            "forgelake_job_last_success_timestamp_seconds", "When a run last ended that did not fail.", labels=["job"]
        )
        due = GaugeMetricFamily("forgelake_job_next_run_timestamp_seconds", "When a job runs next.", labels=["job"])
        for one in statuses(self._context, JOBS):
            for possible in JobState:
                state.add_metric([one.name, possible], one.state is possible)
            failures.add_metric([one.name], one.failures)
            _add_instant(done, one.name, one.succeeded_at)
            _add_instant(due, one.name, one.next_at)
        workers = len(live_workers(self._context))
        yield from (state, failures, done, due, GaugeMetricFamily("forgelake_workers", "Workers that live.", workers))

    def _coverage(self) -> Iterator[Metric]:
        now = self._context.clock()
        end = Interval.HOUR.floor(now)
        period = Period(end - timedelta(days=COVERAGE_DAYS), end)
        whole = summary(self._service.snapshot().hours(period, now))
        for name, said, value in (
            ("expected", "Archive hours that ought to exist in the last 30 days.", whole.expected),
            ("received", "Those of them whose rows are in the lake.", whole.received),
            ("share", "Received over expected.", whole.share),
        ):
            if value is not None:
                told = GaugeMetricFamily(f"forgelake_coverage_{name}", said, labels=["source"])
                told.add_metric([SOURCE], value)
                yield told

    def _budgets(self) -> Iterator[Metric]:
        labels = ["api", "token", "resource"]
        left = GaugeMetricFamily("forgelake_budget_left", "Requests that an API leaves a token.", labels=labels)
        allowance = GaugeMetricFamily("forgelake_budget_allowance", "Requests of a whole period.", labels=labels)
        for row in budgets(self._context):
            names = [str(row[label]) for label in labels]
            for family, value in ((left, row["left"]), (allowance, row["allowance"])):
                if isinstance(value, int):
                    family.add_metric(names, value)
        yield from (left, allowance)


def _add_instant(family: GaugeMetricFamily, job: str, instant: datetime | None) -> None:
    """What is not known is left out: a zero would be 1970."""
    if instant is not None:
        family.add_metric([job], instant.timestamp())
