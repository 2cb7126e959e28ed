"""Exporting the pages as a site of files, for any web server, bucket or disk; nothing of forgelake runs there.

Pages are the server's own, made from one snapshot; what they link to is noted while they are made, and made as well.
Everything is written to a local folder first, so a target is touched only by an export that came to its end.
"""

import hashlib
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from forgelake.jobs.job import Known
from forgelake.lake.events import EVENTS
from forgelake.metrics.catalogue import Catalogue, folders
from forgelake.metrics.frame import asked
from forgelake.metrics.svg import Drawer
from forgelake.metrics.written import written
from forgelake.model.errors import StopError, UsageError
from forgelake.model.period import Period
from forgelake.pages.addresses import Query, ServerAddresses
from forgelake.pages.assets import NAMES, Assets
from forgelake.pages.cards import card
from forgelake.pages.page import bare, render
from forgelake.pages.site import Failure, Site
from forgelake.pipelines.context import Context
from forgelake.publish.site_addresses import CardFile, DataFile, FileAddresses, Linked
from forgelake.publish.site_cvs import CV, site_cvs
from forgelake.publish.site_files import MISSING, PNG, asset_file, page_file
from forgelake.publish.site_offer import Offer, Parts, offer
from forgelake.publish.site_place import Placed, check, put
from forgelake.query.narrow import about_repos
from forgelake.query.snapshot import Snapshot
from forgelake.storage.objects import Storage

REPOS: Final = 100
_PAGES_AT_ONCE: Final = 3


