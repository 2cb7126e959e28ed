"""The HTTP side of the fake GitHub: sockets, recorded requests, and bodies that break off."""

import email.utils
import gzip
import itertools
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from tests.servers.mirror import NO_FAULT, Fault


@dataclass(frozen=True)
class Request:
    """A request as the server saw it; header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    at: datetime
    method: str = "GET"
    body: bytes = b""


@dataclass
class Reply:
    """What a request is answered."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Served:
    """A server on a port of its own; use it as a context manager. ``requests`` records what was asked."""

    clock: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.lock = threading.RLock()
        self._counter = itertools.count(1)
        self._server = _Server(("127.0.0.1", 0), _Answer)
        self._server.served = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def counted(self) -> int:
        """The next number, from 1."""
        return next(self._counter)

    def fault(self, request: Request) -> Fault:
        """How a request goes wrong."""
        del request
        return NO_FAULT

    def reply(self, request: Request) -> Reply:
        """What a request is answered."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    served: Served

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news to a test."""


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body go out in two writes; the second would wait for the client's delayed acknowledgement.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        served = self.server.served
        headers = {name.lower(): value for name, value in self.headers.items()}
        with served.lock:
            sent = self.rfile.read(int(headers.get("content-length", 0)))
            request = Request(self.path, headers, served.clock(), self.command, sent)
            served.requests.append(request)
            fault = served.fault(request)
            planned = fault.status is not None or fault.body is not None
            reply = Reply(fault.status or 200, {}, fault.body or b"") if planned else served.reply(request)
        if fault.refuse:
            self.close_connection = True
            return
        self._send(reply, fault, request)

    def _send(self, reply: Reply, fault: Fault, request: Request) -> None:
        body = reply.body
        headers = {"Date": email.utils.format_datetime(request.at, usegmt=True), **reply.headers, **fault.headers}
        if body and "gzip" in request.headers.get("accept-encoding", ""):
            body = gzip.compress(body, mtime=0)
            headers["Content-Encoding"] = "gzip"
        if reply.status != 304:
            headers |= {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body))}
        self.send_response_only(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body if fault.cut_after is None else body[: fault.cut_after])
        if fault.cut_after is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep the test's output free of access logs."""
