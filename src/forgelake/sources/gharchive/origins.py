"""Where archive hours are published: mirrors and folders, all with the publisher's file names.

The hour in a name is not zero-padded (igrigorik/gharchive.org issue 105). There is more than one publisher: since
2026-09-06 OpenDigger's mirror holds events that GH Archive misses (issue 323), so a slice is known by its origin too.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from forgelake.model.errors import ConfigurationError, SkipError, UsageError
from forgelake.model.hours import Hour
from forgelake.transport import HttpClient, shown
from forgelake.transport.files import local_path

MAX_INDEX_BYTES = 64 * 1024 * 1024
"""A page that links all hours since 2011 has about 15 MB."""

_FILE_NAME = re.compile(r"(?<!\d)(\d{4}-\d\d-\d\d-(?:\d|1\d|2[0-3]))\.json\.gz(?![\w.])")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_PUBLIC = frozenset({"data.gharchive.org", "gharchive.open-digger.cn"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """A place that publishes archive hours.

    Attributes:
        name: what the ledger calls it: ``host[:port][/path]``, or ``file:<folder>-<digest>`` for a local folder;
            never with credentials.
        base: its base URL without a slash at the end, as requests need it.
    """

    name: str
    base: str = field(repr=False)

    @classmethod
    def at(cls, base_url: str) -> Self:
        """The origin at a base URL with ``https://``, ``http://`` or ``file://``.

        Raises:
            ConfigurationError: it is no such URL, or has a query, behind which no file name can be put.
        """
        try:
            parts = urlsplit(base_url)
            base = urlunsplit(parts).rstrip("/")
            if parts.query or parts.fragment:
                raise ValueError
            if parts.scheme == "file":
                return cls(_folder_name(local_path(base_url)), base)
            if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
                raise ValueError
            port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
        except (ValueError, SkipError) as error:
            good = "https://host/path, http://host/path or file:///folder"
            message = f'"{_without_secrets(base_url)}" is not an origin of archive hours; write {good}'
            raise ConfigurationError(message) from error
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return cls(f"{host}{port}{parts.path.rstrip('/')}", base)

    @property
    def slug(self) -> str:
        """The name as one part of an object's path; different names have different slugs."""
        safe = _UNSAFE.sub("-", self.name).strip(".-")
        if safe == self.name or self.name.startswith("file:"):
            return safe
        return f"{safe}-{hashlib.sha256(self.name.encode()).hexdigest()[:6]}"

    def url(self, hour: Hour) -> str:
        """Where the hour is published, e.g. ``https://data.gharchive.org/2016-01-01-1.json.gz``."""
        return f"{self.base}/{hour.name}.json.gz"

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of this machine."""
        return self.base.startswith("file:")

    def unreachable(self, client: HttpClient) -> str:
        """Why the origin cannot be reached at all; empty if it can."""
        if not self.is_folder:
            return client.unreachable(f"{self.base}/")
        folder = local_path(self.base)
        return "" if folder.is_dir() else f"there is no folder {folder}"

    @property
    def without_hours(self) -> str:
        """Why nothing comes from a folder; empty if it holds an hour, and for a mirror, which need not list its."""
        if not self.is_folder:
            return ""
        folder = local_path(self.base)
        try:
            held = any(_FILE_NAME.search(entry.name) for entry in folder.iterdir())
        except OSError as error:
            return f"{folder} cannot be read: {error.strerror}"
        return "" if held else f"there is no archive hour in {folder}; they are called like 2016-01-01-1.json.gz"

    @property
    def lists_cheaply(self) -> bool:
        """Whether asking for the listing costs next to nothing: the known public archives have none, or a huge one."""
        return urlsplit(self.base).hostname not in _PUBLIC

    def listing(self, client: HttpClient) -> list[Hour]:
        """The hours that the origin shows, in order: those in the folder, or those its index page links.

        An hour that is not listed may still be there: most origins have no index page, and some index pages are long
        and show only a beginning.

        Raises:
            RetryError: the origin cannot be reached.
        """
        try:
            if self.is_folder:
                return _hours(entry.name for entry in local_path(self.base).iterdir())
            return _hours([client.get_text(f"{self.base}/", MAX_INDEX_BYTES)])
        except (SkipError, OSError):
            return []


def _hours(texts: Iterable[str]) -> list[Hour]:
    found: set[Hour] = set()
    for text in texts:
        for name in _FILE_NAME.findall(text):
            try:
                found.add(Hour.parse(name))
            except UsageError:
                # A date that no calendar has is a stray name, not an hour.
                continue
    return sorted(found)


def _folder_name(folder: Path) -> str:
    """The folder's own name, and a digest of its path because many folders are called ``hours``."""
    absolute = Path(os.path.normpath(folder))
    return f"file:{absolute.name or 'root'}-{hashlib.sha256(str(absolute).encode()).hexdigest()[:6]}"


def _without_secrets(url: str) -> str:
    try:
        return shown(url)
    except ValueError:
        return url.rpartition("@")[2]
