"""The shapes of the answers, for the OpenAPI document; tests hold the answers against them."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field


class Answered(BaseModel):
    """No member that is not described."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class ProblemDocument(BaseModel):
    """Why a request was not answered with data (RFC 9457)."""

    type: str = Field(description="kind of problem, a URN")
    title: str = Field(description="kind of problem, in words")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what is wrong here, and what would be right")
    parameter: str | None = Field(None, description="the parameter, header or part of the body that is wrong")
    value: str | None = Field(None, description="what was given")
    good: list[str] | None = Field(None, description="what would be right")


class Gap(Answered):
    """A stretch of time without data."""

    from_: datetime = Field(alias="from", description="its begin")
    to: datetime = Field(description="its end, excluded")
    reason: str = Field(description="why there is none")


class Coverage(Answered):
    """How many slices ought to exist in a period, and how many were received."""

    expected: int = Field(description="slices that ought to exist")
    received: int = Field(description="those of them whose rows are in the lake")
    share: float | None = Field(description="received over expected; null when nothing was expected")
    unit: str = Field(description="what a slice is")
    gaps: list[Gap] = Field(description="what is missing, and why")
    sources: list[str] = Field(description="the origins that slices came from")
    rejected: int = Field(description="stretches of input that could not be read")


class Bucket(Answered):
    """A bucket of a series, and how much of it was received."""

    from_: datetime = Field(alias="from")
    to: datetime
    expected: int
    received: int


class MetricCoverage(Coverage):
    """The coverage of a metric's answer."""

    basis: Literal["observed", "estimated"] = Field(description="whether values were counted or estimated")
    buckets: list[Bucket] | None = Field(None, description="for a series: the coverage of each bucket")


class MetricColumn(Answered):
    """A column of a metric's answer."""

    name: str
    kind: Literal["instant", "date", "text", "integer", "number", "flag"]
    role: Literal["dimension", "value"]
    unit: str | None = None
    additivity: str | None = Field(None, description="how values of several rows may be put together")
    title: str


class MetricPeriod(Answered):
    """What was asked for, end excluded."""

    from_: datetime = Field(alias="from")
    to: datetime
    interval: str | None = None


class MetricAnswer(Answered):
    """A metric's rows, and what they are worth."""

    metric: str
    title: str
    unit: str
    parameters: dict[str, Any] = Field(description="what was asked, defaults included")
    period: MetricPeriod
    data: list[dict[str, Any]] = Field(description="rows, by column")
    columns: list[MetricColumn]
    as_of: datetime | None = Field(description="end of the newest received slice in the period")
    coverage: MetricCoverage
    notes: list[str] = Field(description="what has to be told of the question, e.g. a name that nothing was seen of")
    caveats: list[str]
    definition_url: str


class AnswerProgress(Answered):
    """How far an answer is."""

    share: float | None = Field(description="how much of the work is done, from 0 to 1; null while it is not known")
    of: str | None = Field(description="what that counts")


class AnswerLinks(Answered):
    """Where an answer, its question and its result are."""

    self_: str = Field(alias="self", description="how it stands")
    question: str = Field(description="the metric's own address with the question, every default written out")
    result: str | None = Field(description="the result, in the format that Accept names; null until it is done")
    formats: dict[str, str] = Field(description="the result in each format, by its name; empty until it is done")


class AnswerEntry(Answered):
    """An answer that a worker makes, as it stands now."""

    id: str
    metric: str
    parameters: dict[str, str] = Field(description="what was asked, defaults included")
    state: Literal["queued", "running", "done", "failed", "cancelled", "expired"]
    engine: Literal["duckdb", "spark"] = Field(description="what counts")
    created_at: datetime = Field(description="when it was first asked for")
    started_at: datetime | None = Field(description="when a worker last began it")
    ended_at: datetime | None = Field(description="when it was done, failed or was cancelled")
    expires_at: datetime | None = Field(description="until when its result is kept")
    progress: AnswerProgress
    error: str | None = Field(description="why there is no result, and what to do")
    note: str | None = Field(description="why it waits")
    links: AnswerLinks


class MetricSummary(Answered):
    """A metric in the list."""

    name: str
    title: str
    description: str
    unit: str
    kind: Literal["series", "table", "value"]
    parameters: list[str] = Field(description="names of the parameters, from and to included")
    eras: list[str] = Field(description="eras that can answer it")
    definition_url: str
    data_url: str


class MetricList(Answered):
    """All metrics, by name."""

    data: list[MetricSummary]


class MetricDefinition(BaseModel):
    """A metric as its file says it."""

    name: str
    title: str
    description: str
    unit: str
    definition: str
    kind: Literal["series", "table", "value"]
    tables: list[str]
    eras: list[str]
    parameters: dict[str, Any]
    columns: list[dict[str, Any]]
    sql: str
    caveats: list[str]
    data_url: str


class Found(Answered):
    """A name that was found."""

    name: str
    id: int | None = Field(description="GitHub's id, where events carried one")
    events: int | None = Field(description="its events in the days searched; null without any day")
    last_event: datetime | None = Field(description="the latest of them; null of a tracked repository without any")


class FoundActor(Found):
    """An account that was found."""

    is_bot: bool = Field(description="whether it counts as a program")


class Searched(Answered):
    """The days that were searched, end excluded."""

    from_: datetime | None = Field(alias="from")
    to: datetime | None


