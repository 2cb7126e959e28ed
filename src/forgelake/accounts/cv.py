"""A person's CV out of the lake, and who may see it."""

import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from forgelake.accounts.keys import now_in_utc
from forgelake.cv.counting import Counting, count
from forgelake.cv.held import of_lake
from forgelake.cv.page import Cv, Failure, Source
from forgelake.cv.profile import Profile, Publication, profile_of
from forgelake.model.slices import SliceStatus
from forgelake.query.snapshot import Snapshot
from forgelake.sources.git import SOURCE
from forgelake.sources.git.isolation import COUNTED_BY
from forgelake.state.account_repos import ACTIVE, LISTED, AccountRepo
from forgelake.state.profiles import ProfileRow, Profiles

_LINK_BYTES: Final = 24
_PRIVATE_PART: Final = "private"


@dataclass(frozen=True, slots=True)
class Published:
    """A profile, and who may see it.

    Attributes:
        link_token: what the address has to hold where it is for those with the link.
        in_ranking: whether the person wants to be ranked, which only who is public is.
    """

    profile: Profile
    publication: Publication = Publication.PRIVATE
    link_token: str | None = None
    in_ranking: bool = False

    def path(self, name: str, ending: str = "") -> str:
        """Where others find it, by the account's name; the ending is that of another form."""
        key = f"?key={self.link_token}" if self.publication is Publication.LINK else ""
        return f"/cv/{name}{ending}{key}"

    def opens_for(self, key: str) -> bool:
        """Whether somebody else may see it who gives this key, or an empty one."""
        if self.publication is Publication.LINK:
            return hmac.compare_digest(key.encode(), (self.link_token or "").encode()) and bool(key)
        return self.publication is Publication.PUBLIC


class Cvs:
    """The profiles of all accounts; nothing is public that its person did not publish."""

    def __init__(self, profiles: Profiles, clock: Callable[[], datetime] = now_in_utc) -> None:
        self._profiles = profiles
        self._clock = clock

    def of(self, account: str) -> Published:
        """An account's profile; an empty one that nobody else sees where it has none."""
        row = self._profiles.get(account)
        if row is None:
            return Published(Profile())
        return Published(profile_of(row.content), Publication(row.publication), row.link_token, row.in_ranking)

    def write(self, account: str, profile: Profile) -> None:
        """Keep a profile; who may see it stays as it was."""
        self._put(account, replace(self.of(account), profile=profile))

    def publish(self, account: str, publication: Publication) -> Published:
        """Say who may see it. A link is new each time, so an earlier one ends with it."""
        token = secrets.token_urlsafe(_LINK_BYTES) if publication is Publication.LINK else None
        published = replace(self.of(account), publication=publication, link_token=token)
        self._put(account, published)
        return published

    def rank(self, account: str, *, wanted: bool) -> None:
        """Say whether it is to be ranked."""
        self._put(account, replace(self.of(account), in_ranking=wanted))

    def delete(self, account: str) -> bool:
        """Forget a profile; False when there is none."""
        return self._profiles.remove(account)

    def _put(self, account: str, one: Published) -> None:
        content = one.profile.plain()
        publication = str(one.publication)
        self._profiles.put(ProfileRow(account, content, publication, one.link_token, one.in_ranking, "", self._clock()))


def cv_of(snapshot: Snapshot, account: str, profile: Profile, repos: Iterable[AccountRepo], as_of: datetime) -> Cv:
    """An account's commits, counted; repositories that are not known to be public are one, under the profile's label.

    Args:
        repos: what the account chose, with what its forges said of it when last asked.

    Raises:
        StopError: the lake's files cannot be read.
    """
    chosen = {one.key: one for one in repos}
    slices = slices_of(snapshot, account)
    sources = sources_of(slices, chosen, profile)
    held = (SliceStatus.RECEIVED, SliceStatus.EMPTY)
    failures = [Failure(key, row["reason"] or "") for key, row in slices.items() if row["status"] not in held]
    failures += [
        Failure(one.key, "not collected yet")
        for one in chosen.values()
        if one.choice == ACTIVE and one.key not in slices
    ]
    # Where no forge was asked, no pull request is a gap and not a zero.
    asked = any(one.origin == LISTED for one in chosen.values())
    packages = profile.packages == "all"
    what = Counting(sources, as_of, COUNTED_BY, all_packages=packages, failures=failures, forges=asked)
    with of_lake(snapshot, account, sources) as connection:
        return count(connection, what)


def sources_of(
    slices: Mapping[str, Mapping[str, Any]], chosen: Mapping[str, AccountRepo], profile: Profile
) -> list[Source]:
    """The repositories of which something was received, as a CV tells of them; all by their keys."""
    return [
        _source(key, row["received_at"], chosen.get(key), profile)
        for key, row in slices.items()
        if row["received_at"] is not None
    ]


def _source(key: str, received_at: datetime, chosen: AccountRepo | None, profile: Profile) -> Source:
    # One that its forge lists no more may have become private since.
    if chosen is None or chosen.visibility != "public" or chosen.gone_at is not None:
        return Source(key, profile.private_label, _PRIVATE_PART, "private", collected_at=received_at)
    is_address = chosen.url.startswith(("https://", "http://")) and "@" not in chosen.url
    return Source(
        key,
        chosen.name,
        visibility="public",
        url=chosen.url.removesuffix(".git") if is_address else None,
        stars=chosen.stars if chosen.is_own and not chosen.is_fork else None,
        collected_at=max(received_at, chosen.collected_at or received_at),
    )


def slices_of(snapshot: Snapshot, account: str) -> dict[str, Mapping[str, Any]]:
    """What the ledger says of an account's repositories, by their keys."""
    begin = f"commits/{account}/"
    # Chosen before any row is made: the archive has more than a hundred thousand hours.
    wanted = snapshot.called(SOURCE, begin).select(["name", "status", "reason", "received_at"])
    return {row["name"].removeprefix(begin): row for row in wanted.to_pylist()}