@dataclass(frozen=True, slots=True)
class ExportedSite:
    """What was made, and what became of its files; ``left_out`` are people asked for who show their CV to nobody."""

    pages: int
    repos: int
    cvs: int
    left_out: Sequence[str]
    placed: Placed


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a site is to hold.

    Attributes:
        repos: how many repositories have pages: those that are tracked, and the busiest up to that many.
        cvs: names of people whose CV is for who has the link, and is to be in the site all the same.
        base_url: the site's own address, for what people copy to other pages; empty if it is not known.
        png: whether panels come as PNG, too.
    """

    repos: int = REPOS
    cvs: Sequence[str] = ()
    base_url: str = ""
    png: bool = False


_USUAL: Final = Wanted()


def export_site(
    context: Context, target: Storage, wanted: Wanted = _USUAL, *, jobs: Known | None = None
) -> ExportedSite:
    """Write the site of a lake.

    Args:
        context: the lake; what it hides is not in the site.
        target: the folder or bucket.
        wanted: what it is to hold.
        jobs: the jobs that its status tells of.

    Raises:
        UsageError: nothing is collected yet, or the target holds another site.
        ConfigurationError, RetryError, StopError: the lake cannot be read, or the target not be written.
    """
    check(target)
    with (
        closing(Drawer(os.cpu_count() or 1)) as drawer,
        TemporaryDirectory(dir=context.scratch, prefix="site-") as folder,
    ):
        assets = Assets(drawer.bundle, version("vl-convert-python"))
        catalogue = Catalogue.load(folders(context.settings.metrics.folder))
        site = Site(
            context,
            context.lake.now(0),
            catalogue,
            drawer,
            ServerAddresses(assets, ""),
            context.clock(),
            jobs=jobs or {},
            # Several pages are made at the same time instead.
            at_once=1,
        )
        cvs = site_cvs(context, site.snapshot, wanted.cvs, site.now)
        if site.reach is None and not cvs.held:
            message = "nothing is collected yet, so there is nothing to show: forgelake collect gharchive --last 24h"
            raise UsageError(message)
        offered = offer(site, wanted.repos, cvs)
        if wanted.png:
            offered = replace(offered, forms=offered.forms | {PNG})
        crawl = Crawl(site, offered, assets, Path(folder), wanted.base_url)
        pages = crawl.run()
        said = {"made": f"{site.now:%Y-%m-%dT%H:%M:%SZ}", "snapshot": site.snapshot.id}
        placed = put(target, Path(folder), crawl.files, said)
        return ExportedSite(pages, len(crawl.offer.names["repos"]), len(cvs.held), cvs.left_out, placed)


class Crawl:
    """Makes the pages, and everything that they link to, in a local folder."""

    def __init__(self, site: Site, offer: Offer, assets: Assets, folder: Path, base_url: str) -> None:
        self.offer = offer
        self.files: dict[str, str] = {}
        self._assets = assets
        self._folder = folder
        self._base_url = base_url
        self._linked = Linked()
        self._lock = threading.Lock()
        self._site = site
        self._of_repos = self._about(site.snapshot, sorted(offer.names["repos"]))

    def run(self) -> int:
        """Make everything; gives the number of pages."""
        waiting, done = self.offer.first_pages(), set[Parts]()
        with ThreadPoolExecutor(_PAGES_AT_ONCE) as pool:
            while waiting:
                done.update(waiting)
                found = {parts for pages in pool.map(self._make, waiting) for parts in pages}
                waiting = sorted(found - done)
            list(pool.map(self._make_asset, NAMES))
        if self._base_url:
            self._write(MISSING, self._missing())
        return sum(name.endswith(".html") for name in self.files)

    def _make(self, parts: Parts) -> list[Parts]:
        """A page for each of its periods, with the data and cards of its panels; gives the pages that it leads to."""
        make = self.offer.maker(parts)
        assert make is not None  # noqa: S101 - only what is offered is waiting
        addresses = FileAddresses(self.offer, self._assets, self._linked, self._base_url, parts)
        snapshot = (
            self._about(self._of_repos, ["/".join(parts[1:])]) if parts[:1] == ("repos",) else self._site.snapshot
        )
        site = replace(self._site, addresses=addresses, snapshot=snapshot, _answered={})
        nothing: Query = {}
        for name, question in {"": nothing, **self.offer.questions_of(parts)}.items():
            addresses.drawn = not name
            self._write(page_file(parts, name), render(site, make(site, question)))
        for file, data in addresses.data_files.items():
            self._write(file, _data(site, data))
        for file, one in addresses.card_files.items():
            self._write(file, _card(site, one))
        if parts[:1] == (CV,):
            for file, body in self.offer.cvs.files(parts[1], self._base_url, site.drawer):
                self._write(file, body)
        return addresses.pages

    def _about(self, snapshot: Snapshot, repos: list[str]) -> Snapshot:
        """With the events of some repositories at hand, read once for all their questions."""
        there = self._site.archive
        if there is None or not repos:
            return snapshot
        queries = ["repo_id", *(metric.sql for metric in self._site.catalogue if EVENTS.name in metric.tables)]
        return about_repos(snapshot, repos, Period(there.first, there.last), queries)

    def _missing(self) -> bytes:
        """What GitHub Pages and others show under every address that there is no file for."""
        addresses = FileAddresses(self.offer, self._assets, self._linked, self._base_url, None)
        values = {"detail": "There is no such page on this site.", "good": (), "sought": "", "is_metric": False}
        return bare(addresses, "error", "There is no such page", values)

    def _make_asset(self, name: str) -> None:
        self._write(asset_file(self._assets.mark(name), name), self._assets.body(name))

    def _write(self, name: str, content: bytes) -> None:
        place = self._folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        with self._lock:
            self.files[name] = hashlib.blake2b(content, digest_size=16).hexdigest()


def _data(site: Site, data: DataFile) -> bytes:
    found = site.ask(data.metric, data.question)
    if isinstance(found, Failure):
        message = f"{data.metric}: {found.message}"
        raise StopError(message)
    frame = asked(site.catalogue.get(data.metric), data.question)
    return written(found, data.form, site.drawer, frame)


def _card(site: Site, one: CardFile) -> bytes:
    return card(site, one.kind, one.metric, one.question)
