"""Servers as processes, and clients that cost so little that the server is what is measured."""

import asyncio
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

EMPTY = "empty:app"
_EMPTY_APP = """
from fastapi import FastAPI
app = FastAPI()

@app.get("/")
def empty() -> dict[str, str]:
    return {}
"""
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_SERVE = (sys.executable, "-c", "from forgelake.cli.main import run; run()", "serve")


@dataclass
class Load:
    """What a number of clients saw.

    Attributes:
        statuses: how often each status came.
        milliseconds: of each answer.
        seconds: how long it lasted.
    """

    seconds: float = 0
    milliseconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.milliseconds) / self.seconds

    @property
    def errors(self) -> int:
        """Answers that were none."""
        return sum(count for status, count in self.statuses.items() if status not in (200, 304))

    def percentile(self, percent: int) -> float:
        """Milliseconds that so many percent of the answers took at most."""
        return quantiles(self.milliseconds, n=100)[percent - 1]


@contextmanager
def forgelake(environ: Mapping[str, str], folder: Path) -> Iterator[tuple[int, int]]:
    """``forgelake serve``; gives its port and its process."""
    port = free_port()
    with _running([*_SERVE, "--port", str(port)], environ, folder, port) as pid:
        yield port, pid


@contextmanager
def empty_route(environ: Mapping[str, str], folder: Path) -> Iterator[tuple[int, int]]:
    """A FastAPI application with one route that does nothing, under the same server."""
    (folder / "empty.py").write_text(_EMPTY_APP, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", EMPTY, "--port", str(port), "--no-access-log", "--log-level", "warning"]
    with _running(command, environ, folder, port) as pid:
        yield port, pid


def hammer(port: int, paths: Sequence[str], clients: int, seconds: float) -> Load:
    """Have clients ask for the paths in turn, each waiting for its answer before it asks again."""
    return asyncio.run(_hammer(port, paths, clients, seconds))


def resident_mb(pid: int) -> float:
    """What a process holds in memory."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


async def _hammer(port: int, paths: Sequence[str], clients: int, seconds: float) -> Load:
    load = Load()
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(_client(port, paths, number, began + seconds, load))
    load.seconds = time.perf_counter() - began
    return load


async def _client(port: int, paths: Sequence[str], number: int, ends: float, load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < ends:
        path = paths[number % len(paths)].replace("{n}", str(1 + number % 1000))
        number += 1
        started = time.perf_counter()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length:
            await reader.readexactly(int(length[1]))
        load.milliseconds.append(1000 * (time.perf_counter() - started))
        status = int(head[9:12])
        load.statuses[status] = load.statuses.get(status, 0) + 1
    writer.close()
    await writer.wait_closed()


@contextmanager
def _running(command: Sequence[str], environ: Mapping[str, str], folder: Path, port: int) -> Iterator[int]:
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, cwd=folder, stderr=log, stdout=log)
    try:
        until_it_answers(process, port, folder / "server.log")
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def until_it_answers(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            message = f"the server did not start: {log.read_text()[-2000:]}"
            raise RuntimeError(message)
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    message = "the server did not start within a minute"
    raise RuntimeError(message)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
