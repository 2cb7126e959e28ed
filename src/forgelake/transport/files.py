"""Local files as if they were downloads, so that a source treats a folder and a mirror alike."""

import os
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from forgelake.model.errors import RetryError, SkipError
from forgelake.transport.download import Download, Progress, part_file
from forgelake.transport.faults import NotPublishedError

CHUNK_BYTES = 256 * 1024


def copy_file(url: str, into: Path, *, progress: Progress | None = None) -> Download:
    """Copy what a ``file://`` URL names into a new file in the folder ``into``.

    Raises:
        NotPublishedError: its folder has no such file.
        SkipError: the folder is not there (an unmounted disk is not a missing hour), or it cannot be read.
        RetryError: reading failed, or the file changed while it was read.
        StopError: the folder ``into`` cannot be written.
    """
    source = local_path(url)
    try:
        with source.open("rb") as file, part_file(into, progress) as part:
            before = os.fstat(file.fileno())
            while chunk := file.read(CHUNK_BYTES):
                part.append(chunk)
            after = os.fstat(file.fileno())
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or part.size != after.st_size:
                message = f"{source} changed while it was read"
                raise RetryError(message)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise _not_there(source) from error
    except PermissionError as error:
        message = f"{source} may not be read by this user"
        raise SkipError(message) from error
    except OSError as error:
        message = f"reading {source} failed: {error.strerror or error}"
        raise RetryError(message) from error
    return Download(
        path=part.path,
        size=part.size,
        sha256=part.sha256,
        url=source.as_uri(),
        etag=None,
        last_modified=datetime.fromtimestamp(before.st_mtime, UTC),
        received_at=datetime.now(UTC),
    )


def local_path(url: str) -> Path:
    """The absolute path that a ``file://`` URL names.

    Raises:
        SkipError: it names none on this machine.
    """
    parts = urlsplit(url)
    path = Path(unquote(parts.path))
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"} or not path.is_absolute():
        message = f'"{url}" names no file of this machine; write file:///folder/file'
        raise SkipError(message)
    return path


def _not_there(source: Path) -> SkipError:
    if source.parent.is_dir():
        return NotPublishedError(f"there is no file {source}")
    return SkipError(f"there is no folder {source.parent}; is its disk mounted?")
