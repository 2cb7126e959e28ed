"""What stands between a server and its clients: requests go on as they came, and whoever stands there sees them.

Signatures of AWS stay right, because the client's ``Host`` goes on as well.
"""

import http.client
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urlsplit

from tests.servers.listening import Handler, Listening

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "expect", "content-length"})


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    method: str
    path: str
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What it is answered; ``headers`` without the length of ``body``."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Between(Listening):
    """The same server under another address."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(_Forward)
        self.behind = urlsplit(endpoint).netloc

    def answered(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        """What a request is answered."""
        return forward(request)


class _Forward(Handler):
    def setup(self) -> None:
        super().setup()
        assert isinstance(self.owner, Between)
        self._between = self.owner
        self._behind = http.client.HTTPConnection(self._between.behind, timeout=60)

    def finish(self) -> None:
        self._behind.close()
        super().finish()

    def answer(self) -> None:
        found = self._between.answered(Request(self.command, self.path, self.headers, self._body()), self._forwarded)
        self.send_response_only(found.status)
        for name, value in found.headers:
            self.send_header(name, value)
        # Of HEAD the length is that of what is not sent, and among the headers already.
        if self.command != "HEAD" and found.status not in (204, 304):
            self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.body)

    do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815 - the base class looks for these names

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = list[bytes]()
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def _forwarded(self, request: Request) -> Answer:
        self._behind.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                self._behind.putheader(name, value)
        chunked = "Transfer-Encoding" in request.headers
        length = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(request.body)))
        self._behind.putheader(*length)
        self._behind.endheaders([request.body] if chunked else request.body, encode_chunked=chunked)
        found = self._behind.getresponse()
        body = found.read()
        headers = [(name, value) for name, value in found.getheaders() if name.lower() not in _HOP_BY_HOP]
        if request.method == "HEAD":
            headers.append(("Content-Length", found.headers.get("Content-Length", "0")))
        return Answer(found.status, tuple(headers), body)
