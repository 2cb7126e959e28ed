"""The ranking: who joined it and has published their CV for everybody, by commits or days with commits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from forgelake.accounts.cv import cv_of
from forgelake.cv.page import Completeness, Cv
from forgelake.cv.profile import Publication, profile_of
from forgelake.query.snapshot import Snapshot
from forgelake.state.account_repos import AccountRepos
from forgelake.state.accounts import AccountRow, Accounts
from forgelake.state.profiles import ProfileRow, Profiles


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody whose CV others may see."""

    person: AccountRow
    profile: ProfileRow

    @property
    def is_ranked(self) -> bool:
        """Whether they joined the ranking, in which only those are whose CV is for everybody."""
        return self.profile.in_ranking and self.profile.publication == Publication.PUBLIC

    @property
    def called(self) -> str:
        """Their name where their profile has none."""
        return self.person.display_name or self.person.name


@dataclass(frozen=True, slots=True)
class Standing:
    """What places a member, in every ranking.

    Attributes:
        account: their name in addresses.
        numbers: of each metric, in the last 52, 13 and 1 weeks.
    """

    account: str
    name: str
    numbers: Mapping[str, tuple[int, int, int]]
    coverage: Completeness


@dataclass(frozen=True, slots=True)
class Ranked:
    """A line of the ranking.

    Attributes:
        place: who has as many has the same, and the places after it stay empty: 1, 2, 2, 4.
        numbers: of the last 52, 13 and 1 weeks.
    """

    place: int
    account: str
    name: str
    numbers: tuple[int, int, int]
    coverage: Completeness


def members(profiles: Profiles, accounts: Accounts) -> list[Member]:
    """Who is ranked now: nobody who is hidden, has not joined, or shows their CV to nobody or by a link."""
    return [one for one in published(profiles, accounts) if one.is_ranked]


def published(profiles: Profiles, accounts: Accounts) -> list[Member]:
    """Who shows their CV to everybody and is not hidden."""
    public = [(accounts.get(row.account), row) for row in profiles.public()]
    return [Member(person, row) for person, row in public if person is not None and person.hidden_at is None]


def counted(
    snapshot: Snapshot, some: Iterable[Member], repos: AccountRepos, as_of: datetime
) -> list[tuple[Member, Cv]]:
    """The CVs of some, so that both pages say the same.

    Raises:
        StopError: the lake's files cannot be read.
    """
    return [
        (one, cv_of(snapshot, one.person.id, profile_of(one.profile.content), repos.of_account(one.person.id), as_of))
        for one in some
    ]


def standing(one: Member, cv: Cv) -> Standing:
    """A member's, from their CV."""
    numbers = {trend.metric: (trend.weeks_52, trend.weeks_13, trend.weeks_1) for trend in cv.trends}
    called = profile_of(one.profile.content).name or one.called
    return Standing(one.person.name, called, numbers, cv.coverage)


def ranking(standings: Iterable[Standing], metric: str, span: int) -> list[Ranked]:
    """Most first, and by name where they have as many; who has nothing in the span is left out.

    Args:
        standings: of the members.
        metric: a metric of the CV's trends.
        span: by which of the numbers: 0 is 52 weeks, 1 is 13, 2 is 1.
    """
    there = [(one, one.numbers[metric]) for one in standings if one.numbers[metric][span]]
    found = []
    for one, numbers in there:
        place = 1 + sum(other[span] > numbers[span] for _, other in there)
        found.append(Ranked(place, one.account, one.name, numbers, one.coverage))
    return sorted(found, key=lambda line: (line.place, line.name.casefold(), line.account))
