"""Addresses in a static site: relative, so that it works below any path and from a disk; what is linked is noted."""

import posixpath
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from forgelake.pages.addresses import Query
from forgelake.pages.assets import Assets
from forgelake.publish.site_files import PNG, asset_file, card_file, data_file
from forgelake.publish.site_offer import REPO_CARDS, Offer, Parts


@dataclass(frozen=True, slots=True)
class DataFile:
    """A metric's answer in a format, by its question."""

    metric: str
    form: str
    question: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CardFile:
    """A card or badge, by its question."""

    kind: str
    metric: str
    question: Mapping[str, str]


@dataclass
class Linked:
    """What pages lead to, each file once, whichever thread makes the page."""

    _seen: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def first(self, file: str) -> bool:
        """Whether nobody asked for that file before; whoever is told so makes it."""
        with self._lock:
            is_new = file not in self._seen
            self._seen.add(file)
            return is_new


class FileAddresses:
    """The addresses of one page, all periods of it; keeps what it is the first to lead to."""

    static = True

    def __init__(self, offer: Offer, assets: Assets, linked: Linked, base_url: str, parts: Parts | None) -> None:
        """Addresses of a page.

        Args:
            offer, assets, linked: what there is, what pages load, what is linked already.
            base_url: the site's own address.
            parts: the page's path; None of one that is shown under any path, so that its addresses are absolute.
        """
        self._offer = offer
        self._assets = assets
        self._linked = linked
        self._base_url = base_url.rstrip("/")
        self._folder = self._base_url if parts is None else "/".join([".."] * max(0, len(parts) - 1))
        self.drawn = True
        """Whether data comes as a drawing, too: drawings are most of an export's work."""
        self.pages: list[Parts] = []
        self.data_files: dict[str, DataFile] = {}
        self.card_files: dict[str, CardFile] = {}

    def page(self, *parts: str, query: Query | None = None) -> str | None:
        """A page's address."""
        file = self._offer.file(parts, query)
        if file is None:
            return None
        self.pages.append(parts)
        return self._relative(file)

    def data(self, metric: str, form: str, query: Query) -> str | None:
        """The address of a metric's answer; None for formats that a site of files leaves out."""
        if form not in self._offer.forms or (form in ("svg", PNG) and not self.drawn):
            return None
        file = data_file(metric, form, query)
        if self._linked.first(file):
            self.data_files[file] = DataFile(metric, form, dict(query))
        return self._relative(file)

    def card(self, kind: str, metric: str, query: Query) -> str | None:
        """The address of a card; relative where the site's own address is not known."""
        if "repo" in query and metric not in REPO_CARDS:
            return None
        file = card_file(kind, metric, query)
        if self._linked.first(file):
            self.card_files[file] = CardFile(kind, metric, dict(query))
        return f"{self._base_url}/{file}" if self._base_url else self._relative(file)

    def asset(self, name: str) -> str:
        """The address of a file that pages load."""
        return self._relative(asset_file(self._assets.mark(name), name))

    def _relative(self, file: str) -> str:
        return posixpath.join(self._folder, file) if self._folder else file
