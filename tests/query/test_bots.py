"""Which accounts count as programs, and that SQL and Python agree on it."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forgelake.engines.duckdb import connect
from forgelake.lake.columns import Column, Kind, Table
from forgelake.query.bots import BOTS, is_bot
from forgelake.query.views import create_view

LOGINS = st.one_of(
    st.sampled_from([bot.login for bot in BOTS]).map(str.upper),
    st.tuples(st.text("ab-x", max_size=3), st.sampled_from([b.login for b in BOTS]), st.text("ab-", max_size=2)).map(
        "".join
    ),
    st.text("bot[]^$|.*-'\\", max_size=8),
    st.none(),
)


@pytest.mark.parametrize("login", ["dependabot[bot]", "github-actions[bot]", "k8s-ci-robot", "K8S-CI-Robot"])
def test_programs(login: str) -> None:
    assert is_bot(login)


@pytest.mark.parametrize("login", ["abbot", "talbot", "botanist", "k8s-ci-robot2", "robot", "", None])
def test_people_whose_name_sounds_like_one(login: str | None) -> None:
    assert not is_bot(login)


def test_every_listed_account_has_a_reason_and_stands_there_once() -> None:
    logins = [bot.login for bot in BOTS]
    assert len(BOTS) >= 60
    assert logins == sorted(set(logins))
    assert logins == [login.lower() for login in logins]
    assert [bot.login for bot in BOTS if len(bot.reason) < 10] == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(logins=st.lists(LOGINS, min_size=1, max_size=20))
def test_sql_and_python_agree(tmp_path_factory: pytest.TempPathFactory, logins: list[str | None]) -> None:
    path = tmp_path_factory.getbasetemp() / "logins.parquet"
    schema = pa.schema([pa.field("actor_login", pa.string(), metadata={b"PARQUET:field_id": b"1"})])
    pq.write_table(pa.table([pa.array(logins, pa.string())], schema=schema), path)
    table = Table("events", "", (Column("actor_login", Kind.TEXT, ""),), "created_at")
    with connect(extensions=()) as connection:
        create_view(connection, table, [str(path)])
        answer = connection.execute("SELECT actor_login, actor_is_bot FROM events").fetchall()
    assert answer == [(login, is_bot(login)) for login in logins]


def test_a_column_added_later_reads_as_null_from_older_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("old") / "it's [1].parquet"
    schema = pa.schema([pa.field("name", pa.string(), metadata={b"PARQUET:field_id": b"1"})])
    pq.write_table(pa.table([["x"]], schema=schema), path)
    columns = (Column("renamed", Kind.TEXT, ""), Column("added", Kind.INTEGER, ""))
    with connect(extensions=()) as connection:
        create_view(connection, Table("things", "", columns, "day"), [str(path)])
        assert connection.execute("SELECT * FROM things").fetchall() == [("x", None)]
