"""The folder for what is fetched: memory where the machine offers it, so that nothing of it ever lies on a disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from forgelake.model.errors import ConfigurationError

_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - folders in it are made for us alone


def memory(chosen: Path | None) -> Path:
    """The folder that was chosen, else shared memory, else the system's folder for temporary files.

    Raises:
        ConfigurationError: the one that was chosen cannot be used.
    """
    if chosen is None:
        usable = _SHARED_MEMORY.is_dir() and os.access(_SHARED_MEMORY, os.W_OK)
        return _SHARED_MEMORY if usable else Path(tempfile.gettempdir())
    try:
        chosen.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder {chosen} cannot be made: {error.strerror}; name another one in git.scratch"
        raise ConfigurationError(message) from error
    return chosen


@contextmanager
def emptied(folder: Path) -> Iterator[Path]:
    """A folder within it that nobody else can read, and that is gone afterwards."""
    with TemporaryDirectory(dir=folder, prefix="forgelake-git-") as name:
        yield Path(name)
