"""A real Spark cluster does what one machine does: the same rows from a backfill, the same answers to every metric.

All of it is one file, so that one cluster serves it however tests are spread over processes.
"""

import math
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest

from forgelake.engines.spark import SparkOptions, start
from forgelake.metrics.answer import answer_from
from forgelake.metrics.binding import bind
from forgelake.metrics.catalogue import Catalogue
from forgelake.model.errors import ConfigurationError, StopError, UsageError
from forgelake.pipelines.answers import asking, result, watch
from forgelake.pipelines.answers.making import Maker
from forgelake.pipelines.clock import RealClock
from forgelake.query.snapshot import Snapshot
from forgelake.query.spark import SparkEngine
from forgelake.state.answers import AnswerState
from tests.cli.processes import Nursery, fresh
from tests.engines.union import NOW, Question, questions, united
from tests.pipelines.archive import hours, packed, published, some, text, url_path
from tests.pipelines.lakes import Lake
from tests.servers import spark
from tests.servers.mirror import Fault, Mirror
from tests.servers.s3 import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, S3Server

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(bool(spark.missing()), reason=spark.missing() or "all is there"),
    pytest.mark.timeout(300),
    # PySpark leaves sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

ASKED = {question.metric.name: question for question in questions()}
ALONE = {"repo_names"}
"""Among the rows of others its own order has ties, which no engine has to break like another."""
HOURS = hours(8)
GIVE_UP_SECONDS = 120.0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[spark.SparkCluster]:
    """A master and two workers of one core each."""
    with spark.SparkCluster(tmp_path_factory.mktemp("spark")) as started:
        yield started


def variables(**more: str) -> dict[str, str]:
    """What a person sets for Spark on this machine."""
    given = {**spark.properties(), **more}
    return {"FORGELAKE_SPARK_PROPERTIES": " ".join(f"{n}={v}" for n, v in given.items())}


def test_a_backfill_of_which_a_worker_is_killed_is_the_lake_of_one_machine(
    tmp_path: Path, mirror: Mirror, nursery: Nursery, cluster: spark.SparkCluster
) -> None:
    mirror.files = {url_path(hour): packed(some(hour) + some(hour.shifted(1), 0, 3)) for hour in HOURS}
    mirror.files[url_path(HOURS[2])] = packed(text(some(HOURS[2])) + b"{torn")
    one = Lake(tmp_path / "one", mirror.url)
    period = ["backfill", "--from", str(HOURS[0]), "--to", str(HOURS[-1])]
    assert nursery.run(period, one.environ, tmp_path).code == 3
    # Both workers are at an hour each when one of them goes, and its executor with it.
    for hour in HOURS[2:4]:
        mirror.plan(url_path(hour), Fault(pause_after=100, pause_seconds=4))
    asked = len(mirror.requests)
    many = one.beside("many", **variables())
    command = nursery.start([*period, "--engine", "spark", "--master", cluster.url], many.environ, tmp_path)
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while not {url_path(hour) for hour in HOURS[2:4]} <= {one.path for one in mirror.requests[asked:]}:
        assert command.running, command.wait().err
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)
    cluster.workers[0].kill()
    ended = command.wait()
    assert ended.code == 3, ended.err
    assert "8 of 8 hours received" in ended.err
    assert (many.table(), many.table("rejects")) == (one.table(), one.table("rejects"))
    assert {(row.key, row.status, row.counts) for row in many.ledger()} == {
        (row.key, row.status, row.counts) for row in one.ledger()
    }
    cluster.add_worker()
    cluster.wait_for(3)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """The rows of all metrics' cases."""
    together = [question for name, question in ASKED.items() if name not in ALONE]
    with united(tmp_path_factory.mktemp("union"), together) as snapshot:
        yield snapshot


@pytest.fixture(scope="module")
def engine(cluster: spark.SparkCluster) -> Iterator[SparkEngine]:
    """Spark on the cluster, driven from here."""
    started = SparkEngine(SparkOptions(cluster.url, spark.properties()))
    yield started
    started.close()


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return one == other


@pytest.mark.parametrize("question", ASKED.values(), ids=ASKED)
def test_every_metric_has_the_same_answer_on_spark_and_duckdb(
    lake: Snapshot, engine: SparkEngine, tmp_path: Path, question: Question
) -> None:
    with united(tmp_path, [question]) if question.metric.name in ALONE else nullcontext(lake) as asked:
        here = answer_from(asked, question.bound, NOW)
        there = answer_from(asked, question.bound, NOW, engine=engine)
    assert there.table.schema == here.table.schema
    assert (there.coverage, there.buckets, there.as_of) == (here.coverage, here.buckets, here.as_of)
    rows: list[tuple[dict[str, Any], dict[str, Any]]] = list(
        zip(here.table.to_pylist(), there.table.to_pylist(), strict=True)
    )
    assert rows
    assert [pair for pair in rows if not all(same(pair[0][name], pair[1][name]) for name in pair[0])] == []


