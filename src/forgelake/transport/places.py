"""One call for both kinds of place that a body may come from."""

from pathlib import Path

from forgelake.transport.client import HttpClient
from forgelake.transport.download import Download, Progress
from forgelake.transport.files import copy_file


def fetch(client: HttpClient, url: str, into: Path, *, progress: Progress | None = None) -> Download:
    """``copy_file`` for ``file://`` URLs, ``client.download`` for all others; their errors are the same."""
    if url.startswith("file:"):
        return copy_file(url, into, progress=progress)
    return client.download(url, into, progress=progress)
