"""Putting a site in its place so that whoever reads it meanwhile finds no link that leads nowhere.

New files come first, the first page after all others, and what is no longer linked goes last. A list of the site's own
files lies beside it, so files of other people are left alone, and an export that was cut off is cleared up by the next.
"""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from forgelake.model.errors import UsageError
from forgelake.publish.site_files import INDEX, MISSING
from forgelake.storage.objects import Storage

LIST: Final = "forgelake-site.json"
"""The list of files: each with a digest of its content."""

_AT_ONCE: Final = 8
MEDIA_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """How many files were written, were there already, and were removed."""

    written: int
    unchanged: int
    removed: int


def check(target: Storage) -> dict[str, str]:
    """The files that an earlier export left, with their digests.

    Raises:
        UsageError: there is a site that no export wrote.
    """
    if target.exists(LIST):
        try:
            files = json.loads(target.get(LIST))["files"]
            return {str(name): str(digest) for name, digest in files.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"{target.uri(LIST)} is not a list of files; name another place, or remove it and {INDEX}"
            raise UsageError(message) from error
    if target.exists(INDEX):
        message = f"{target.uri(INDEX)} was not written by an export; name an empty place"
        raise UsageError(message)
    return {}


def put(target: Storage, folder: Path, files: Mapping[str, str], said: Mapping[str, Any]) -> Placed:
    """Make a place hold the files of a local folder.

    Args:
        files: their names, with digests of their contents.
        said: what the list says besides.

    Raises:
        UsageError: see ``check``.
        RetryError, StopError: the place cannot be written.
    """
    before = check(target)
    if MISSING in files and MISSING not in before and target.exists(MISSING):
        # Somebody has one of their own.
        files = {name: digest for name, digest in files.items() if name != MISSING}
    there = {info.path: info.size for info in target.list()} if before else {}
    changed = {name for name, digest in files.items() if before.get(name) != digest or not _same(there, folder, name)}
    gone = set(before) - set(files)
    if changed or gone:
        # Whatever happens from here on, the next export knows all that may be there.
        _tell(target, {**before, **dict.fromkeys(changed, "")}, said)

    def put_one(name: str) -> None:
        target.put_file(name, folder / name, MEDIA_TYPES.get(Path(name).suffix, ""))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(put_one, sorted(changed - {INDEX})))
        list(pool.map(put_one, changed & {INDEX}))
        _tell(target, {**dict.fromkeys(gone, ""), **files}, said)
        list(pool.map(target.delete, sorted(gone)))
    _tell(target, files, said)
    return Placed(len(changed), len(files) - len(changed), len(gone))


def _same(there: Mapping[str, int], folder: Path, name: str) -> bool:
    """Whether nobody took the file away or cut it short."""
    return there.get(name) == (folder / name).stat().st_size


def _tell(target: Storage, files: Mapping[str, str], said: Mapping[str, Any]) -> None:
    target.put(LIST, json.dumps({**said, "files": dict(sorted(files.items()))}, indent=1).encode())
