"""Collecting for people: their lists once a day, where their active repositories stand each time, mined what is new."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from forgelake.accounts.forges import FORGES
from forgelake.accounts.identities import addresses, suggest
from forgelake.accounts.repos.contributing import contribute
from forgelake.accounts.repos.listing import FAULTS, refresh
from forgelake.accounts.repos.means import Means
from forgelake.accounts.vault.tokens import status
from forgelake.model.commits import MinedRepo
from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.model.forge_tokens import TokenRefusedError
from forgelake.pipelines.commits.collect import Found, Watching, collect_wanted
from forgelake.pipelines.commits.wanted import Wanted
from forgelake.pipelines.record import LEASE_TTL_SECONDS, recorded
from forgelake.sources.git.faults import NotLetInError, NotThereError
from forgelake.state.account_repos import ACTIVE, LISTED, AccountRepo, RepoStatus
from forgelake.state.people import listed_mark
from forgelake.state.vault import VaultRow

JOB: Final = "collect accounts"
LISTED_EVERY: Final = timedelta(hours=24)
TRIED_EVERY: Final = timedelta(hours=1)
"""How often a repository that cannot be read is asked for, unless its person says so."""

MAILMAP: Final = ".mailmap"
"""Who suggests the addresses that a repository of the person's own says are theirs, too."""

NO_ADDRESS: Final = "no address is known to be yours; see: forgelake accounts identities"


@dataclass(slots=True)
class Gathered:
    """What came of it; faults are told by account, and name no repository."""

    accounts: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not (self.failed or self.faults)


def collect_accounts(means: Means, accounts: Iterable[str], *, again: bool = False) -> Gathered:
    """Bring everything up to date for some accounts; one that fails costs itself only.

    Args:
        again: ask forges for their lists, and for repositories that could not be read, though it is not time.
    """
    done, context = Gathered(), means.context
    with recorded(context, JOB, {}) as record:
        for account in accounts:
            lease = f"account/{account}"
            now = context.clock()
            if not context.state.leases.acquire([lease], record.owner, LEASE_TTL_SECONDS, _real_now()):
                done.faults.append(f"account {account}: another run is at it")
                continue
            done.accounts += 1
            try:
                _Account(means, account, now, done).bring_up_to_date(record.owner.run_id, again=again)
            except FAULTS as error:
                done.faults.append(f"account {account}: {error}")
            finally:
                context.state.leases.release([lease], record.owner)
        record.complete = done.complete
    return done


