"""What a forge tells of a person: who they are there, which repositories they may read, what they did in requests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class ForgePerson:
    """Whose a token is.

    Attributes:
        id: at the forge; it outlives a change of the name.
        login: the name there; None if the forge does not say.
        emails: addresses that the forge has confirmed to be theirs, as far as the token may ask.
    """

    id: str
    login: str | None
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedRepo:
    """A repository that a token may read.

    Attributes:
        id: at the forge; it outlives renames.
        name: with its owner, as people write it.
        owner: a person, group or project.
        url: where git finds it.
        is_public: whether everybody may read it.
        is_own: whether the token's person is the owner.
        stars: None where the forge has no such thing.
    """

    id: str
    name: str
    owner: str
    url: str
    is_public: bool
    is_own: bool = False
    is_fork: bool = False
    is_archived: bool = False
    stars: int | None = None


class ContributionKind(StrEnum):
    """What a person did with a pull or merge request."""

    OPENED = "opened"
    MERGED = "merged"
    """Their own one was merged, by whomever."""
    REVIEWED = "reviewed"
    """Somebody else's; once for each request."""


class FoundContribution(NamedTuple):
    """One thing that a person did with one pull or merge request.

    Attributes:
        request: the request's id at the forge.
        at: when (UTC); of a review as nearly as the forge tells.
        repo: the repository's id at the forge.
        url: where git finds the repository; None where it is not told.
        is_public: whether everybody may read the repository; None where it is not told.
    """

    request: str
    kind: ContributionKind
    at: datetime
    repo: str
    url: str | None = None
    is_public: bool | None = None


class ForgeReader(Protocol):
    """What can be asked of a forge with one person's token. Every method may raise:

    TokenRefusedError: the forge does not take the token, or not any more.
    RetryError: a limit is reached, or the forge cannot be reached.
    SkipError: the token may not ask this, or the answer is not to be understood.
    """

    def person(self) -> ForgePerson:
        """Whose the token is."""
        ...

    def repos(self, person: ForgePerson) -> Iterator[ListedRepo]:
        """Every repository that the token may read as a member, the person's own and others'."""
        ...

    def contributions(self, person: ForgePerson) -> Iterator[FoundContribution]:
        """What the person did with pull or merge requests, as far as the token may see them."""
        ...

    def heads(self, names: Sequence[tuple[str, str]]) -> Mapping[str, str | None] | None:
        """Where default branches of repositories, given by id and name, point to.

        Returns:
            By id; None for a repository without commits, no entry where another one or none has that name. None in
            place of all where the forge has no short way, so that git has to be asked.
        """
        ...
