"""Trying to get out of /sql: each of the walls is tried alone, and then all of them over HTTP."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pytest

from forgelake.model.errors import UsageError
from forgelake.web.sandbox import process
from forgelake.web.sandbox.allowed import TABLE_FUNCTIONS, Rules, functions
from forgelake.web.sandbox.child import locked
from tests.pipelines.archive import PER_HOUR
from tests.pipelines.lakes import Lake
from tests.web.conftest import Serving
from tests.web.serving import problem

FILES_AND_NETWORK = [
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM 'events.csv'",
    'SELECT * FROM "/etc/hosts"',
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto('/etc/passwd', delim=':')",
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM read_ndjson_objects('/etc/passwd')",
    "SELECT * FROM read_parquet('/tmp/**/*.parquet')",
    "SELECT * FROM parquet_scan('/tmp/x.parquet')",
    "SELECT * FROM parquet_metadata('/tmp/x.parquet')",
    "SELECT * FROM parquet_schema('/tmp/x.parquet')",
    "SELECT * FROM read_duckdb('/tmp/x.db')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
    "SELECT * FROM 'https://example.org/x.parquet'",
    "SELECT * FROM read_parquet('s3://bucket/key')",
    "COPY (SELECT 1) TO '/tmp/out.csv'",
    "COPY events TO '/tmp/out.parquet' (FORMAT parquet)",
    "EXPORT DATABASE '/tmp/out'",
    "IMPORT DATABASE '/tmp/out'",
    "ATTACH '/tmp/x.db' AS x",
    "ATTACH 'postgres://127.0.0.1/x' AS x (TYPE postgres)",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '/tmp/evil.duckdb_extension'",
]
SETTINGS_AND_HOST = [
    "SET threads = 64",
    "SET GLOBAL enable_external_access = true",
    "RESET lock_configuration",
    "PRAGMA enable_profiling",
    "PRAGMA database_list",
    "CALL enable_logging()",
    "CALL pragma_version()",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_extensions()",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_views()",
    "SELECT sql FROM duckdb_views",
    "SELECT sql FROM sqlite_master",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_views",
    "SELECT * FROM pragma_platform()",
    "SELECT * FROM duckdb_temporary_files()",
    "SELECT * FROM duckdb_memory()",
    "SELECT current_setting('temp_directory')",
    "SELECT getenv('HOME')",
    "SELECT getvariable('x')",
    "SELECT version()",
    "SELECT current_user, session_user",
    "SELECT current_database()",
    "SELECT current_query()",
    "SELECT pg_postmaster_start_time()",
    "SELECT inet_server_addr()",
    "SHOW TABLES",
    "DESCRIBE events",
    "SUMMARIZE events",
    "SELECT * FROM (SHOW ALL TABLES)",
    "SELECT * FROM (DESCRIBE events)",
    "EXPLAIN SELECT * FROM events",
    "EXPLAIN ANALYZE SELECT * FROM events",
]
TRICKS = [
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY (SELECT 1) TO '/tmp/x'",
    "CREATE TABLE t AS SELECT 1",
    "CREATE OR REPLACE TEMP VIEW events AS SELECT 1",
    "CREATE MACRO f(x) AS x",
    "INSERT INTO events SELECT * FROM events",
    "DELETE FROM events",
    "DROP VIEW events",
    "UPDATE events SET type = 'x'",
    "VACUUM",
    "CHECKPOINT",
    "BEGIN",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "SELECT * FROM query('SELECT * FROM duckdb_settings()')",
    "SELECT * FROM query_table('duckdb_views')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT json_serialize_plan('SELECT * FROM events')",
    "PRAGMA json_execute_serialized_sql('{}')",
    "WITH x AS (SELECT * FROM read_text('/etc/passwd')) SELECT count(*) FROM x",
    "SELECT (SELECT max(content) FROM read_text('/etc/passwd'))",
    "SELECT * FROM events WHERE id IN (SELECT 1 FROM glob('/*'))",
    "SELECT * FROM range(1), LATERAL (SELECT * FROM read_text('/etc/passwd'))",
    "SELECT 1 UNION ALL SELECT count(*) FROM duckdb_settings()",
    "SELECT list_transform([1], x -> current_setting('temp_directory'))",
    "SELECT list_transform([1], lambda x: getenv('HOME'))",
    "SELECT max(current_setting('threads')) OVER () FROM range(1)",
    "SELECT 1 ORDER BY current_setting('threads')",
    "SELECT 1 LIMIT (SELECT count(*) FROM duckdb_settings())",
    "WITH duckdb_views AS (SELECT 1) SELECT * FROM duckdb_views",
    "SELECT * FROM (WITH sqlite_master AS (SELECT 1) SELECT 1), sqlite_master",
    "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t, read_text('/etc/passwd')) SELECT * FROM t",
    "SELECT * FROM main.duckdb_views()",
    "SELECT * FROM system.main.duckdb_views",
    "SELECT system.main.current_setting('threads')",
    "SELECT main.getvariable('x')",
    "FROM memory.main.events",
    "SELECT * FROM temp.events",
    "SELECT * FROM pandas_scan(0)",
    "SELECT * FROM arrow_scan(0, 0, 0)",
    "SELECT * FROM python_map_function(0, 0)",
    "SELECT * FROM environ",
    "SELECT * FROM job",
    "SELECT filename FROM events",
    "SELECT file_row_number FROM events",
    "SELECT $1",
    "SELECT nextval('s')",
    "SELECT write_log('x')",
    "SELECT setseed(0.5)",
    "SELECT sleep_ms(100000)",
    "PIVOT events ON type USING count(*)",
    "/* nothing */",
    "",
    ";;",
    "SELECT " + "1 + " * 20000 + "1",
    "SELECT \x00 1",
]
HONEST = [
    "SELECT type, count(*) AS events FROM events GROUP BY ALL ORDER BY 2 DESC LIMIT 3",
    "SELECT date_trunc('hour', created_at) AS hour, count(DISTINCT actor_login) FROM events GROUP BY 1 ORDER BY 1",
    "WITH a AS (SELECT repo_name, count(*) AS n FROM events GROUP BY 1) SELECT * FROM a WHERE n > 1 ORDER BY n DESC, 1",
    "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT sum(n) FROM t",
    "SELECT median(n), quantile_cont(n, 0.9) FROM (SELECT count(*) AS n FROM events GROUP BY actor_login)",
    "SELECT actor_login, row_number() OVER (PARTITION BY type ORDER BY created_at) FROM events QUALIFY 1 = 1 LIMIT 2",
    "SELECT * FROM range(3) r, unnest([1, 2]) u ORDER BY ALL",
    "SELECT unnest([1, 2]), list_transform([1], x -> x + 1), {'a': 1}.a, CAST('1' AS DECIMAL(4, 2)), [1, 2][1]",
    "SELECT count(*) FILTER (actor_is_bot), coalesce(NULL, 1), CASE WHEN true THEN 1 END FROM events",
    "SELECT try_cast('x' AS INT), CAST('1' AS DECIMAL(4, 2)), INTERVAL 1 DAY, TIMESTAMPTZ '2016-01-01'",
    "FROM events SELECT count(*) WHERE repo_name ILIKE '%linux%' AND created_at BETWEEN '2016-01-01' AND now()",
    'SELECT e.type FROM events e LEFT JOIN slices s ON e.created_at >= s.start AND e.created_at < s."end" LIMIT 1',
    "SELECT status, events FROM slices ORDER BY start LIMIT 2",
    "SELECT job, status FROM runs",
    "SELECT login FROM bots LIMIT 1",
    "SELECT * FROM rejects",
    "SELECT regexp_extract(ref, 'refs/heads/(.*)', 1), strftime(created_at, '%Y'), md5(type) FROM events LIMIT 1",
    "VALUES (1, 'a'), (2, 'b')",
    "SELECT type FROM events EXCEPT SELECT 'PushEvent' ORDER BY 1",
    "SELECT * EXCLUDE (sources), columns('repo_.*') FROM events LIMIT 1",
]


@pytest.fixture(scope="module")
def connection(served: Serving) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB as queries of strangers get it."""
    context = served.context
    question = process.Question("slices runs bots", context.lake.now(), None, None, context.settings.api)
    job = {**process._job(question, {}), "seconds": 5}
    tables = {"slices": context.lake.now().slices, "runs": context.lake.now().runs(), "bots": process.bots_table()}
    with locked(job, tables) as opened:
        yield opened


