"""pandas, as many pipelines use it: chunks of lines, the payload dropped, the rest written to Parquet."""

from pathlib import Path

import pandas as pd

from benchmarks.contenders import result, text_of

CHUNK_LINES = 10_000


def run(files: list[Path], folder: Path) -> None:
    """Inflated by isal, which is faster than the gzip module that pandas would use."""
    for file in files:
        with text_of(file) as lines:
            for number, chunk in enumerate(pd.read_json(lines, lines=True, chunksize=CHUNK_LINES)):
                path = result(folder, file)
                chunk.drop(columns="payload").to_parquet(path.with_stem(f"{path.stem}-{number}"), compression="zstd")
