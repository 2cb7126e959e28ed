"""The HTTP side of the fake GitHub: recorded requests, and bodies that break off."""

import email.utils
import gzip
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.servers.listening import Handler, Listening
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


class Served(Listening):
    """A server with answers; ``requests`` records what was asked."""

    clock: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))

    def __init__(self) -> None:
        super().__init__(_Answer)
        self.requests: list[Request] = []
        self.lock = threading.RLock()

    def fault(self, request: Request) -> Fault:
        """How a request goes wrong."""
        del request
        return NO_FAULT

    def reply(self, request: Request) -> Reply:
        """What a request is answered."""
        raise NotImplementedError


class _Answer(Handler):
    def answer(self) -> None:
        served = self.owner
        assert isinstance(served, Served)
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
            kind = headers.get("Content-Type", "application/json; charset=utf-8")
            headers |= {"Content-Type": kind, "Content-Length": str(len(body))}
        self.send_response_only(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body if fault.cut_after is None else body[: fault.cut_after])
        if fault.cut_after is not None:
            self.close_connection = True
