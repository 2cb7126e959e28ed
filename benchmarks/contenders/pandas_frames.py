"""pandas, as many pipelines use it: chunks of lines, the payload dropped, the rest written to Parquet."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from benchmarks.contenders import result, text_of

CHUNK_LINES = 10_000


def run(files: list[Path], folder: Path) -> None:
    """The gzip files by pandas' own means, as written everywhere."""
    for file in files:
        _convert(pd.read_json(file, lines=True, chunksize=CHUNK_LINES), result(folder, file))


def run_inflated(files: list[Path], folder: Path) -> None:
    """Inflated by isal, which is faster than the gzip module that pandas uses."""
    for file in files:
        with text_of(file) as lines:
            _convert(pd.read_json(lines, lines=True, chunksize=CHUNK_LINES), result(folder, file))


def _convert(chunks: Iterable[pd.DataFrame], path: Path) -> None:
    for number, chunk in enumerate(chunks):
        chunk.drop(columns="payload").to_parquet(path.with_stem(f"{path.stem}-{number}"), compression="zstd")
