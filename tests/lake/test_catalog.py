"""The catalog, in a database and in AWS Glue: the same promises, and whoever keeps it may go away for a while."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyiceberg.exceptions import CommitFailedException
from sqlalchemy import Engine, text

from forgelake.lake.catalog import Catalog
from forgelake.lake.catalogs.sql import SqlNotes
from forgelake.lake.stars import STAR_DAYS
from forgelake.lake.topics import TOPIC_COUNTS
from forgelake.model.errors import ConfigurationError, RetryError, UsageError
from forgelake.storage.objects import Storage

Open = Callable[[], Catalog]


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage.open(str(tmp_path / "lake"))


@pytest.fixture
def glue_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of Glue's that nobody has used."""
    for name, value in request.getfixturevalue("aws").environ.items():
        monkeypatch.setenv(name, value)
    return f"glue://t_{uuid.uuid4().hex}?region=eu-central-1"


@pytest.fixture(params=["sqlite", "glue"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path, storage: Storage) -> Iterator[Open]:
    """Opens the same catalog each time."""
    kept = request.param
    url = request.getfixturevalue("glue_url") if kept == "glue" else f"sqlite:///{tmp_path}/catalog.db"
    opened: list[Catalog] = []

    def reopen() -> Catalog:
        opened.append(Catalog(url, storage))
        return opened[-1]

    yield reopen
    for one in opened:
        one.close()


def test_a_table_is_made_once_and_found_again(reopen: Open, storage: Storage) -> None:
    catalog = reopen()
    assert catalog.pointers() == {}
    made = catalog.table(STAR_DAYS)
    assert made.location() == f"file://{storage.uri(STAR_DAYS.path)}"
    assert made.spec() == STAR_DAYS.partition_spec()
    assert reopen().table(STAR_DAYS).metadata_location == made.metadata_location
    assert reopen().pointers() == {STAR_DAYS.name: made.metadata_location}


def test_a_commit_moves_the_pointer_and_one_from_an_older_state_is_refused(reopen: Open) -> None:
    catalog = reopen()
    seen, same = catalog.table(STAR_DAYS), reopen().table(STAR_DAYS)
    before = seen.metadata_location
    with seen.update_schema() as update:
        update.make_column_optional(next(field.name for field in seen.schema().fields))
    assert catalog.pointers()[STAR_DAYS.name] == catalog.table(STAR_DAYS).metadata_location != before
    noted = next(row for row in catalog.rows() if row["table_name"] == STAR_DAYS.name)
    assert noted["previous_metadata_location"] == before
    with pytest.raises(CommitFailedException), same.update_schema() as late:
        late.rename_column(same.schema().fields[1].name, "other")


def test_notes_are_taken_over_by_an_empty_catalog_only(reopen: Open, storage: Storage, tmp_path: Path) -> None:
    source = Catalog(f"sqlite:///{tmp_path}/other.db", storage)
    tables = [source.table(declared) for declared in (STAR_DAYS, TOPIC_COUNTS)]
    target = reopen()
    target.restore(source.rows())
    assert target.pointers() == {table.name()[-1]: table.metadata_location for table in tables}
    back = Catalog(f"sqlite:///{tmp_path}/back.db", storage)
    back.restore(target.rows())
    assert back.pointers() == source.pointers()
    with pytest.raises(UsageError, match="the catalog is in use"):
        target.restore(source.rows())
    source.close()
    back.close()


def test_a_database_that_drops_its_connections_is_a_passing_fault(
    storage: Storage, administrator: Engine, fresh_postgresql_url: str
) -> None:
    catalog = Catalog(fresh_postgresql_url, storage)
    assert isinstance(catalog._notes, SqlNotes)
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
    with catalog._notes.tables.engine.connect() as connection:
        with administrator.connect() as other:
            other.execute(text(ended), {"name": fresh_postgresql_url.partition("?")[0].rpartition("/")[2]})
        with pytest.raises(RetryError, match=r"the catalog at .* does not answer"):
            connection.execute(text("SELECT 1"))
    assert catalog.pointers() == {}
    catalog.close()


def test_a_glue_that_is_away_is_a_passing_fault_and_a_missing_region_is_not(
    storage: Storage, glue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", "http://127.0.0.1:9")
    with pytest.raises(RetryError, match="AWS Glue, which keeps the catalog, does not answer"):
        Catalog(glue_url, storage)
    monkeypatch.delenv("AWS_ENDPOINT_URL_GLUE")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    with pytest.raises(ConfigurationError, match=r"You must specify a region.*catalog\.url"):
        Catalog(glue_url.partition("?")[0], storage)
