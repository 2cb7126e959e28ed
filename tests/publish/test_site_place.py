"""Putting a site in its place: readers never meet a link without a file, and nobody else's files are touched."""

from pathlib import Path

import obstore
import pytest

from forgelake.model.errors import RetryError, UsageError
from forgelake.publish.site_place import LIST, Placed, put
from forgelake.storage.objects import Storage
from forgelake.storage.place import S3Options
from tests.servers.s3 import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, S3Server

SAID = {"made": "2016-01-01T00:00:00Z"}


class Noting(Storage):
    """A folder that notes the order in which files come and go, and may fail at one of them."""

    steps: list[str]
    fails_at: str = ""

    def put_file(self, path: str, local: Path, media_type: str = "") -> None:
        if path == self.fails_at:
            message = "the disk is full"
            raise RetryError(message)
        self.steps.append(path)
        super().put_file(path, local, media_type)

    def delete(self, path: str) -> None:
        self.steps.append(f"-{path}")
        super().delete(path)


def noting(folder: Path) -> Noting:
    made = Noting.open(str(folder))
    object.__setattr__(made, "steps", [])
    return made


def local(folder: Path, **files: str) -> dict[str, str]:
    """Files in a folder, each with its text as its digest; ``_`` stands for the ending."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.html").write_text(text)
    return {f"{name}.html": text for name, text in files.items()}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_first_page_comes_last_and_old_files_go_after_it(tmp_path: Path) -> None:
    target = noting(tmp_path / "out")
    put(target, tmp_path / "a", local(tmp_path / "a", index="1", old="1", same="1"), SAID)
    target.steps.clear()
    done = put(target, tmp_path / "b", local(tmp_path / "b", index="2", new="1", same="1"), SAID)
    assert target.steps == ["new.html", "index.html", "-old.html"]
    assert done == Placed(written=2, unchanged=1, removed=1)
    assert names(tmp_path / "out") == {"index.html", "new.html", "same.html", LIST}


def test_what_a_cut_off_export_left_is_removed_by_the_next(tmp_path: Path) -> None:
    target = noting(tmp_path / "out")
    put(target, tmp_path / "a", local(tmp_path / "a", index="1"), SAID)
    object.__setattr__(target, "fails_at", "index.html")
    with pytest.raises(RetryError):
        put(target, tmp_path / "b", local(tmp_path / "b", index="2", half="1"), SAID)
    assert (tmp_path / "out" / "index.html").read_text() == "1", "readers still have the old site"
    object.__setattr__(target, "fails_at", "")
    put(target, tmp_path / "c", local(tmp_path / "c", index="3"), SAID)
    assert names(tmp_path / "out") == {"index.html", LIST}


def test_a_file_that_somebody_took_away_is_written_again(tmp_path: Path) -> None:
    target = Storage.open(str(tmp_path / "out"))
    files = local(tmp_path / "a", index="1", page="1")
    put(target, tmp_path / "a", files, SAID)
    (tmp_path / "out" / "page.html").unlink()
    assert put(target, tmp_path / "a", files, SAID) == Placed(written=1, unchanged=1, removed=0)


def test_other_peoples_files_stay(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    theirs = {"CNAME": "example.org", "404.html": "mine"}
    for name, text in theirs.items():
        (out / name).write_text(text)
    target = Storage.open(str(out))
    for number in "12":
        own = {"index": number, "404": number}
        put(target, tmp_path / number, local(tmp_path / number, **own), SAID)
    assert {name: (out / name).read_text() for name in theirs} == theirs


def test_the_sites_own_page_for_what_is_not_there_is_kept_up_to_date(tmp_path: Path) -> None:
    target = Storage.open(str(tmp_path / "out"))
    for number in "12":
        put(target, tmp_path / number, local(tmp_path / number, **{"index": "1", "404": number}), SAID)
    assert (tmp_path / "out" / "404.html").read_text() == "2"


@pytest.mark.parametrize(("name", "text"), [("index.html", "mine"), (LIST, "not JSON"), (LIST, '{"files": 1}')])
def test_a_site_of_somebody_else_is_not_overwritten(tmp_path: Path, name: str, text: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_text(text)
    with pytest.raises(UsageError):
        put(Storage.open(str(out)), tmp_path / "a", local(tmp_path / "a", index="1"), SAID)
    assert names(out) == {name}


def test_a_bucket_says_what_its_files_are(tmp_path: Path, s3_server: S3Server) -> None:
    options = S3Options(s3_server.endpoint, REGION, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
    bucket = Storage.open(s3_server.uri("site"), options)
    put(bucket, tmp_path / "a", local(tmp_path / "a", index="1", old="1"), SAID)
    done = put(bucket, tmp_path / "b", local(tmp_path / "b", index="2"), SAID)
    assert done == Placed(written=1, unchanged=0, removed=1)
    assert bucket.get("index.html") == b"2"
    assert not bucket.exists("old.html")
    said = obstore.get(bucket.place.store, "index.html").attributes
    assert said["Content-Type"] == "text/html; charset=utf-8"
