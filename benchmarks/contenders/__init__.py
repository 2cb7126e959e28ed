"""One module per tool. Each turns archive hours into Parquet files with the same typed columns.

A contender is a function of the gzip files and a folder for its results. All are held to one thread, and each has been
tuned: what was tried and did not pay is said where it would stand.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO, TypeAlias, cast

from isal import igzip

Contender: TypeAlias = Callable[[list[Path], Path], None]

PIECE = 1 << 20


def result(folder: Path, file: Path) -> Path:
    """Where the rows of an hour go."""
    return folder / f"{file.name.removesuffix('.json.gz')}.parquet"


def text_of(file: Path) -> BinaryIO:
    """The inflated text of an hour, by the fastest gzip there is."""
    # isal's own type says less than its class does.
    return cast("BinaryIO", igzip.open(file))


def inflated(files: Iterable[Path], folder: Path) -> Iterator[tuple[Path, Path]]:
    """Each hour with a copy of its text, for tools that are faster when isal inflates for them.

    The copy is one file in memory that is written over, so no new memory has to be found for each hour.
    """
    copy = folder / "inflated.json"
    copy.touch()
    for file in files:
        with text_of(file) as source, copy.open("r+b") as target:
            copyfileobj(source, target, PIECE)
            target.truncate()
        yield file, copy
    copy.unlink()
