"""Repositories over HTTP: git's own ``http-backend`` behind a small server that asks for a token and counts."""

import os
import shutil
import subprocess
import threading
from base64 import b64encode
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, unquote, urlsplit


@dataclass
class GitServer:
    """Serves the bare repositories of a folder; use it as a context manager.

    Attributes:
        token: what must be shown; nothing if empty.
        moved: paths that are redirected to another address.
        requests, sent: how many, and their answers' bytes.
        shown: the Authorization headers that came.
    """

    folder: Path
    token: str = ""
    moved: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    sent: int = 0
    shown: list[str | None] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        owner = self

        class Handler(_Handler):
            git = owner

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def url(self, name: str) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}/{quote(name)}"

    def forget(self) -> None:
        self.requests = self.sent = 0
        self.shown.clear()

    def count(self, requests: int, sent: int) -> None:
        with self._lock:
            self.requests += requests
            self.sent += sent

    def lets_in(self, authorization: str | None) -> bool:
        self.shown.append(authorization)
        good = b64encode(f"forgelake:{self.token}".encode()).decode()
        return not self.token or authorization == f"Basic {good}"


class _Handler(BaseHTTPRequestHandler):
    git: GitServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep quiet."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        target = next((to for path, to in self.git.moved.items() if parts.path.startswith(path)), None)
        if target is not None:
            self._say("302 Found", {"Location": f"{target}?{parts.query}"}, b"")
        elif not self.git.lets_in(self.headers.get("Authorization")):
            self._say("401 Unauthorized", {"WWW-Authenticate": 'Basic realm="git"'}, b"")
        else:
            self._say(*self._backend(parts.path, parts.query, body))

    def _backend(self, path: str, query: str, body: bytes) -> tuple[str, dict[str, str], bytes]:
        git = shutil.which("git")
        assert git is not None
        variables = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.git.folder), "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent",
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
            "PATH_INFO": unquote(path), "QUERY_STRING": query, "REQUEST_METHOD": self.command, "REMOTE_USER": "",
            "REMOTE_ADDR": "127.0.0.1", "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)), "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }  # fmt: skip
        ran = subprocess.run([git, "http-backend"], input=body, env=variables, capture_output=True, check=False)
        head, _, content = ran.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        return headers.pop("Status", "200 OK"), headers, content

    def _say(self, status: str, headers: dict[str, str], content: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.git.count(1, len(content))
        self.send_response(int(code), reason)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
