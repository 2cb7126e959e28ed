"""The repositories that an account's tokens may read, kept up to date: new, renamed, gone, back again."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from forgelake.accounts.identities import note_person
from forgelake.accounts.repos.means import Means
from forgelake.accounts.vault.tokens import status
from forgelake.model.errors import ConfigurationError, RetryError, SkipError
from forgelake.model.forge_repos import ForgePerson, ForgeReader, ListedRepo
from forgelake.pipelines.commits.wanted import repo_key
from forgelake.sources.git.isolation import Remote
from forgelake.state.account_repos import ACTIVE, LISTED, AccountRepo, RepoStatus
from forgelake.state.vault import VaultRow

GONE: Final = "its forge does not list it any more: deleted, or no token may read it; its commits stay"
FAULTS: Final = (SkipError, RetryError, ConfigurationError)


@dataclass(slots=True)
class Listing:
    """What a refresh found.

    Attributes:
        people: by token, whose it is.
        faults: tokens that could not be asked, in words that name the token.
    """

    seen: int = 0
    new: int = 0
    gone: int = 0
    people: dict[str, ForgePerson] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def refresh(means: Means, account: str, now: datetime) -> Listing:
    """Ask every forge of an account for its repositories; choices, history and keys outlive renames."""
    held = means.context.state.account_repos
    known = {repo.key: repo for repo in held.of_account(account)}
    listing, seen, unread = Listing(), set[str](), list[VaultRow]()
    for row in means.vault(account).all():
        try:
            person, repos = _listed(means, row)
        except FAULTS as error:
            listing.faults.append(f'token "{row.name}": {error}')
            unread.append(row)
            continue
        listing.people[row.id] = person
        listing.faults += note_person(means.context.state.identities, means.forges, row, person, now)
        for repo in repos:
            one = _merged(known, repo, row)
            if one.key in seen:
                continue
            listing.new += one.key not in known
            if known.get(one.key) != one:
                known[one.key] = one
                held.put_many([one])
            seen.add(one.key)
    listing.seen = len(seen)
    listing.gone = _note_gone(means, account, [one for one in known.values() if one.key not in seen], unread, now)
    return listing


def _listed(means: Means, row: VaultRow) -> tuple[ForgePerson, list[ListedRepo]]:
    if status(row) != "valid":
        message = f"it is {status(row)}; replace it: forgelake tokens remove {row.name}, then add {row.forge}"
        raise ConfigurationError(message)

    def ask(reader: ForgeReader) -> tuple[ForgePerson, list[ListedRepo]]:
        person = reader.person()
        return person, list(reader.repos(person))

    return means.read(row, ask)


def _merged(known: dict[str, AccountRepo], repo: ListedRepo, row: VaultRow) -> AccountRepo:
    """A listed repository as it is kept: found again by its id at the forge, whatever it is called now."""
    host = urlsplit(repo.url).hostname
    for one in known.values():
        if (one.forge, one.forge_id, urlsplit(one.url).hostname) == (row.forge, repo.id, host):
            return _now_called(one, repo, row)
    key = repo_key(Remote(repo.url))
    if (same := known.get(key)) is not None:
        if same.forge_id is None:
            return _now_called(replace(same, origin=LISTED, forge=row.forge, forge_id=repo.id), repo, row)
        # Another one had this address before.
        key = hashlib.sha256(f"{repo.url}\n{repo.id}".encode()).hexdigest()[:16]
    fresh = AccountRepo(row.account, key, row.forge, repo.url, repo.name, repo.owner, forge_id=repo.id)
    return _now_called(fresh, repo, row)


def _now_called(one: AccountRepo, repo: ListedRepo, row: VaultRow) -> AccountRepo:
    back = one.gone_at is not None and one.choice == ACTIVE
    return replace(
        one,
        token=row.id,
        url=repo.url,
        name=repo.name,
        owner=repo.owner,
        visibility="public" if repo.is_public else "private",
        is_own=repo.is_own,
        is_fork=repo.is_fork,
        is_archived=repo.is_archived,
        stars=repo.stars,
        gone_at=None,
        status=RepoStatus.QUEUED if back else one.status,
        message=None if one.gone_at is not None else one.message,
    )


def _note_gone(
    means: Means,
    account: str,
    others: Iterable[AccountRepo],
    unread: list[VaultRow],
    now: datetime,
) -> int:
    """Say of listed repositories that nobody lists any more that they are gone, unless a forge could not be asked."""
    known = [one for one in others if one.origin == LISTED and one.gone_at is None]
    gone = [one.key for one in known if not _is_of(means, one, unread)]
    if gone:
        values = {"gone_at": now, "status": RepoStatus.ERROR, "message": GONE}
        means.context.state.account_repos.note(account, gone, **values)
    return len(gone)


def _is_of(means: Means, repo: AccountRepo, rows: Iterable[VaultRow]) -> bool:
    """Whether one of these tokens is of the repository's forge."""
    host = urlsplit(repo.url).hostname or ""
    return any(repo.forge == row.forge and means.forges.is_at(row.forge, row.url, host) for row in rows)
