"""forgelake itself: the same columns and four more, rows sorted by type, repository and time, each event once."""

from pathlib import Path

from benchmarks.sample import receipt
from forgelake.normalise.slice import normalise


def run(files: list[Path], folder: Path) -> None:
    """Each hour as a worker process would do it."""
    for file in files:
        normalise(receipt(file), file, folder)