@dataclass(slots=True)
class _Account:
    means: Means
    account: str
    now: datetime
    done: Gathered
    rows: dict[str, VaultRow] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    asked_about: set[str] = field(default_factory=set)

    def bring_up_to_date(self, run_id: str, *, again: bool) -> None:
        """Lists and requests if it is time, then commits."""
        bookmarks, mark = self.means.context.state.bookmarks, listed_mark(self.account)
        listed = bookmarks.get(mark)
        if again or listed is None or listed + LISTED_EVERY <= self.now:
            listing = refresh(self.means, self.account, self.now)
            faults = [*listing.faults, *contribute(self.means, self.account, listing.people)]
            self.done.faults += [f"account {self.account}: {fault}" for fault in faults]
            bookmarks.set(mark, self.now, run_id, _real_now())
        self.rows = {row.id: row for row in self.means.vault(self.account).all()}
        repos = {one.key: one for one in self._due(again=again)}
        if repos:
            self._collect(repos)

    def _due(self, *, again: bool) -> list[AccountRepo]:
        listed = self.means.context.state.account_repos.of_account(self.account)
        active = [one for one in listed if one.choice == ACTIVE and one.gone_at is None]
        return [one for one in active if again or not self._is_resting(one)]

    def _is_resting(self, one: AccountRepo) -> bool:
        asked = one.checked_at
        return one.status is RepoStatus.ERROR and asked is not None and self.now < asked + TRIED_EVERY

    def _collect(self, repos: Mapping[str, AccountRepo]) -> None:
        context = self.means.context
        whose = addresses(context.state.identities, self.account)
        if not (whose.plain or whose.made_up):
            self._note(repos, status=RepoStatus.ERROR, message=NO_ADDRESS)
            self.done.failed += len(repos)
            return
        wanted = self._wanted(repos, self._heads(repos))
        unchanged = list[str]()

        def ended(one: Wanted, found: Found) -> None:
            if found is None:
                unchanged.append(one.key)
            else:
                self._ended(repos[one.key], found)

        watching = Watching(lambda one: self._note([one.key], status=RepoStatus.IN_PROGRESS), ended)
        done = collect_wanted(context, self.means.mining(whose), wanted, self.account, watching)
        self.done.changed += done.changed
        self.done.unchanged += done.unchanged
        self._note(unchanged, status=RepoStatus.UP_TO_DATE, checked_at=self.now)
        better = [key for key in unchanged if repos[key].status is not RepoStatus.UP_TO_DATE]
        for key in better:
            self._note([key], message=_advice(len(repos[key].large)))

    def _heads(self, repos: Mapping[str, AccountRepo]) -> dict[str, str | None]:
        """Where repositories stand, of forges that tell many at a time."""
        heads: dict[str, str | None] = {}
        for token, row in self.rows.items():
            names = [(one.forge_id or "", one.name) for one in repos.values() if one.token == token]
            if not names or status(row) != "valid":
                continue
            try:
                found = self.means.read(row, lambda reader, names=names: reader.heads(names))
            except TokenRefusedError:
                self.refused.add(token)
            except FAULTS:
                # Git is asked then.
                continue
            else:
                by_id = {one.forge_id: key for key, one in repos.items() if one.token == token}
                heads |= {by_id[repo_id]: head for repo_id, head in (found or {}).items()}
        return heads

    def _wanted(self, repos: Mapping[str, AccountRepo], heads: Mapping[str, str | None]) -> list[Wanted]:
        wanted = list[Wanted]()
        for key, one in repos.items():
            row = self.rows.get(one.token or "")
            try:
                self._check_token(one, row)
                place = self.means.remote(one, row)
            except FAULTS as error:
                self._ended(one, error)
                continue
            head = (heads[key] or "") if key in heads else None
            wanted.append(Wanted(place, key, one.visibility == "public", one.skip, head))
        return wanted

    def _check_token(self, one: AccountRepo, row: VaultRow | None) -> None:
        if one.token is not None and row is None:
            message = "the token that read it was removed; add another one: forgelake tokens add"
            raise ConfigurationError(message)
        if row is not None and (row.id in self.refused or status(row) != "valid"):
            raise ConfigurationError(_refused(row))

    def _ended(self, one: AccountRepo, found: Found) -> None:
        if isinstance(found, MinedRepo):
            if one.is_own:
                suggest(self.means.context.state.identities, self.account, found.further, MAILMAP)
            self._note([one.key], **_mined(found), checked_at=self.now, collected_at=self.now)
            return
        self.done.failed += 1
        message = str(found)
        if isinstance(found, RetryError):
            message += "; it is tried again by itself"
        elif isinstance(found, NotLetInError) and one.token is not None:
            message = self._not_let_in(self.rows[one.token], found)
        elif isinstance(found, NotThereError) and one.origin == LISTED:
            message += "; to ask its forge where it is now: forgelake accounts repos refresh"
        state = RepoStatus.QUEUED if isinstance(found, RetryError) else RepoStatus.ERROR
        self._note([one.key], status=state, message=message, checked_at=self.now)

    def _not_let_in(self, row: VaultRow, error: NotLetInError) -> str:
        """What to do about a token that git's server refuses; its forge is asked once whether it takes it."""
        if row.id not in self.asked_about:
            self.asked_about.add(row.id)
            try:
                self.means.read(row, lambda reader: reader.person())
            except FAULTS as fault:
                self.done.faults.append(f'account {self.account}: token "{row.name}": {fault}')
                if isinstance(fault, TokenRefusedError):
                    self.refused.add(row.id)
        return _refused(row) if row.id in self.refused else f'{error} "{row.name}"; it needs {FORGES[row.forge].least}'

    def _note(self, keys: Iterable[str], **values: object) -> None:
        self.means.context.state.account_repos.note(self.account, list(keys), **values)


def _refused(row: VaultRow) -> str:
    return f'the token "{row.name}" is refused or has expired; replace it: forgelake tokens'


def _mined(repo: MinedRepo) -> dict[str, object]:
    large = {one.id: one.files for one in repo.commits if one.is_large}
    said: Sequence[str] = [*repo.notes, *filter(None, [_advice(len(large))])]
    return {
        "status": RepoStatus.UP_TO_DATE,
        "message": "; ".join(said) or None,
        "last_commit_at": max((one.authored_at for one in repo.commits if one.authored_at), default=None),
        "large": large,
    }


def _advice(large: int) -> str | None:
    if not large:
        return None
    return f"{large} commits of more than 200 files wait for your decision: count them or leave them out"


def _real_now() -> datetime:
    return datetime.now(UTC)