def test_a_long_answer_is_made_by_spark_and_says_how_many_tasks_are_done(
    engine: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY_SECONDS", 0.02)
    folder = published(tmp_path / "hours", 2)
    variables = {"FORGELAKE_ENGINE": "spark", "FORGELAKE_ANSWERS_INLINE_MB": "0"}
    made, catalogue = Lake(tmp_path / "home", folder, variables), Catalogue.load()
    made.collect(*hours(2))
    with made.open() as context:
        snapshot, now = context.lake.now(), context.clock()
        bound = bind(catalogue.get("events"), {"from": "2016-01-01", "to": "2016-01-02", "interval": "h"}, now)
        row = asking.ask(context, asking.question(context, snapshot, bound), "somebody")
        assert row.engine == "spark"
        with closing(context.lake.shown(private=False)) as shown:
            assert Maker(context, shown, catalogue, engine, RealClock()).run() == []
        done = asking.find(context, row.id)
        assert done is not None
        assert (done.state, done.engine) == (AnswerState.DONE, "spark")
        assert "Spark knows of" in (done.share_of or "")
        assert result.read(context, catalogue, done).table == answer_from(snapshot, bound, now).table


def test_what_spark_is_at_ends_when_nobody_wants_it_any_more(lake: Snapshot, engine: SparkEngine) -> None:
    over = threading.Event()

    def end_once_begun() -> None:
        begun = False
        while not over.wait(0.1):
            begun = begun or engine.progress() is not None
            if begun:
                engine.interrupt()

    thread = threading.Thread(target=end_once_begun)
    thread.start()
    try:
        with engine.session(lake) as session, pytest.raises(StopError, match="cancelled"):
            session.run("SELECT count(*) FROM events AS a, events AS b, events AS c, events AS d, events AS e")
    finally:
        over.set()
        thread.join()
    assert engine.progress() is None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT type, count(*) AS n, max(created_at) AS last, count(*) FILTER (WHERE actor_is_bot) AS bots "
        "FROM events GROUP BY ALL ORDER BY n DESC, type",
        "SELECT login, reason FROM bots ORDER BY login",
        "SELECT name, status, start, days FROM slices WHERE source = 'gharchive' ORDER BY name LIMIT 5",
        "SELECT * FROM rejects ORDER BY source",
        "SELECT sources, id, created_at FROM events ORDER BY id LIMIT 3",
        "SELECT 1 AS a, 'x' AS a, NULL AS b, 2.5 AS c",
        "SELECT job FROM runs",
    ],
)
def test_sql_in_duckdbs_words_has_the_same_rows(lake: Snapshot, engine: SparkEngine, sql: str) -> None:
    with lake.session() as here, engine.session(lake) as there:
        one, other = here.run(sql).read_all(), there.run(sql).read_all()
    assert other.column_names == one.column_names
    assert [[str(value) for value in row.values()] for row in other.to_pylist()] == [
        [str(value) for value in row.values()] for row in one.to_pylist()
    ]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM event", 'there is no table event; did you mean "events"?'),
        ("SELECT no_such_column FROM events", "no_such_column"),
        ("SELECT approx_count_distinct(id) FROM events", "is not translated to spark"),
    ],
)
def test_a_wrong_question_is_told_as_such(lake: Snapshot, engine: SparkEngine, sql: str, told: str) -> None:
    with engine.session(lake) as session, pytest.raises(UsageError) as refused:
        session.run(sql)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_question_that_takes_too_long_is_stopped(lake: Snapshot, engine: SparkEngine) -> None:
    endless = "SELECT count(*) FROM events AS a JOIN events AS b ON a.id <> b.id JOIN events AS c ON b.id <> c.id"
    with engine.session(lake, timeout_seconds=1) as session, pytest.raises(UsageError) as stopped:
        session.run(endless)
    assert "the query was stopped after 1 s" in str(stopped.value)


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(ConfigurationError) as missing:
        start(SparkOptions("local[1]", {}), "test")
    assert 'pip install "forgelake[spark]"' in str(missing.value)


def test_without_java_java_is_named(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "home", tmp_path.as_uri(), {"PATH": "/nowhere", "JAVA_HOME": str(tmp_path)})
    ended = fresh(["sql", "SELECT 1", "--engine", "spark"], lake.environ, tmp_path)
    assert ended.code == 2
    assert "it needs Java" in ended.err.splitlines()[-1]


def test_spark_reads_a_bucket_and_tells_no_key(
    tmp_path: Path, mirror: Mirror, s3_server: S3Server, nursery: Nursery
) -> None:
    mirror.files = {url_path(hour): packed(some(hour)) for hour in HOURS[:2]}
    own = {
        "FORGELAKE_STORAGE_URI": s3_server.uri("spark"),
        "FORGELAKE_STORAGE_ENDPOINT": s3_server.endpoint,
        "FORGELAKE_STORAGE_REGION": REGION,
        "FORGELAKE_STORAGE_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "FORGELAKE_STORAGE_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "FORGELAKE_SPARK_MASTER": "local[1]",
    }
    with_s3 = ",".join([spark.properties()["spark.jars"], *map(str, spark.s3_jars())])
    lake = Lake(tmp_path / "home", mirror.url, own | variables(**{"spark.jars": with_s3}))
    lake.collect(HOURS[0], HOURS[1])
    asked = ["metrics", "run", "events_by_type", "--from", "2016-01-01T01", "--to", "2016-01-01T03", "--format", "csv"]
    here, there = (nursery.run([*asked, "--engine", name], lake.environ, tmp_path) for name in ("duckdb", "spark"))
    assert there.out == here.out
    assert len(here.out.splitlines()) > 3
    assert SECRET_ACCESS_KEY not in there.err
