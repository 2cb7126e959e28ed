"""Exporting traffic: one file per data set, all from one snapshot of the lake.

Files are made here whole and then put into their place, where each replaces its former self at once: a bucket does so
by itself, a folder by renaming. Manifests come last, so that none names a file that is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from forgelake.model.errors import UsageError, nearest
from forgelake.publish.manifest import ENDING, manifest
from forgelake.publish.traffic_sets import REPOSITORIES, TABLES, TRAFFIC_SETS, DataSet
from forgelake.query.session import Session
from forgelake.query.snapshot import Snapshot
from forgelake.storage.objects import Storage

if TYPE_CHECKING:
    import pyarrow as pa

Form: TypeAlias = Literal["csv", "parquet"]
_OPTIONS: Final = {
    "csv": "FORMAT csv, HEADER, DATEFORMAT '%Y-%m-%d', TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%SZ'",
    "parquet": "FORMAT parquet, COMPRESSION zstd",
}


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file that was written: where, and how many rows it has."""

    uri: str
    rows: int


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and the names of the private repositories that were left out."""

    files: list[ExportedFile]
    left_out: list[str]


def export_traffic(
    snapshot: Snapshot, target: Storage, form: Form, scratch: Path, *, repos: Sequence[str] = (), private: bool = False
) -> Exported:
    """Write all data sets.

    Args:
        target: the folder or bucket; files of other names in it are left alone.
        scratch: a local folder for files on their way.
        repos: only these repositories, by a present or former name; all if empty.
        private: whether repositories that are not public are written though they are not named.

    Raises:
        UsageError: nothing is known of a repository.
        ConfigurationError, RetryError, StopError: the target cannot be written.
    """
    with TemporaryDirectory(dir=scratch, prefix="export-") as folder, snapshot.session(tables=TABLES) as session:
        known = session.run(REPOSITORIES).read_all()
        wanted = _named(known, repos)
        shown = [bool(repos) or private or one["visibility"] == "public" for one in wanted.to_pylist()]
        session.connection.register("chosen", _kept(wanted, shown))
        made = [_made(session, one, form, Path(folder)) for one in TRAFFIC_SETS]
        files = [_placed(target, file, rows) for file, rows in made]
    if form == "csv":
        for one, done in zip(TRAFFIC_SETS, files, strict=True):
            target.put(one.name + ENDING, manifest(done.uri))
    hidden = {name for name, kept in zip(wanted["name"].to_pylist(), shown, strict=True) if not kept}
    return Exported(files, sorted(hidden))


def _named(known: "pa.Table", repos: Sequence[str]) -> "pa.Table":
    """The repositories that were asked for."""
    names = known["names"].to_pylist()
    every = sorted({name for listed in names for name in listed})
    for repo in repos:
        if repo.lower() not in every:
            message = f'there is no traffic of "{repo}"{nearest(repo.lower(), every)}; leave --repo out for all'
            raise UsageError(message)
    wanted = {repo.lower() for repo in repos}
    return _kept(known, [not wanted or bool(wanted.intersection(listed)) for listed in names])


def _kept(rows: "pa.Table", kept: list[bool]) -> "pa.Table":
    # An empty list has no type, and Arrow takes none but booleans.
    return rows.filter(kept) if kept else rows


def _made(session: Session, one: DataSet, form: Form, folder: Path) -> tuple[Path, int]:
    """A data set as a local file, and the number of its rows."""
    rows = session.run(one.sql).read_all()
    file = folder / f"{one.name}.{form}"
    place = str(file).replace("'", "''")
    session.connection.register("exported", rows)
    session.connection.execute(f"COPY (FROM exported) TO '{place}' ({_OPTIONS[form]})")
    session.connection.unregister("exported")
    return file, len(rows)


def _placed(target: Storage, file: Path, rows: int) -> ExportedFile:
    target.put_file(file.name, file)
    uri = target.uri(file.name)
    return ExportedFile(Path(uri).as_uri() if uri.startswith("/") else uri, rows)
