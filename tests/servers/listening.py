"""What all HTTP servers of the tests have in common: a port of their own, a thread, and no word to anybody."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class Listening:
    """A server on a port of its own; use it as a context manager."""

    def __init__(self, handler: type["Handler"]) -> None:
        self._server = Server(("127.0.0.1", 0), handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Server(ThreadingHTTPServer):
    """The sockets of ``owner``."""

    daemon_threads = True
    block_on_close = False
    owner: Listening

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news to a test."""


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    # Head and body go out in two writes; the second would wait for the client's delayed acknowledgement.
    disable_nagle_algorithm = True

    @property
    def owner(self) -> Listening:
        """Whom the request is for."""
        assert isinstance(self.server, Server)
        return self.server.owner

    def answer(self) -> None:
        """Answer one request."""
        raise NotImplementedError

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def do_PATCH(self) -> None:
        self.answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep the test's output free of access logs."""
