"""A proxy that holds every request and every answer against GitHub's OpenAPI document."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DOCUMENT = Path("@octokit/openapi/generated/api.github.com.json")
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
    command = [modules / ".bin" / "prism", "proxy", modules / DOCUMENT, upstream, "--errors", "--port", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            _wait(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


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
