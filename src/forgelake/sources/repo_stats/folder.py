"""Which files of a folder are traffic, by the names that github-repo-stats gives them. Touches the disk, no network."""

from pathlib import Path, PurePosixPath
from typing import Final

from forgelake.model.errors import UsageError

AGGREGATE: Final = "views_clones_aggregate.csv"
FRAGMENT: Final = "_views_clones_series_fragment.csv"
REFERRERS: Final = "_top_referrers_snapshot.csv"
PATHS: Final = "_top_paths_snapshot.csv"
_ENDINGS: Final = (AGGREGATE, FRAGMENT, REFERRERS, PATHS)


def read(folder: Path) -> dict[str, bytes]:
    """The traffic files of an archive as they are, by their path within it.

    Args:
        folder: the folder of one repository (``ghrs-data``), or any above it that holds no second one; or one file.

    Raises:
        UsageError: there is none, there are those of several repositories, or a file cannot be read.
    """
    try:
        found = [folder] if folder.is_file() else sorted(path for path in folder.rglob("*.csv") if path.is_file())
        files = {_within(path, folder): path.read_bytes() for path in found if path.name.endswith(_ENDINGS)}
    except OSError as error:
        message = f"{error.filename or folder} cannot be read: {error.strerror}"
        raise UsageError(message) from error
    _check(folder, files)
    return files


def _within(path: Path, folder: Path) -> str:
    return path.relative_to(folder if path != folder else folder.parent).as_posix()


def _check(folder: Path, files: dict[str, bytes]) -> None:
    if not files:
        message = (
            f'there is no traffic of github-repo-stats in "{folder}": no {AGGREGATE}, and no snapshots whose names '
            f"end in {', '.join(_ENDINGS[1:])}; name the folder ghrs-data of a repository"
        )
        raise UsageError(message)
    aggregates = [str(PurePosixPath(name).parent) for name in files if name.endswith(AGGREGATE)]
    if len(aggregates) > 1:
        message = f'"{folder}" holds several repositories: {", ".join(aggregates)}; import one after the other'
        raise UsageError(message)