@pytest.fixture(scope="module")
def rules(connection: duckdb.DuckDBPyConnection) -> Rules:
    """What is checked before a query runs."""
    return Rules(connection, frozenset({"events", "rejects", "slices", "runs", "bots"}))


@pytest.mark.parametrize("sql", FILES_AND_NETWORK + SETTINGS_AND_HOST + TRICKS, ids=lambda sql: sql[:60])
def test_the_first_wall_lets_no_such_query_pass(rules: Rules, connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    def run() -> None:
        rules.check(sql)
        # The parser has nothing against a column that does not exist; DuckDB has.
        connection.execute(sql).fetchall()

    with pytest.raises((UsageError, duckdb.Error)):
        run()


@pytest.mark.parametrize("sql", FILES_AND_NETWORK, ids=lambda sql: sql[:60])
def test_the_second_wall_alone_keeps_files_and_network_closed(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    with pytest.raises(duckdb.Error):
        connection.execute(sql).fetchall()


@pytest.mark.parametrize(
    "sql", ["SET threads = 64", "SET enable_external_access = true", "SET lock_configuration = false"]
)
def test_the_second_wall_alone_keeps_settings_locked(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    with pytest.raises(duckdb.Error):
        connection.execute(sql)


@pytest.mark.parametrize("sql", HONEST, ids=lambda sql: sql[:60])
def test_honest_queries_pass(rules: Rules, connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    rules.check(sql)
    assert connection.execute(sql).to_arrow_table().num_columns > 0


def test_a_function_that_a_newer_duckdb_brings_has_to_be_looked_at(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute("SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT'")
    unsteady = {name for (name,) in rows.fetchall()} & functions(connection)
    assert unsteady <= {
        "current_date", "get_current_time", "get_current_timestamp", "gen_random_uuid", "now", "random", "today",
        "transaction_timestamp", "uuid", "uuidv4", "uuidv7",
    }  # fmt: skip
    rows = connection.execute("SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'macro'")
    macros = {name for (name,) in rows.fetchall()} & functions(connection)
    assert not [name for name in macros if name.startswith(("pg_", "current_s", "current_u", "has_", "inet_"))]
    assert {"generate_series", "range", "unnest"} == TABLE_FUNCTIONS


def test_the_answer_over_http_is_the_lakes_in_every_format(served: Serving, sql_key: str) -> None:
    sql = "SELECT count(*) AS events, max(created_at) AS last FROM events"
    answer = served.ask(sql, sql_key).json()
    assert answer["data"][0]["events"] == 24 * PER_HOUR
    assert [column["name"] for column in answer["columns"]] == ["events", "last"]
    assert served.ask("SELECT sum(events) AS s, 1.50 AS d FROM slices", sql_key).json()["data"] == [
        {"s": 24 * PER_HOUR, "d": 1.5}
    ]
    one_day = served.ask("SELECT count(*) AS events FROM events", sql_key, **{"from": "2016-01-02"}).json()
    assert one_day["data"] == [{"events": PER_HOUR}]
    headers = {"Authorization": f"Bearer {sql_key}", "Accept": "text/csv"}
    text = served.client.post("/sql", json={"sql": "SELECT 1 AS a, 'x,\"y' AS a"}, headers=headers).text
    assert text == 'a,a_1\n1,"x,""y"\n'


@pytest.mark.parametrize("sql", ["SELECT * FROM read_text('/etc/passwd')", "SELECT sql FROM duckdb_views", "SET x = 1"])
def test_breaking_out_over_http_is_a_problem_that_tells_nothing_of_the_host(
    served: Serving, sql_key: str, sql: str
) -> None:
    told = problem(served.ask(sql, sql_key), 422)
    assert str(served.lake.home) not in json.dumps(told)
    assert "root:" not in json.dumps(told)


@pytest.mark.parametrize(
    "sql", ["SELECT url FROM slices", "SELECT path FROM slices", "SELECT host FROM runs", "SELECT arguments FROM runs"]
)
def test_columns_that_tell_of_the_machine_are_left_out(served: Serving, sql_key: str, sql: str) -> None:
    assert "not found" in problem(served.ask(sql, sql_key), 422)["detail"]


@pytest.fixture(scope="module")
def narrow(day: Lake) -> Iterator[tuple[Serving, str]]:
    """A server that gives queries little, and a key for it."""
    limits = {"SECONDS": "1", "ROWS": "100", "MB": "1", "MEMORY_MB": "64", "QUERIES": "1"}
    with Serving(day, {f"FORGELAKE_API_SQL_{name}": value for name, value in limits.items()}) as serving:
        yield serving, serving.key("narrow", "sql")


ENDLESS = "SELECT count(*) FROM range(10000000000) a, range(100) b WHERE a.range % 7 = b.range % 5"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM range(101)", "more than 100 rows"),
        ("SELECT repeat('x', 20000) FROM range(99)", "larger than 1 MB"),
        (ENDLESS, "stopped after 1 s"),
        ("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t", "stopped after 1 s"),
        ("SELECT repeat('a', 2000000000)", "64 MB"),
        ("SELECT list_sum(range(1000000000))", "64 MB"),
        ("SELECT count(*) FROM (SELECT DISTINCT repeat(range::VARCHAR, 50) FROM range(50000000))", ""),
        ("SELECT array_agg(range::VARCHAR || 'xxxxxxxxxxxxxxxxxxxxxxxxx') FROM range(100000000)", ""),
    ],
    ids=["rows", "bytes", "time", "recursion", "text", "list", "distinct", "aggregate"],
)  # fmt: skip
def test_limits_stop_a_query(narrow: tuple[Serving, str], sql: str, said: str) -> None:
    serving, key = narrow
    began = time.monotonic()
    assert said in problem(serving.ask(sql, key), 422)["detail"]
    assert time.monotonic() - began < 30
    assert _children() == []


def test_a_query_ends_when_nobody_waits_for_it_and_had_no_environment(served: Serving, sql_key: str) -> None:
    place = urlsplit(served.url)
    body = json.dumps({"sql": ENDLESS}).encode()
    head = f"POST /api/v1/sql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {sql_key}\r\n"
    rest = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((place.hostname or "", place.port or 0)) as raw:
        raw.sendall((head + rest).encode() + body)
        _until(lambda: _children() != [])
        (child,) = _children()
        names = {entry.partition("=")[0] for entry in _read(child / "environ").split("\0") if entry}
        assert {"PYTHONPATH"} < names <= {"PYTHONPATH", "ARROW_DEFAULT_MEMORY_POOL", "LC_CTYPE"}
        assert (child / "cwd").readlink() == Path("/")
    _until(lambda: _children() == [])


def test_queries_on_top_of_what_may_run_are_sent_away(narrow: tuple[Serving, str]) -> None:
    serving, key = narrow
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(serving.ask, ENDLESS, key)
        _until(lambda: _children() != [])
        response = serving.ask("SELECT 1", key)
        problem(response, 503)
        assert response.headers["retry-after"] == "2"
        problem(slow.result(), 422)
    assert serving.ask("SELECT 1", key).status_code == 200


def _children() -> list[Path]:
    """The folders under /proc of the processes that run a query; any thread may have started one."""
    lists = [list_.read_text().split() for list_ in Path("/proc/self/task").glob("*/children")]
    folders = [Path("/proc") / pid for pids in lists for pid in pids]
    return [folder for folder in folders if "forgelake.web.sandbox.child" in _read(folder / "cmdline")]


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""  # it has just ended


def _until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.05)
