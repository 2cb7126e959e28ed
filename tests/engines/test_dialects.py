"""What other engines are given is what was compared with DuckDB, and SQL that they can read."""

import pytest
import sqlglot
from sqlglot import exp

from forgelake.engines.dialects.dialect import UntranslatableError
from forgelake.engines.dialects.spark import SPARK
from forgelake.engines.dialects.tested import TESTED
from forgelake.engines.dialects.translate import (
    DIALECTS,
    DUCKDB,
    literal,
    parsed,
    tables,
    translated,
    with_frames,
    with_values,
)
from forgelake.engines.dialects.trino import TRINO
from forgelake.lake.catalog import TABLES
from forgelake.metrics import elsewhere
from forgelake.model.errors import UsageError
from forgelake.query.private import Visibility
from forgelake.query.views import seen_sql
from tests.engines.union import Question, questions

ASKED = {question.metric.name: question for question in questions()}
EXACT_PERCENTILES = {
    "age_of_open_items", "pull_request_size", "release_frequency", "time_between_pull_requests",
    "time_to_close_issues", "time_to_first_response", "time_to_merge",
}  # fmt: skip
OTHERWISE_THERE = {"biggest_movers", "compare_activity"}
NOT_IN_THE_LAKE = {"stars_year_over_year"}


def spark(sql: str) -> str:
    return translated(parsed(sql), SPARK)


@pytest.mark.parametrize("question", ASKED.values(), ids=ASKED)
def test_every_metric_has_sql_that_each_dialect_can_read_or_is_refused_for_a_known_reason(question: Question) -> None:
    refused = set()
    for name, dialect in DIALECTS.items():
        try:
            text = elsewhere.sql(question.bound, dialect)
        except UntranslatableError:
            refused.add(name)
            continue
        found = sqlglot.parse_one(text, read=name)
        assert not list(found.find_all(exp.Placeholder, exp.Command))
    expected = {"athena", "trino"} if question.metric.name in EXACT_PERCENTILES | OTHERWISE_THERE else set()
    assert refused == ({"spark", "athena", "trino"} if question.metric.name in NOT_IN_THE_LAKE else expected)


def test_what_is_translated_is_no_more_than_what_the_library_and_the_views_use() -> None:
    used = {exp.Tuple, exp.Values, exp.Neg}
    texts = [question.metric.sql for question in questions()]
    texts += [seen_sql(table, "SELECT * FROM stored", ["api-2015"], Visibility()) for table in TABLES.values()]
    for text in texts:
        used |= {type(node) for node in parsed(text).walk()}
    assert used >= TESTED


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT approx_count_distinct(actor_login) FROM events", "the function approx_distinct"),
        ("SELECT list(actor_login) FROM events", "is not translated to spark"),
        ("SELECT no_such_thing(1)", "the function no_such_thing"),
        ("SELECT CAST(id AS DECIMAL(18, 3)) FROM events", "the type DECIMAL(18, 3)"),
        ("SELECT created_at - INTERVAL 1 HOUR FROM events", "the interval"),
        ("SELECT * FROM events QUALIFY row_number() OVER () = 1", "Qualify"),
        ("SELECT * FROM read_csv('/etc/passwd')", "is not translated to spark"),
    ],
)
def test_what_no_test_compares_is_refused(sql: str, told: str) -> None:
    with pytest.raises(UntranslatableError) as refused:
        spark(sql)
    assert told in str(refused.value)
    assert "--engine duckdb" in str(refused.value)


@pytest.mark.parametrize("sql", ["DROP TABLE events", "SELECT 1; SELECT 2", "", "SELEC 1", "COPY events TO 'x'"])
def test_only_one_question_is_translated(sql: str) -> None:
    with pytest.raises(UsageError):
        parsed(sql)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("quantile_cont(x, 0.25)", "PERCENTILE(x, 0.25)"),
        ("epoch(x)", "(UNIX_MICROS(x) / 1e6)"),
        ("x / 3600.0", "x / 3600.0e0"),
        ("isodow(x)", "(WEEKDAY(x) + 1)"),
        ("any_value(x)", "ANY_VALUE(x, TRUE)"),
        ("list(DISTINCT x) OVER (PARTITION BY y)", "COLLECT_SET(x) OVER (PARTITION BY y)"),
        ("count(*) FILTER (WHERE x) OVER (PARTITION BY y)", "COUNT(CASE WHEN x THEN 1 END) OVER (PARTITION BY y)"),
        ("arg_max(x, y)", "MAX_BY(x, CASE WHEN NOT x IS NULL THEN y END)"),
        ("lag(x) OVER (ORDER BY y)", "LAG(x) OVER (ORDER BY y NULLS LAST)"),
    ],
)
def test_what_sqlglot_alone_gets_wrong_for_spark_is_put_right(sql: str, expected: str) -> None:
    assert spark(f"SELECT {sql} FROM t") == f"SELECT {expected} FROM t"


def test_trino_has_no_ends_with() -> None:
    assert translated(parsed("SELECT ends_with(x, 'y') FROM t"), TRINO) == (
        "SELECT (SUBSTR(x, -LENGTH('y')) = 'y') FROM t"
    )


def test_a_value_cannot_leave_its_literal() -> None:
    nasty = "a'b\\' OR 1=1 --"
    for name, dialect in DIALECTS.items():
        query = with_values(parsed("SELECT $x AS x"), {"x": nasty})
        back = sqlglot.parse_one(translated(query, dialect), read=name).find(exp.Literal)
        assert back is not None
        assert back.this == nasty


def test_a_frame_gets_its_number_and_other_parameters_stay_bound() -> None:
    query = parsed("SELECT sum(x) OVER (ORDER BY y ROWS BETWEEN $n - 1 PRECEDING AND CURRENT ROW) FROM t WHERE z = $n")
    text = translated(with_frames(query, {"n": 7}), SPARK)
    assert "7 - 1 PRECEDING" in text
    assert text.endswith("z = :p_n")


def test_the_tables_of_a_question_are_those_that_it_does_not_define_itself() -> None:
    assert tables(parsed("WITH a AS (SELECT * FROM Events) SELECT * FROM a JOIN bots ON true")) == {"events", "bots"}


def test_a_number_keeps_its_kind() -> None:
    assert [literal(value).sql("spark") for value in (2, 2.0, 1e300, True, None)] == [
        "2", "2.0e0", "1e+300", "TRUE", "NULL",
    ]  # fmt: skip


def test_duckdb_keeps_its_words() -> None:
    assert translated(parsed("SELECT quantile_cont(x, 0.5) FROM t"), DUCKDB) == "SELECT QUANTILE_CONT(x, 0.5) FROM t"
