"""Weekly feedback: a person's week beside their own weeks before, told to nobody else; and what it may lack."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from forgelake.accounts.cv import slices_of, sources_of
from forgelake.accounts.vault.tokens import status
from forgelake.cv.held import of_lake
from forgelake.cv.profile import Profile
from forgelake.cv.week import COMMITS, DAYS, Week, week_of
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
        collected_at: when the newest of them was last looked at; None if none ever was.
        forges: whether forges are asked for requests.
        asked_at: when they last were; None if they never were.
        bad_tokens: how many of the person's tokens are refused, or had expired by the week's end.
        private_label: what repositories that are not public are called where others may read it.
    """

    week: Week
    repos: int
    lacking: tuple[Lacking, ...]
    collected_at: datetime | None
    forges: bool
    asked_at: datetime | None
    bad_tokens: int
    private_label: str

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the week can be missing."""
        requests = not self.forges or (self.asked_at is not None and self.asked_at >= self.week.period.end)
        return bool(self.repos) and not self.lacking and not self.bad_tokens and requests

    def is_known(self, what: str) -> bool:
        """Whether anybody looked since the week began; else nothing found is no zero."""
        looked = self.collected_at if what in (COMMITS, DAYS) else self.asked_at
        return looked is not None and looked > self.week.period.start


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
    looked = {key: _looked_at(chosen.get(key), slices.get(key)) for key in keys}
    late = [key for key, at in looked.items() if at is None or at < period.end]
    tokens = context.state.vault.all(account)
    return Feedback(
        week,
        repos=len(keys),
        lacking=tuple(_lacking(chosen.get(key), looked[key], profile.private_label) for key in late),
        collected_at=max(filter(None, looked.values()), default=None),
        forges=forges,
        asked_at=context.state.bookmarks.get(listed_mark(account)),
        bad_tokens=sum(status(row, period.end) != "valid" for row in tokens),
        private_label=profile.private_label,
    )


def _looked_at(repo: AccountRepo | None, row: Mapping[str, Any] | None) -> datetime | None:
    """Until when it is known what a repository holds; None where it never was."""
    received: datetime | None = None if row is None else row["received_at"]
    # Of one that stands where it stood, only the look at it is noted.
    if received is None or repo is None or repo.checked_at is None or repo.status is not RepoStatus.UP_TO_DATE:
        return received
    return max(received, repo.checked_at)


def _lacking(repo: AccountRepo | None, looked: datetime | None, private_label: str) -> Lacking:
    reason = "not collected since the week was over" if looked else "not collected yet"
    if repo is None:
        return Lacking(private_label, is_public=False, reason=reason)
    if repo.gone_at is not None:
        return Lacking(repo.name, is_public=False, reason="not listed by its forge any more")
    if repo.status is RepoStatus.ERROR:
        reason = "could not be read"
    return Lacking(repo.name, repo.visibility == "public", reason)
