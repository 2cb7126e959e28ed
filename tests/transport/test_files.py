"""Local files as downloads."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forgelake.model.errors import RetryError, SkipError
from forgelake.transport import NotPublishedError, copy_file
from tests.transport.clients import BODY


def test_a_copy_tells_what_a_download_tells(tmp_path: Path) -> None:
    source = tmp_path / "hours of 2016" / "é.json.gz"
    source.parent.mkdir()
    source.write_bytes(BODY)

    got = copy_file(source.as_uri(), tmp_path / "into")

    assert got.path.read_bytes() == BODY
    assert got.path.parent == tmp_path / "into"
    assert (got.size, got.sha256) == (len(BODY), hashlib.sha256(BODY).hexdigest())
    assert got.url == source.as_uri()
    assert got.last_modified == datetime.fromtimestamp(source.stat().st_mtime, UTC)
    assert source.read_bytes() == BODY


def test_a_file_that_is_not_there_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(NotPublishedError, match="there is no file"):
        copy_file((tmp_path / "a.gz").as_uri(), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_does_not_make_its_files_unpublished(tmp_path: Path) -> None:
    with pytest.raises(SkipError, match="is its disk mounted") as caught:
        copy_file((tmp_path / "unmounted" / "a.gz").as_uri(), tmp_path)

    assert not isinstance(caught.value, NotPublishedError)


def test_a_folder_in_the_files_place_is_not_published(tmp_path: Path) -> None:
    (tmp_path / "a.gz").mkdir()

    with pytest.raises(NotPublishedError):
        copy_file((tmp_path / "a.gz").as_uri(), tmp_path / "into")


@pytest.mark.parametrize("size", [0, 400_000])
def test_a_file_that_changes_while_it_is_read_is_left_for_later(tmp_path: Path, size: int) -> None:
    source = tmp_path / "a.gz"
    source.write_bytes(b"x" * 300_000)

    def change(_: int) -> None:
        source.write_bytes(b"y" * size)

    with pytest.raises(RetryError, match="changed while it was read"):
        copy_file(source.as_uri(), tmp_path / "into", progress=change)

    assert list((tmp_path / "into").iterdir()) == []


def test_a_link_in_a_circle_is_no_download(tmp_path: Path) -> None:
    (tmp_path / "a.gz").symlink_to(tmp_path / "a.gz")

    with pytest.raises(RetryError, match=r"a\.gz"):
        copy_file((tmp_path / "a.gz").as_uri(), tmp_path / "into")


@pytest.mark.parametrize("url", ["file://host/a", "file:relative", "http://host/a", "/a"])
def test_what_names_no_file_of_this_machine_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SkipError, match="names no file of this machine"):
        copy_file(url, tmp_path)
