"""Landing: bytes as received, with a note that is enough to find them again."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from forgelake.lake.landing import REFUSED, Landing, object_path
from forgelake.model.slices import Receipt, SliceKey
from forgelake.storage.objects import Storage
from tests.pipelines.archive import FIRST

KEY = SliceKey("gharchive", FIRST.name, "a.example")
DIGEST = "0123456789abcdef" * 4


def _receipt(key: SliceKey = KEY, start: datetime = FIRST.start, sha256: str = DIGEST) -> Receipt:
    path = object_path(key, start, sha256, origin_slug=key.origin)
    received = datetime(2016, 1, 1, 3, 0, 0, 123, tzinfo=UTC)
    return Receipt(key, start, start + timedelta(hours=1), path, "http://a/x", '"e"', sha256, 5, received)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """An empty storage."""
    return Storage.open(str(tmp_path / "lake"))


@pytest.fixture
def landing(storage: Storage) -> Landing:
    """Landing in it."""
    return Landing(storage)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file as received."""
    path = tmp_path / "received"
    path.write_bytes(b"bytes")
    return path


def test_the_path_tells_slice_origin_and_digest() -> None:
    assert _receipt().path == "landing/gharchive/2016/01/01/2016-01-01-1.a.example.0123456789abcdef.json.gz"
    refused = object_path(KEY, FIRST.start, DIGEST, origin_slug="a.example", area=REFUSED)
    assert refused.startswith("refused/gharchive/2016/01/01/")


def test_what_landed_comes_back_byte_for_byte_with_its_receipt(landing: Landing, file: Path, tmp_path: Path) -> None:
    landing.land(_receipt(), file)
    assert list(landing.receipts("gharchive", FIRST.day, FIRST.day)) == [_receipt()]
    landing.fetch(_receipt(), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"bytes"


def test_bytes_in_memory_land_as_a_file_does(landing: Landing, storage: Storage, file: Path) -> None:
    landing.land_bytes(_receipt(), b"bytes")
    objects = {info.path: storage.get(info.path) for info in storage.list("")}
    landing.remove(_receipt())
    landing.land(_receipt(), file)
    assert {info.path: storage.get(info.path) for info in storage.list("")} == objects


def test_bytes_without_a_note_have_not_landed(landing: Landing, storage: Storage) -> None:
    storage.put(_receipt().path, b"bytes")
    assert list(landing.receipts("gharchive", FIRST.day, FIRST.day)) == []


def test_the_same_bytes_received_again_are_noted_with_the_later_time(landing: Landing, file: Path) -> None:
    landing.land(_receipt(), file)
    later = replace(_receipt(), received_at=datetime(2016, 1, 2, tzinfo=UTC))
    landing.land(later, file)
    assert list(landing.receipts("gharchive", FIRST.day, FIRST.day)) == [later]


def test_receipts_are_those_of_the_days_asked_for(landing: Landing, file: Path) -> None:
    days = [FIRST.start + timedelta(days=number) for number in (-1, 0, 1, 40)]
    keys = [replace(KEY, name=f"{day:%Y-%m-%d}-1") for day in days]
    for key, day in zip(keys, days, strict=True):
        landing.land(_receipt(key, day), file)
    assert landing.days("gharchive") == [day.date() for day in days]
    found = landing.receipts("gharchive", date(2016, 1, 1), date(2016, 1, 2))
    assert [receipt.key for receipt in found] == keys[1:3]
    assert landing.days("github") == []


def test_what_was_removed_is_gone(landing: Landing, storage: Storage, file: Path) -> None:
    landing.land(_receipt(), file)
    landing.remove(_receipt())
    assert list(storage.list("")) == []
    landing.remove(_receipt())
