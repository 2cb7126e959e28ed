"""What every kind of storage promises; one subclass per kind runs it."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from forgelake.model.errors import UsageError
from forgelake.storage import NoSuchObjectError, Storage

MEBIBYTE = 1024 * 1024


class StorageContract:
    """Subclasses provide the fixture ``storage``: an empty storage."""

    def test_what_was_put_is_read_back(self, storage: Storage) -> None:
        storage.put("landing/a.json.gz", b"\x00\x01")

        assert storage.get("landing/a.json.gz") == b"\x00\x01"
        assert storage.size("landing/a.json.gz") == 2
        assert storage.exists("landing/a.json.gz")

    def test_an_empty_object_is_an_object(self, storage: Storage) -> None:
        storage.put("empty", b"")

        assert storage.get("empty") == b""
        assert storage.exists("empty")
        assert list(storage.open_chunks("empty")) == []

    def test_put_replaces(self, storage: Storage) -> None:
        storage.put("a", b"old and longer")
        storage.put("a", b"new")

        assert storage.get("a") == b"new"

    def test_readers_never_see_half_an_object(self, storage: Storage) -> None:
        versions = [letter * (2 * MEBIBYTE) for letter in (b"a", b"b")]
        storage.put("a", versions[0])
        seen: set[bytes] = set()
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                seen.add(storage.get("a"))

        reader = threading.Thread(target=read)
        reader.start()
        for turn in range(20):
            storage.put("a", versions[turn % 2])
        done.set()
        reader.join()

        assert seen <= set(versions)
        assert seen

    def test_create_leaves_what_is_there(self, storage: Storage) -> None:
        assert storage.create("lock", b"mine")
        assert not storage.create("lock", b"yours")
        assert storage.get("lock") == b"mine"

    def test_of_many_creators_one_wins(self, storage: Storage) -> None:
        contents = [str(n).encode() for n in range(8)]
        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(partial(storage.create, "lock"), contents))

        assert won.count(True) == 1
        assert storage.get("lock") == contents[won.index(True)]

    def test_a_large_file_goes_up_and_comes_down_unchanged(self, storage: Storage, tmp_path: Path) -> None:
        block = hashlib.sha256(b"forgelake").digest() * (MEBIBYTE // 32)
        (tmp_path / "up").write_bytes(b"".join(bytes([n]) + block for n in range(20)))

        storage.put_file("large", tmp_path / "up")
        storage.download("large", tmp_path / "new folder" / "down")

        assert (tmp_path / "new folder" / "down").read_bytes() == (tmp_path / "up").read_bytes()
        assert [entry.name for entry in (tmp_path / "new folder").iterdir()] == ["down"]
        assert storage.size("large") == (tmp_path / "up").stat().st_size

    def test_chunks_are_about_as_large_as_asked_for(self, storage: Storage) -> None:
        content = bytes(range(256)) * (4 * MEBIBYTE // 256)
        storage.put("a", content)

        chunks = list(storage.open_chunks("a", MEBIBYTE))

        assert b"".join(chunks) == content
        assert all(MEBIBYTE <= len(chunk) <= 2 * MEBIBYTE for chunk in chunks[:-1])
        assert len(chunks) >= 2

    def test_an_object_that_is_not_there_is_named(self, storage: Storage, tmp_path: Path) -> None:
        for read in (storage.get, storage.size, storage.open_chunks):
            with pytest.raises(NoSuchObjectError, match="landing/nothing"):
                read("landing/nothing")
        with pytest.raises(NoSuchObjectError):
            storage.download("landing/nothing", tmp_path / "copies" / "a")
        assert not storage.exists("landing/nothing")
        assert not (tmp_path / "copies").exists()

    def test_a_folder_is_no_object(self, storage: Storage) -> None:
        storage.put("landing/a", b"1")

        assert not storage.exists("landing")

    def test_delete_may_be_repeated(self, storage: Storage) -> None:
        storage.put("a", b"1")
        storage.delete("a")
        storage.delete("a")

        assert not storage.exists("a")

    def test_list_goes_on_after_a_thousand(self, storage: Storage) -> None:
        names = {f"many/{n:04}" for n in range(1100)}
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(partial(storage.put, content=b"12"), names))
        storage.put("others/a", b"1")

        found = list(storage.list("many"))

        assert len(found) == 1100
        assert {info.path for info in found} == names
        assert {info.size for info in found} == {2}

    def test_list_goes_by_folders_not_by_letters(self, storage: Storage) -> None:
        for path in ("a/1", "a/b/2", "ab/3"):
            storage.put(path, b"")

        assert sorted(info.path for info in storage.list("a")) == ["a/1", "a/b/2"]
        assert sorted(info.path for info in storage.list("a/")) == ["a/1", "a/b/2"]
        assert sorted(info.path for info in storage.list()) == ["a/1", "a/b/2", "ab/3"]
        assert list(storage.list("nothing")) == []

    def test_list_tells_when_an_object_changed(self, storage: Storage) -> None:
        storage.put("a", b"1")

        (info,) = storage.list("")

        assert info.modified.utcoffset() == timedelta(0)
        assert abs(info.modified - datetime.now(UTC)) < timedelta(minutes=5)

    @pytest.mark.parametrize("path", ["a=1/b c#?.txt", "é/ü%20.json", "a+b&c", "~a/'b'"])
    def test_unusual_names_are_kept_as_they_are(self, storage: Storage, path: str) -> None:
        storage.put(path, b"1")

        assert storage.get(path) == b"1"
        assert [info.path for info in storage.list()] == [path]

    @pytest.mark.parametrize("path", ["", "/a", "../a", "a/../b", "a//b", "a/", "./a", "a\\b", "a\nb", "a#1", "a#1/b"])
    def test_names_that_not_every_storage_can_hold_are_refused(self, storage: Storage, path: str) -> None:
        for act in (storage.get, storage.exists, storage.delete, storage.uri):
            with pytest.raises(UsageError, match="cannot name an object"):
                act(path)
        with pytest.raises(UsageError):
            storage.put(path, b"")
        assert list(storage.list()) == []
