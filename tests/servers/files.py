"""A server of plain files below a path, as GitHub Pages serves the site of a repository: nothing is computed."""

import mimetypes
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.servers.listening import Handler, Listening

PREFIX = "/lake"


class FileServer(Listening):
    """Serves a folder; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        super().__init__(_Answers)
        self.folder = folder

    @property
    def url(self) -> str:
        """The folder's address."""
        return super().url + PREFIX


class _Answers(Handler):
    def answer(self) -> None:
        assert isinstance(self.owner, FileServer)
        path = unquote(urlsplit(self.path).path)
        name = path.removeprefix(PREFIX).lstrip("/") or "index.html"
        file = self.owner.folder / name
        there = path.startswith(f"{PREFIX}/") and ".." not in name and file.is_file()
        # GitHub Pages answers with the site's own page for what is not there, at whatever depth it was asked for.
        file = file if there else self.owner.folder / "404.html"
        body = file.read_bytes() if file.is_file() else b""
        self.send_response(200 if there else 404)
        self.send_header("Content-Type", mimetypes.guess_type(file.name)[0] or "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
