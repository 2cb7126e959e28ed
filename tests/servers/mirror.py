"""A real HTTP mirror whose faults are planned per path: what archive mirrors do on bad days.

    mirror.files["/2016-01-01-1.json.gz"] = content
    mirror.plan("/2016-01-01-1.json.gz", Fault(cut_after=1000), Fault(status=503))

The first request of that path is cut after 1000 bytes, the second answered 503, all further ones properly.
"""

import email.utils
import hashlib
import re
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.servers.listening import Handler, Listening

LAST_MODIFIED = email.utils.formatdate(1_451_610_000, usegmt=True)
_RANGE = re.compile(r"bytes=(\d+)-")


@dataclass(frozen=True)
class Fault:
    """How one request goes wrong; fields combine.

    Attributes:
        status: answer with this status and ``body``, whatever is asked for.
        body: sent instead of the file.
        headers: sent besides; an empty value takes a header away.
        refuse: close the connection without an answer.
        cut_after: announce the whole length, send that many bytes of the body, close.
        reset: close with a reset (RST) where the connection is closed early.
        no_length: announce no length; the end of the connection ends the body.
        pause_after: send that many bytes of the body, then wait ``pause_seconds``, then go on.
        pause_seconds: length of that wait.
        ignore_range: send the whole file although a part was asked for.
        ignore_if_range: send the part asked for although the file is another one now.
    """

    status: int | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    refuse: bool = False
    cut_after: int | None = None
    reset: bool = False
    no_length: bool = False
    pause_after: int | None = None
    pause_seconds: float = 0.0
    ignore_range: bool = False
    ignore_if_range: bool = False


@dataclass(frozen=True)
class Request:
    """A request as the mirror saw it; ``at`` is monotonic seconds, header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    at: float


NO_FAULT = Fault()


class Mirror(Listening):
    """A mirror that serves ``files`` (path with its leading slash → bytes).

    ``etags`` overrides a file's ETag: None for none at all. ``requests`` records what was asked.
    """

    def __init__(self) -> None:
        super().__init__(_Answer)
        self.files: dict[str, bytes] = {}
        self.etags: dict[str, str | None] = {}
        self.requests: list[Request] = []
        self._faults: defaultdict[str, list[Fault]] = defaultdict(list)
        self._lock = threading.Lock()

    def plan(self, path: str, *faults: Fault) -> None:
        """Let the next requests of a path go wrong so, one fault each."""
        self._faults[path].extend(faults)

    def etag(self, path: str) -> str | None:
        """The file's ETag, a digest of its bytes unless ``etags`` says otherwise."""
        if path in self.etags:
            return self.etags[path]
        return f'"{hashlib.sha256(self.files[path]).hexdigest()[:16]}"'

    def asked(self, path: str) -> list[Request]:
        """The requests of one path, in order."""
        return [request for request in self.requests if request.path == path]

    def record(self, request: Request) -> Fault:
        """Note a request; what is planned for it."""
        with self._lock:
            self.requests.append(request)
            planned = self._faults[request.path]
            return planned.pop(0) if planned else NO_FAULT


class _Answer(Handler):
    @property
    def mirror(self) -> Mirror:
        assert isinstance(self.owner, Mirror)
        return self.owner

    def answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        fault = self.mirror.record(Request(self.path, headers, time.monotonic()))
        if fault.refuse:
            self._hang_up(fault)
            return
        status, headers, body = self._planned(fault)
        self.send_response_only(status)
        for name, value in {"Date": self.date_time_string(), **headers, **fault.headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self._send(body, fault)

    def _planned(self, fault: Fault) -> tuple[int, dict[str, str], bytes]:
        content = self.mirror.files.get(self.path)
        if fault.status is not None or fault.body is not None or content is None:
            body = fault.body or b""
            status = fault.status or (404 if content is None and fault.body is None else 200)
            headers: dict[str, str] = {}
        else:
            status, headers, body = self._file(content, fault)
        if fault.no_length:
            headers["Connection"] = "close"
            self.close_connection = True
        elif status not in (204, 304):
            headers["Content-Length"] = str(len(body))
        return status, headers, body

    def _file(self, content: bytes, fault: Fault) -> tuple[int, dict[str, str], bytes]:
        headers = {"Last-Modified": LAST_MODIFIED, "Accept-Ranges": "bytes"}
        etag = self.mirror.etag(self.path)
        if etag is not None:
            headers["ETag"] = etag
        if etag is not None and self.headers.get("If-None-Match") == etag:
            return 304, headers, b""
        start = self._start(headers, fault)
        if start is None:
            return 200, headers, content
        if start >= len(content):
            return 416, {"Content-Range": f"bytes */{len(content)}"}, b""
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return 206, headers, content[start:]

    def _start(self, headers: dict[str, str], fault: Fault) -> int | None:
        """Where the part asked for begins; None for the whole file."""
        found = _RANGE.fullmatch(self.headers.get("Range", ""))
        if found is None or fault.ignore_range:
            return None
        condition = self.headers.get("If-Range")
        if condition is not None and not fault.ignore_if_range:
            # A weak ETag never satisfies If-Range (RFC 9110, 13.1.5).
            valid = {headers.get("ETag"), headers["Last-Modified"]}
            if condition.startswith("W/") or condition not in valid:
                return None
        return int(found[1])

    def _send(self, body: bytes, fault: Fault) -> None:
        sent = body if fault.cut_after is None else body[: fault.cut_after]
        if fault.pause_after is not None:
            self.wfile.write(sent[: fault.pause_after])
            self.wfile.flush()
            self.server_wait(fault.pause_seconds)
            sent = sent[fault.pause_after :]
        self.wfile.write(sent)
        if fault.cut_after is not None:
            self._hang_up(fault)

    @staticmethod
    def server_wait(seconds: float) -> None:
        """The pause of a stalling server."""
        time.sleep(seconds)

    def _hang_up(self, fault: Fault) -> None:
        self.wfile.flush()
        self.close_connection = True
        if fault.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
