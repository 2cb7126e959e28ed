"""Exporting the pages as a site of files, for any web server, bucket or disk; nothing of forgelake runs there.

Pages are the server's own, made from one snapshot; what they link to is noted while they are made, and made as well.
Everything is written to a local folder first, so a target is touched only by an export that came to its end.
"""

import hashlib
import os
import threading
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
from forgelake.metrics.svg import Drawer
from forgelake.metrics.written import written
from forgelake.model.errors import StopError, UsageError
from forgelake.model.period import Period
from forgelake.pages.addresses import ServerAddresses
from forgelake.pages.assets import NAMES, Assets
from forgelake.pages.cards import card
from forgelake.pages.page import render
from forgelake.pages.site import Failure, Site
from forgelake.pipelines.context import Context
from forgelake.publish.site_addresses import CardFile, DataFile, FileAddresses, Linked
from forgelake.publish.site_files import asset_file, page_file
from forgelake.publish.site_offer import Offer, Parts, offer
from forgelake.publish.site_place import Placed, check, put
from forgelake.query.narrow import about_repos
from forgelake.query.snapshot import Snapshot
from forgelake.storage.objects import Storage

REPOS: Final = 100
_PAGES_AT_ONCE: Final = 3


@dataclass(frozen=True, slots=True)
class ExportedSite:
    """What was made, and what became of its files."""

    pages: int
    repos: int
    placed: Placed


def export_site(
    context: Context, target: Storage, *, repos: int = REPOS, base_url: str = "", jobs: Known | None = None
) -> ExportedSite:
    """Write the site of a lake.

    Args:
        context: the lake; what it hides is not in the site.
        target: the folder or bucket.
        repos: how many repositories have pages: those that are tracked, and the busiest up to that many.
        base_url: the site's own address, for what people copy to other pages; empty if it is not known.
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
        if site.reach is None:
            message = "nothing is collected yet, so there is nothing to show: forgelake collect gharchive --last 24h"
            raise UsageError(message)
        crawl = Crawl(site, offer(site, repos), assets, Path(folder), base_url)
        pages = crawl.run()
        said = {"made": f"{site.now:%Y-%m-%dT%H:%M:%SZ}", "snapshot": site.snapshot.id}
        return ExportedSite(pages, len(crawl.offer.names["repos"]), put(target, Path(folder), crawl.files, said))


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
        for preset in ("", *self.offer.presets_of(parts)):
            addresses.drawn = not preset
            page = make(site, {"period": preset} if preset else {})
            self._write(page_file(parts, preset), render(site, page))
        for file, data in addresses.data_files.items():
            self._write(file, _data(site, data))
        for file, one in addresses.card_files.items():
            self._write(file, _card(site, one))
        return addresses.pages

    def _about(self, snapshot: Snapshot, repos: list[str]) -> Snapshot:
        """With the events of some repositories at hand, read once for all their questions."""
        there = self._site.archive
        if there is None or not repos:
            return snapshot
        queries = ["repo_id", *(metric.sql for metric in self._site.catalogue if EVENTS.name in metric.tables)]
        return about_repos(snapshot, repos, Period(there.first, there.last), queries)

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
    return written(found, data.form, site.drawer)


def _card(site: Site, one: CardFile) -> bytes:
    return card(site, one.kind, one.metric, one.question)