class FoundList(Answered):
    """Names: exact ones first, then those that begin so, then those that hold it; each group by name."""

    data: list[Found]
    searched: Searched
    next: str | None = Field(description="cursor of the next page; null on the last")


class FoundActorList(FoundList):
    """Accounts."""

    data: list[FoundActor]  # type: ignore[assignment]


class TableColumn(Answered):
    """A column of a table."""

    name: str
    type: str
    required: bool
    eras: list[str]
    meaning: str


class TableEntry(Answered):
    """A table of the lake."""

    name: str
    meaning: str
    rows: int | None = Field(description="null for tables of the state")
    files: int | None
    bytes: int | None
    first_day: str | None = Field(description="earliest UTC day with rows")
    last_day: str | None
    columns: list[TableColumn]


class TableList(Answered):
    """All tables."""

    data: list[TableEntry]


class CoverageRow(Answered):
    """An hour or a day of the archive."""

    from_: datetime = Field(alias="from")
    to: datetime
    expected: int
    received: int
    share: float | None
    events: int
    rejected: int
    repaired: int
    sources: list[str]
    gaps: list[Gap]


class CoverageList(Answered):
    """Hours or days, in order."""

    data: list[CoverageRow]
    coverage: Coverage = Field(description="of all hours listed here")
    next: str | None


class RunEntry(Answered):
    """One execution of a job."""

    id: str
    job: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    slices_done: int
    events: int
    rejected: int
    bytes: int
    arguments: dict[str, Any] | None = Field(description="only for keys with the scope admin")
    error: str | None = Field(description="only for keys with the scope admin")
    cause: str | None = Field(description="why a worker began it; null when begun by a command")


class RunList(Answered):
    """Runs, newest first."""

    data: list[RunEntry]
    next: str | None


class JobEntry(Answered):
    """A job as it stands now."""

    name: str
    meaning: str = Field(description="what it does")
    state: Literal["off", "paused", "running", "failing", "waiting"]
    reason: str = Field(description="why it is off, and what would change that; empty otherwise")
    schedule: str = Field(description="cron expression in UTC; empty without one")
    after: list[str] = Field(description="jobs after which it runs")
    next_at: datetime | None = Field(description="when it runs next; in the past if it waits for a free worker")
    started_at: datetime | None = Field(description="when its last run began, the one that is running included")
    finished_at: datetime | None = Field(description="when its last run ended")
    last_status: str | None = Field(description="done, done_with_gaps, failed or interrupted")
    succeeded_at: datetime | None = Field(description="when a run last ended that did not fail")
    failures: int = Field(description="runs in a row that failed")
    error: str | None = Field(description="what the last run could not do; only for keys with the scope jobs or admin")
    paused_at: datetime | None = Field(description="since when it is paused")
    run_id: str | None = Field(description="the run that is at it now")


class JobList(Answered):
    """All jobs."""

    data: list[JobEntry]
    workers: int = Field(description="workers that live; without one nothing runs by itself")


class AlertEntry(Answered):
    """An alert as it stands; its text and value are only for keys with the scope jobs or admin."""

    name: str
    kind: str
    metric: str = Field(description="the metric that is asked; empty without one")
    state: Literal["quiet", "pending", "firing", "unchecked"]
    since: datetime | None = Field(description="since when it is so")
    value: float | None = Field(description="the last value that was known")
    words: str | None = Field(description="what was seen at the last check")
    unknown_since: datetime | None = Field(description="since when it cannot be said whether it holds")
    checked_at: datetime | None = Field(description="when it was last checked")
    told_at: datetime | None = Field(description="when its channels were last told that it fires")
    channels: list[str] = Field(description="who is told")
    waiting: int = Field(description="notices that its channels have not taken yet")
    error: str | None = Field(description="why a channel did not take one")


class AlertList(Answered):
    """All alerts."""

    data: list[AlertEntry]


class ChannelTest(Answered):
    """How a test of a channel went."""

    channel: str
    told: bool = Field(description="whether it took the test")
    error: str = Field(description="why it did not; empty if it did")


class AlertTest(Answered):
    """How a test of an alert's channels went."""

    data: list[ChannelTest]


class Health(Answered):
    """The process answers."""

    status: Literal["ok"]
    version: str


class Ready(Answered):
    """The lake answers."""

    status: Literal["ready"]
    snapshot: str = Field(description="mark of the lake's current state")
    as_of: datetime = Field(description="when this state was first seen")


class SqlColumn(Answered):
    """A column of a query's answer."""

    name: str
    type: str


class SqlAnswer(Answered):
    """The rows of a query."""

    data: list[dict[str, Any]]
    columns: list[SqlColumn]
    rows: int
    snapshot: str = Field(description="mark of the lake's state that was asked")


class SqlQuestion(Answered):
    """A query."""

    sql: str = Field(
        min_length=1, max_length=20_000, description="one SELECT in DuckDB's dialect over the tables of the lake",
        examples=["SELECT type, count(*) AS events FROM events GROUP BY ALL ORDER BY 2 DESC"],
    )  # fmt: skip
    from_: str | None = Field(
        None, alias="from", description="only the days from this date or instant on", examples=["2016-01-01"]
    )
    to: str | None = Field(None, description="only the days before this date or instant", examples=["2016-01-02"])
