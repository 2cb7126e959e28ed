"""CVs in a static site: those that are public, and those for who has a link that are asked for by name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from forgelake.accounts.people import People
from forgelake.accounts.ranking import Member, Standing, counted, published, standing
from forgelake.cv.page import Cv
from forgelake.cv.profile import Publication, profile_of
from forgelake.metrics.svg import Drawer
from forgelake.pages.addresses import RANKING, Query
from forgelake.pages.cv.forms import Named, drawn_file
from forgelake.pages.cv.page import FORMS, page
from forgelake.pages.cv.view import shown
from forgelake.pages.page import Page
from forgelake.pages.ranking import USUAL, ranking_page
from forgelake.pages.site import Site
from forgelake.pipelines.context import Context
from forgelake.publish.site_files import page_file, plain
from forgelake.query.snapshot import Snapshot

CV: Final = "cv"


@dataclass(frozen=True, slots=True)
class SiteCvs:
    """The CVs of a site, counted once for pages, files and the ranking.

    Attributes:
        held: by the names of their people.
        left_out: who was asked for by name and shows their CV to nobody.
    """

    held: Mapping[str, tuple[Member, Cv]] = field(default_factory=dict)
    left_out: Sequence[str] = ()

    @property
    def ranked(self) -> list[Standing]:
        """Those who joined the ranking."""
        return [standing(one, cv) for one, cv in self.held.values() if one.is_ranked]

    @property
    def names(self) -> dict[str, list[str]]:
        """What there is a page of, by the first part of its path; the ranking's has no other part."""
        return {CV: list(self.held), RANKING[0]: [""] if self.ranked else []}

    def maker(self, parts: tuple[str, ...]) -> Callable[[Site, Query], Page]:
        """How the page of a path is made."""
        if parts == RANKING:
            return lambda site, asked: ranking_page(site, self.ranked, **{**USUAL, **asked})
        return lambda site, _: self._page(site, parts[1])

    def files(self, name: str, base_url: str, drawer: Drawer) -> Iterator[tuple[str, bytes]]:
        """The other forms of a CV, with the names of their files; ``base_url`` is the site's own, or empty."""
        one, cv = self.held[name]
        file = page_file((CV, name), "")
        named = Named(one.called, f"{base_url.rstrip('/')}/{file}" if base_url else "")
        for form, (_, ending) in FORMS.items():
            body = drawn_file(cv, profile_of(one.profile.content), named, form, drawer)
            yield f"{file.removesuffix('.html')}{ending}", body

    def _page(self, site: Site, name: str) -> Page:
        one, cv = self.held[name]
        beside = [(title, f"{plain(name)}{ending}") for title, ending in FORMS.values()]
        unlisted = one.profile.publication != Publication.PUBLIC
        found = shown(cv, profile_of(one.profile.content), one.called)
        return page(site, found, (CV, name), forms=beside, hidden_from_search=unlisted)


def site_cvs(context: Context, snapshot: Snapshot, asked: Sequence[str], now: datetime) -> SiteCvs:
    """The CVs of a lake that a site shows.

    Args:
        asked: names of people whose CV is for who has the link, and who are to be in the site all the same.

    Raises:
        StopError: the lake's files cannot be read.
    """
    state = context.state
    if not state.keeps_accounts:
        return SiteCvs(left_out=asked)
    some = {one.person.name: one for one in published(state.profiles, state.accounts)}
    some |= {one.person.name: one for one in map(partial(_with_link, context), asked) if one is not None}
    held = {one.person.name: (one, cv) for one, cv in counted(snapshot, some.values(), state.account_repos, now)}
    return SiteCvs(held, [name for name in asked if name.lower() not in held])


def _with_link(context: Context, name: str) -> Member | None:
    person = People(context.state.accounts, context.state.audit).shown(name)
    row = context.state.profiles.get(person.id) if person else None
    return Member(person, row) if person and row and row.publication == Publication.LINK else None
