"""Weekly feedback: a person's week beside their own weeks before, told to nobody else; and what it may lack."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from forgelake.accounts.cv import slices_of, sources_of
from forgelake.accounts.vault.tokens import status
from forgelake.cv.held import of_lake
from forgelake.cv.profile import Profile
from forgelake.cv.week import Week, week_of
from forgelake.model.period import Period
from forgelake.pipelines.context import Context
from forgelake.query.snapshot import Snapshot
from forgelake.state.account_repos import ACTIVE, LISTED, AccountRepo, RepoStatus
from forgelake.state.people import listed_mark


@dataclass(frozen=True, slots=True)
class Lacking:
    """A repository that may have more of the week than is known.

    Attributes:
        label: its name; the profile's label for all that is private where it has none here.
        is_public: whether others may read the name.
        reason: why, in words.
    """

    label: str
    is_public: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """A week, and how complete it is.

    Attributes:
        repos: how many repositories the week ought to hold.
        lacking: those of them that were not collected since the week was over.
        forges: whether forges are asked for requests.
        asked_at: when they last were; None if they never were.
        bad_tokens: how many of the person's tokens are refused or have expired.
        private_label: what repositories that are not public are called where others may read it.
    """

    week: Week
    repos: int
    lacking: tuple[Lacking, ...]
    forges: bool
    asked_at: datetime | None
    bad_tokens: int
    private_label: str

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the week can be missing."""
        requests = not self.forges or (self.asked_at is not None and self.asked_at >= self.week.period.end)
        return bool(self.repos) and not self.lacking and not self.bad_tokens and requests


def feedback_of(context: Context, snapshot: Snapshot, account: str, profile: Profile, period: Period) -> Feedback:
    """A person's week.

    Args:
        period: seven days from a Monday on, UTC.

    Raises:
        StopError: the lake's files cannot be read.
    """
    chosen = {one.key: one for one in context.state.account_repos.of_account(account)}
    slices = slices_of(snapshot, account)
    forges = any(one.origin == LISTED for one in chosen.values())
    sources = sources_of(slices, chosen, profile)
    with of_lake(snapshot, account, sources) as connection:
        week = week_of(connection, period, forges=forges)
    active = {key for key, one in chosen.items() if one.choice == ACTIVE}
    keys = sorted(slices.keys() | active, key=lambda key: chosen[key].name if key in chosen else "")
    found = [_lacking(chosen.get(key), slices.get(key), period.end, profile.private_label) for key in keys]
    tokens = context.state.vault.all(account)
    return Feedback(
        week,
        repos=len(keys),
        lacking=tuple(one for one in found if one is not None),
        forges=forges,
        asked_at=context.state.bookmarks.get(listed_mark(account)),
        bad_tokens=sum(status(row) != "valid" for row in tokens),
        private_label=profile.private_label,
    )


def _lacking(
    repo: AccountRepo | None, row: Mapping[str, Any] | None, end: datetime, private_label: str
) -> Lacking | None:
    """What a repository may lack; None where it was collected after the week's end."""
    received = None if row is None else row["received_at"]
    # Of one that stands where it stood, only the look at it is noted.
    looked = repo.checked_at if repo is not None and repo.status is RepoStatus.UP_TO_DATE else None
    if received is not None and max(received, looked or received) >= end:
        return None
    reason = "not collected since the week was over"
    if received is None:
        reason = "not collected yet"
    if repo is not None and repo.gone_at is not None:
        reason = "not listed by its forge any more"
    elif repo is not None and repo.status is RepoStatus.ERROR:
        reason = "could not be read"
    is_public = repo is not None and repo.visibility == "public" and repo.gone_at is None
    return Lacking(private_label if repo is None else repo.name, is_public, reason)
