"""The contract on a local folder, and what is particular to it."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from forgelake.model.errors import ConfigurationError, StopError
from forgelake.storage import Storage
from forgelake.storage.faults import told_as_ours
from forgelake.storage.place import place
from tests.storage.contract import MEBIBYTE, StorageContract


class TestFolder(StorageContract):
    """A folder whose name needs quoting in a URI."""

    @pytest.fixture
    def storage(self, tmp_path: Path) -> Storage:
        return Storage.open((tmp_path / "my lake").as_uri())


def test_a_plain_path_and_its_uri_are_the_same_place(tmp_path: Path) -> None:
    Storage.open(str(tmp_path / "a b")).put("x", b"1")

    assert Storage.open((tmp_path / "a b").as_uri()).get("x") == b"1"
    assert Storage.open(f"file://{tmp_path}/a b/").get("x") == b"1"


def test_duckdb_opens_what_uri_names(tmp_path: Path) -> None:
    storage = Storage.open(str(tmp_path))
    storage.put("folder/a.csv", b"n\n42\n")

    assert storage.uri("folder/a.csv") == f"{tmp_path}/folder/a.csv"
    assert duckdb.connect().execute("FROM read_csv(?)", [storage.uri("folder/a.csv")]).fetchall() == [(42,)]


COPY_AND_PRINT_GROWTH = """
import resource, sys
from pathlib import Path
from forgelake.storage import Storage

folder = Path(sys.argv[1])
storage = Storage.open(str(folder / "lake"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
storage.put_file("large", folder / "large")
storage.download("large", folder / "copy")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_file_larger_than_the_memory_it_may_use_is_copied(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as large:
        large.truncate(150 * MEBIBYTE)

    # In a process of its own, because the peak that the system reports is that of the process's whole life.
    done = subprocess.run(
        [sys.executable, "-c", COPY_AND_PRINT_GROWTH, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert (tmp_path / "copy").stat().st_size == 150 * MEBIBYTE
    assert int(done.stdout) < 75 * 1024  # KiB


def test_a_local_file_that_is_not_there_is_not_taken_for_an_object(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing"):
        Storage.open(str(tmp_path)).put_file("a", tmp_path / "nothing")


def test_a_full_disk_stops_the_run(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(StopError, match="disk is full"), told_as_ours(place(str(tmp_path)), "a", "writing"):
        raise full


@pytest.mark.parametrize("uri", ["lake", "./lake", "gs://bucket/a", "s3://", "s3:bucket", "file://host/a", "file:", ""])
def test_a_uri_that_is_no_storage_is_refused_with_the_good_forms(uri: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a storage; write file:///folder, /folder or s3://"):
        Storage.open(uri)


def test_a_file_in_the_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "lake").write_bytes(b"")

    with pytest.raises(ConfigurationError, match="lake"):
        Storage.open(str(tmp_path / "lake"))
