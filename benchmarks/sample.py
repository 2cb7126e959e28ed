"""The twelve archive hours that everything is measured on, and a fast place for what is written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory

from forgelake.model.hours import Hour
from forgelake.model.slices import Receipt, SliceKey

HOURS = tuple(Hour(datetime(2016, 1, 1, hour, tzinfo=UTC)) for hour in range(1, 13))
ROOT = Path(__file__).resolve().parents[1]
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory; only private folders are made in it
_ENOUGH_BYTES = 4 << 30


class NotFoundError(Exception):
    """The archive hours are not there."""


def archive(count: int = 0) -> list[Path]:
    """The gzip files of the hours, or of the first few.

    Raises:
        NotFoundError: one of them is missing; the message says where they were looked for.
    """
    root = Path(os.environ.get("FORGELAKE_TEST_DATA") or ROOT.parent / "shared" / "data").resolve()
    folder = root / "gharchive" if (root / "gharchive").is_dir() else root
    files = [folder / f"{hour.name}.json.gz" for hour in HOURS[: count or None]]
    missing = [file.name for file in files if not file.exists()]
    if missing:
        message = (
            f"real sample data not found: {missing[0]} is not in {folder}; put the hours 2016-01-01-1 to 2016-01-01-12 "
            "of data.gharchive.org into a folder and name it in FORGELAKE_TEST_DATA"
        )
        raise NotFoundError(message)
    return files


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards; in memory where there is such a place, so that no disk is measured."""
    usable = os.access(_IN_MEMORY, os.W_OK) and disk_usage(_IN_MEMORY).free >= _ENOUGH_BYTES
    place = _IN_MEMORY if usable else None
    with TemporaryDirectory(prefix="forgelake-bench-", dir=place) as folder:
        yield Path(folder)


def receipt(file: Path) -> Receipt:
    """What the ledger would know of the file."""
    hour = Hour.parse(file.name.removesuffix(".json.gz"))
    key = SliceKey("gharchive", hour.name, "sample")
    return Receipt(
        key, hour.start, hour.end, f"landing/{file.name}", file.as_uri(), None, "0" * 64,
        file.stat().st_size, datetime.now(UTC),
    )  # fmt: skip
