"""A real server on a free port over a real lake, and a client that talks to it."""

import socket
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx2
import uvicorn

from forgelake.accounts.keys import Keys
from forgelake.app.compose import opened
from forgelake.app.logs import configure
from forgelake.pipelines.context import Context
from forgelake.settings.loading import load
from forgelake.settings.sections import LogSettings
from forgelake.web.application import application
from tests.pipelines.lakes import Lake

API = "/api/v1"
DAY = {"from": "2016-01-01", "to": "2016-01-02"}


@dataclass
class Serving:
    """A server in a thread of its own; use it as a context manager."""

    lake: Lake
    variables: dict[str, str] = field(default_factory=dict)
    url: str = ""

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        configure(LogSettings(level="error"), on_terminal=False)
        chosen = load({**self.lake.environ, **self.variables}, self.lake.home.parent)
        self.context: Context = self._stack.enter_context(opened(chosen))
        listening = socket.create_server((chosen.api.host, 0))
        self._stack.callback(listening.close)
        self.url = f"http://{chosen.api.host}:{listening.getsockname()[1]}"
        config = uvicorn.Config(application(self.context), log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listening],), daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.005)
        self.client = self._stack.enter_context(httpx2.Client(base_url=self.url + API, timeout=60, trust_env=False))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(30)
        self._stack.close()

    def get(self, path: str, headers: dict[str, str] | None = None, /, **parameters: Any) -> httpx2.Response:
        """Ask; ``from_`` stands for ``from``."""
        given = {name.rstrip("_"): value for name, value in parameters.items()}
        return self.client.get(path, params=given, headers=headers)

    def ask(self, sql: str, key: str = "", **more: Any) -> httpx2.Response:
        """Put a query of one's own."""
        return self.client.post("/sql", json={"sql": sql, **more}, headers=bearer(key) if key else None)

    def key(self, name: str, *scopes: str, expires: str | None = None) -> str:
        """Make a key; returns its secret."""
        return Keys(self.context.state.api_keys).create(name, scopes or ("read",), expires).secret


def bearer(key: str) -> dict[str, str]:
    """The header that a key is sent in."""
    return {"Authorization": f"Bearer {key}"}


def problem(response: httpx2.Response, status: int) -> dict[str, Any]:
    """The problem document of an answer, which has to be a whole one."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["status"] == status
    assert document["type"].startswith("urn:forgelake:problem:")
    assert document["title"]
    assert document["detail"]
    return document
