"""Merging: rows of replaced slices go, copies become one, and no name is ever taken for SQL."""

from pathlib import Path

import pytest

from forgelake.lake.events import EVENTS
from forgelake.lake.merge import Merger
from forgelake.lake.rejects import REJECTS
from forgelake.normalise.slice import Normalised
from tests.lake.staging import Place, batch, plain_connection, replacing
from tests.pipelines.archive import FIRST, PER_HOUR, some

ORIGINS = ["plain.example", "it's.example/o'clock", 'a"b', "$replaced; DROP TABLE x --", "%s{0}", "žluť"]


@pytest.mark.parametrize("origin", ORIGINS)
def test_any_name_of_an_origin_can_be_replaced(place: Place, origin: str) -> None:
    committer = place.committer()
    other = place.stage(FIRST, some(FIRST, 0, 10), origin="other")
    committer.commit(batch(other, place.stage(FIRST, some(FIRST), origin=origin, bad=b"{torn\n")))
    committer.commit(replacing(place.stage(FIRST, some(FIRST, 5, 15), origin=origin)))
    mine = f"gharchive:2016-01-01-1@{origin}"
    assert sum(mine in sources for sources in place.sources()) == 10
    assert len(place.rows()) == 15
    assert place.rows("rejects") == []


@pytest.fixture
def quoted(tmp_path: Path) -> Place:
    """A place whose path has quotes and signs that file patterns use."""
    folder = tmp_path / 'it\'s "odd" [a-c] {x} *'
    folder.mkdir()
    return Place(folder)


def _paths(place: Place, *staged: Normalised) -> list[str]:
    return [place.storage.uri(file.path) for one in staged for file in one.files]


def test_files_with_quotes_in_their_path_are_merged(quoted: Place) -> None:
    one = quoted.stage(FIRST, some(FIRST, 0, 20), origin="a.example")
    two = quoted.stage(FIRST, some(FIRST, 10, 40), origin="b.example")
    merger = Merger(plain_connection(), EVENTS, [])
    old, new = _paths(quoted, one), _paths(quoted, two)
    assert merger.files_with_copies(old, new) == {*old, *new}
    assert sum(map(len, merger.merged(old, new))) == PER_HOUR


def test_merged_rows_have_exactly_the_tables_schema(place: Place) -> None:
    one = place.stage(FIRST, some(FIRST, 0, 20), origin="a.example")
    two = place.stage(FIRST, some(FIRST, 10, 40), origin="b.example")
    batches = list(Merger(plain_connection(), EVENTS, []).merged(_paths(place, one), _paths(place, two)))
    assert all(batch.schema.equals(EVENTS.arrow_schema(), check_metadata=True) for batch in batches)
    types = [row["type"] for batch in batches for row in batch.to_pylist()]
    assert types == sorted(types)


def test_files_without_a_copy_are_not_named(place: Place) -> None:
    one, two = place.stage(FIRST, some(FIRST, 0, 20)), place.stage(FIRST, some(FIRST, 20, 40), origin="b.example")
    assert Merger(plain_connection(), EVENTS, []).files_with_copies(_paths(place, one), _paths(place, two)) == set()


def test_rejects_go_with_their_slice(place: Place) -> None:
    one = place.stage(FIRST, [], origin="a.example", bad=b"{torn\n")
    two = place.stage(FIRST, [], origin="b.example", bad=b"{torn\n{torn\n")
    merger = Merger(plain_connection(), REJECTS, [str(one.receipt.key)])
    files = _paths(place, one, two)
    assert merger.files_with_former_rows(files) == set(_paths(place, one))
    left = [row["source"] for batch in merger.merged(files, []) for row in batch.to_pylist()]
    assert set(left) == {str(two.receipt.key)}
    assert len(left) == len(two.files) * 2 or left
