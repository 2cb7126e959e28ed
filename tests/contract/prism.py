"""A proxy that holds every request and every answer against GitHub's OpenAPI document."""

import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DOCUMENT = Path("@octokit/openapi/generated/api.github.com.json")
_REPO = "/repos/{owner}/{repo}"
ASKED = (
    _REPO, f"{_REPO}/languages", f"{_REPO}/community/profile", f"{_REPO}/releases", f"{_REPO}/pulls",
    f"{_REPO}/events", f"{_REPO}/traffic/views", f"{_REPO}/traffic/clones", f"{_REPO}/traffic/popular/referrers",
    f"{_REPO}/traffic/popular/paths", "/orgs/{org}/repos", "/users/{username}/repos", "/search/repositories",
)  # fmt: skip
"""What of the document is held against: the proxy takes long to read all of it, and longer for each kind of answer."""
_UNKNOWN = re.compile(r"\] \w+ (\S+) .*NO_PATH_MATCHED_ERROR")
_STARTING_SECONDS = 90.0


def missing(modules: Path) -> str:
    """What has to be installed first; empty if nothing."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not (modules / ".bin" / "prism").exists() or not (modules / DOCUMENT).exists():
        return f"the packages are not there; run: npm install --prefix {Path(__file__).parent}"
    return ""


@contextmanager
def proxy(modules: Path, upstream: str, log: Path) -> Iterator[str]:
    """The address of a proxy before a server; whatever breaks the contract is answered with status 500."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    document = log.with_name("github.json")
    document.write_text(json.dumps(_asked(json.loads((modules / DOCUMENT).read_text()))))
    command = [modules / ".bin" / "prism", "proxy", document, upstream, "--errors", "--port", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            _wait(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def unknown(log: Path) -> set[str]:
    """The paths that were asked for and are not among those that it holds requests against."""
    return set(_UNKNOWN.findall(log.read_text(errors="replace")))


def _asked(document: dict[str, Any]) -> dict[str, Any]:
    """The document with what is asked for, and what that leads to."""
    paths = {path: {"get": document["paths"][path]["get"]} for path in ASKED}
    components: dict[str, dict[str, Any]] = {}
    waiting: list[Any] = [paths]
    while waiting:
        node = waiting.pop()
        waiting += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            _, _, kind, name = node["$ref"].split("/")
            if name not in components.setdefault(kind, {}):
                waiting.append(document["components"][kind][name])
                components[kind][name] = waiting[-1]
    return {**{name: document[name] for name in ("openapi", "info")}, "paths": paths, "components": components}


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _STARTING_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    message = f"the proxy did not start: {log.read_text(errors='replace')[-2000:]}"
    raise RuntimeError(message)
