"""Running git: its output as it comes, its end by a deadline, its failures as errors that say what to do."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, Self

from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.sources.git.faults import fault
from forgelake.sources.git.isolation import Remote, environment

OLDEST: Final = (2, 37)
_CHUNK: Final = 1 << 20
_AT_ONCE: Final = 64 << 10
_MOST_SAID: Final = 64 << 10
_BLOCK: Final = 512
_LIMITED: Final = 'ulimit -f "$1"; shift; exec "$@"'


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call of git may use.

    Attributes:
        seconds: until it is ended.
        file_bytes: the largest file that it may write.
    """

    seconds: float = 600.0
    file_bytes: int = 4 << 30


@dataclass(frozen=True, slots=True)
class Git:
    """The program, and the limits of each call.

    Attributes:
        version: e.g. ``(2, 47, 1)``.
    """

    program: Path
    version: tuple[int, ...] = field(default=(), compare=False)
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def found(cls, name: str = "git", limits: Limits | None = None) -> Self:
        """Look for the program.

        Raises:
            ConfigurationError: it is not there, or too old.
        """
        place = shutil.which(name)
        wanted = ".".join(map(str, OLDEST))
        if place is None:
            message = f'there is no program "{name}"; install git {wanted} or newer, or name it in git.program'
            raise ConfigurationError(message)
        bare = cls(Path(place), (), limits or Limits())
        said = bare.run(["version"]).decode()
        version = tuple(int(part) for part in re.findall(r"\d+", said)[:3])
        if version < OLDEST:
            message = f"{place} is {said.strip()}; forgelake needs git {wanted} or newer, see git.program"
            raise ConfigurationError(message)
        return cls(bare.program, version, bare.limits)

    def run(
        self,
        arguments: Sequence[str],
        *,
        given: bytes = b"",
        remote: Remote | None = None,
        more: Mapping[str, str] | None = None,
    ) -> bytes:
        """All that git prints; see ``stream``."""
        return b"".join(self.stream(arguments, given=given, remote=remote, more=more))

    def stream(
        self,
        arguments: Sequence[str],
        *,
        given: bytes = b"",
        remote: Remote | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Iterator[bytes]:
        """What git prints, as it comes; whoever stops reading ends it.

        Args:
            given: what it reads.
            remote: the server that it may reach; none if left out.
            more: further variables, such as the place of objects.

        Raises:
            ConfigurationError: the server refuses the token.
            RetryError: the server is not reached, or the time is over.
            SkipError: the repository is not there, too large, or git fails otherwise.
        """
        with TemporaryFile() as source, TemporaryFile() as said:
            source.write(given)
            source.seek(0)
            variables = environment(self.program, remote, more or {})
            process = subprocess.Popen(  # noqa: S603 - the program is one that the settings name
                self._command(arguments, writes=remote is not None),
                stdin=source, stdout=subprocess.PIPE, stderr=said, env=variables, cwd="/", start_new_session=True,
            )  # fmt: skip
            deadline = _Deadline(process, self.limits.seconds)
            with deadline:
                yield from _read(process)
            if process.wait() != 0:
                if deadline.passed:
                    raise deadline.fault()
                said.seek(0)
                text = said.read(_MOST_SAID).decode("utf-8", errors="replace")
                raise fault(text, process.returncode, remote)

    def _command(self, arguments: Sequence[str], *, writes: bool) -> list[str]:
        plain = [str(self.program), "--no-pager", *arguments]
        if not writes:
            return plain
        return ["/bin/sh", "-c", _LIMITED, "git", str(self.limits.file_bytes // _BLOCK), *plain]


class _Deadline:
    """Ends a process and all that it started when its time is over, or when nobody reads it any more."""

    def __init__(self, process: "subprocess.Popen[bytes]", seconds: float) -> None:
        self.passed = False
        self._process = process
        self._seconds = seconds
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._timer.cancel()
        if kind is not None:
            self._kill()
        if self._process.stdout is not None:
            self._process.stdout.close()
        if kind is not None:
            self._process.wait()

    def fault(self) -> RetryError:
        """What to say of it."""
        return RetryError(f"git took longer than {self._seconds:g} s; raise git.timeout_seconds")

    def _end(self) -> None:
        self.passed = True
        self._kill()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


def _read(process: "subprocess.Popen[bytes]") -> Iterator[bytes]:
    if process.stdout is None:
        return
    # Git writes some 4 kB at a time; turning from its work to ours for each of them costs more than what is done then.
    descriptor, gathered = process.stdout.fileno(), bytearray()
    while chunk := os.read(descriptor, _CHUNK):
        gathered += chunk
        if len(gathered) >= _AT_ONCE:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)
