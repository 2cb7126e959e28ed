"""Who holds a lease or executes a run, and whether that process still lives.

A dead owner can only be told on its own host: elsewhere the lease has to expire.
"""

import functools
import os
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_FIRST_PID_NAMESPACE = "pid:[4026531836]"
_STATE, _START = 0, 19  # places in /proc/<pid>/stat, counted after the command's name


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that executes a run.

    Attributes:
        run_id: the run, 32 hexadecimal digits.
        host: the host, as ``this_host`` names it.
        pid: the process on that host.
        process_started: the kernel's start mark of the process (ticks since boot), so that a recycled pid is not
            taken for it; None where the kernel does not tell.
    """

    run_id: str
    host: str
    pid: int
    process_started: int | None

    @classmethod
    def current(cls, run_id: str | None = None) -> Self:
        """This process, executing the given run, or a new one."""
        pid = os.getpid()
        return cls(run_id or uuid.uuid4().hex, this_host(), pid, _started(pid))

    def is_dead(self) -> bool:
        """Whether the process is known to be gone; False for processes of other hosts."""
        if self.host != this_host() or os.name == "nt":  # on Windows os.kill(pid, 0) is not a question
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            pass  # it lives, under another user
        fields = _stat(self.pid)
        if fields is None:
            return False
        recycled = self.process_started is not None and int(fields[_START]) != self.process_started
        return recycled or fields[_STATE] in "ZX"

    def __str__(self) -> str:
        return f"run {self.run_id} (process {self.pid} on {self.host})"


class _Given:
    """A name of this host that somebody gave it."""

    name = ""


def name_host(name: str) -> None:
    """Give this host a name, where others bear its own, too, as sandboxes of AWS Lambda do."""
    _Given.name = name


def this_host() -> str:
    """A name for the processes that can be seen from here."""
    return _Given.name or _host()


@functools.cache
def _host() -> str:
    """The host's own name.

    Containers on the host's network all bear the host's name but do not see each other's processes, so outside of the
    first pid namespace its number belongs to the name.
    """
    name = socket.gethostname()
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return name
    return name if namespace == _FIRST_PID_NAMESPACE else f"{name}/{namespace}"


def _started(pid: int) -> int | None:
    fields = _stat(pid)
    return None if fields is None else int(fields[_START])


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # The command's name stands in parentheses and may itself hold spaces and parentheses.
    fields = text.rpartition(")")[2].split()
    return fields if len(fields) > _START else None
