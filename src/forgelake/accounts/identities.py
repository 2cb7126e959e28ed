"""Whose commits are whose: addresses and accounts that are known to be a person's own, and those that may be.

Only what is verified counts. The word of a forge is taken where the operator named it; what another server says of
addresses is a suggestion, because whoever runs it can make it say anything.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from forgelake.accounts.forges import Forges
from forgelake.accounts.vault.tokens import LOCAL
from forgelake.model.addresses import BOT, MADE_UP, Addresses
from forgelake.model.errors import UsageError
from forgelake.model.forge_repos import ForgePerson
from forgelake.state.identities import EMAIL, FORGE_ACCOUNT, Identities, Identity
from forgelake.state.vault import VaultRow

CODE_LASTS: Final = timedelta(minutes=30)
MOST_TRIES: Final = 5
MOST_CODES: Final = 5
"""Codes that an account may have mailed in a day."""

HELD: Final = "another account holds this address; remove it there first, or ask whoever runs this server"
_ADDRESS: Final = re.compile(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]+\.[^\s@<>,;\"]+")
_SEPARATORS: Final = {"github": "+", "gitlab": "-"}
"""What stands behind the id in addresses that a forge makes up."""

Mailer = Callable[[str, str, str], None]
"""Sends a mail: to, subject, text."""


def addresses(held: Identities, account: str) -> Addresses:
    """What counts as the account's own."""
    verified = [one for one in held.of_account(account) if one.is_verified]
    plain = frozenset(one.value for one in verified if one.kind == EMAIL)
    made_up = set[tuple[str, str]]()
    for one in verified:
        host, _, number = one.value.rpartition("/")
        if one.kind == FORGE_ACCOUNT and one.forge in _SEPARATORS:
            made_up.add((f"{number}{_SEPARATORS[one.forge]}", f"users.noreply.{host}"))
    return Addresses(plain, frozenset(made_up))


def note_person(held: Identities, forges: Forges, row: VaultRow, person: ForgePerson, now: datetime) -> list[str]:
    """Keep what a forge says of a token's person; returns what could not be kept, in words."""
    known = {(one.kind, one.value): one for one in held.of_account(row.account)}
    host = forges.host(row.forge, row.url)
    believed = forges.is_own(row.forge, row.url) or row.account == LOCAL
    told = [Identity(row.account, FORGE_ACCOUNT, f"{host}/{person.id}".lower(), row.forge, person.login)]
    told += [Identity(row.account, EMAIL, email.casefold(), row.forge) for email in person.emails if BOT not in email]
    faults = list[str]()
    for one in told:
        before = known.get((one.kind, one.value))
        if before is not None and (before.is_verified or before.removed_at):
            continue
        if one.kind == FORGE_ACCOUNT or believed:
            if not held.put(replace(one, verified_at=now, verified_by=row.forge)):
                faults.append(f'token "{row.name}": another account holds its {one.kind.replace("_", " ")}')
        elif before is None:
            held.put(replace(one, suggested_by=host))
    return faults


def suggest(held: Identities, account: str, emails: Iterable[str], by: str) -> None:
    """Keep addresses that may be the account's own, for its person to confirm or to remove; ``by`` says who says so.

    What the person has removed before is not suggested again.
    """
    known = {one.value for one in held.of_account(account) if one.kind == EMAIL}
    for email in emails:
        if email not in known and _ADDRESS.fullmatch(email) and BOT not in email and MADE_UP not in email:
            held.put(Identity(account, EMAIL, email, suggested_by=by))


class OwnIdentities:
    """The identities of one account, as its person deals with them; by the real clock."""

    def __init__(
        self, held: Identities, account: str, mail: Mailer | None = None, clock: Callable[[], datetime] | None = None
    ) -> None:
        """Args: ``mail`` is None where the settings name no channel for mail."""
        self._held = held
        self._account = account
        self._mail = mail
        self._now = clock or (lambda: datetime.now(UTC))

    def all(self) -> list[Identity]:
        """Those that something speaks for; others are kept for their count of codes alone."""
        listed = self._held.of_account(self._account)
        return [one for one in listed if one.is_verified or one.suggested_by or one.code or one.removed_at]

    def trust(self, email: str) -> None:
        """Take an address on the word of whoever runs this server.

        Raises:
            UsageError: it is none, or another account's.
        """
        one = self._fresh(email)
        if not self._held.put(
            replace(one, verified_at=self._now(), verified_by="operator", code=None, removed_at=None)
        ):
            raise UsageError(HELD)

    def ask(self, email: str) -> None:
        """Mail a code to an address.

        Raises:
            UsageError: it is none, or too many codes were mailed today.
            ConfigurationError, RetryError: it cannot be mailed.
        """
        one, today = self._fresh(email), f"{self._now():%Y-%m-%d}"
        if self._mail is None:
            message = "no mail can be sent: name a channel of kind email in forgelake.toml, see docs/alerts.md"
            raise UsageError(message)
        listed = self._held.of_account(self._account)
        if sum(other.codes_sent for other in listed if other.code_day == today) >= MOST_CODES:
            message = f"{MOST_CODES} codes were mailed today; try again tomorrow"
            raise UsageError(message)
        sent = one.codes_sent if one.code_day == today else 0
        code = f"{secrets.randbelow(10**8):08}"
        ends = self._now() + CODE_LASTS
        waiting = replace(one, code=_digest(code), code_ends_at=ends, code_tries=0, codes_sent=sent + 1, code_day=today)
        self._held.put(replace(waiting, removed_at=None))
        text = f"The code is {code}. It counts for {CODE_LASTS.seconds // 60} minutes.\n\nIf you did not ask for it, "
        self._mail(one.value, "Confirm this address for forgelake", f"{text}do nothing.\n")

    def confirm(self, email: str, code: str) -> None:
        """Take an address whose code came back.

        Raises:
            UsageError: it is the wrong code, or an old one, or the address is another account's.
        """
        one = self._found(email)
        if one.code is None or one.code_ends_at is None or one.code_ends_at <= self._now():
            message = "no code is waited for, or it is too old; have a new one mailed"
            raise UsageError(message)
        if not hmac.compare_digest(one.code, _digest(code.strip())):
            self._held.wrong_code(one, MOST_TRIES)
            message = f"that is not the code; after {MOST_TRIES} wrong ones a new one is needed"
            raise UsageError(message)
        if not self._held.put(replace(one, verified_at=self._now(), verified_by="mail", code=None)):
            raise UsageError(HELD)

    def remove(self, value: str) -> None:
        """Let an address or account count no more. Where somebody else told of it, that it was removed is kept, so that
        it does not come back by itself.

        Raises:
            UsageError: there is none.
        """
        one = self._found(value)
        removed_at = one.removed_at or (self._now() if one.forge or one.suggested_by else None)
        self._keep(replace(one, verified_at=None, verified_by=None, code=None, removed_at=removed_at))

    def restore(self, value: str) -> None:
        """Take back that an identity was removed: it is a suggestion again, or comes with its forge's next answer.

        Raises:
            UsageError: it was not removed.
        """
        one = self._found(value)
        if one.removed_at is None:
            message = f"{one.value} was not removed"
            raise UsageError(message)
        self._keep(replace(one, removed_at=None))

    def _keep(self, one: Identity) -> None:
        """Keep one that does not count as long as something is to be known of it."""
        if one.removed_at or one.suggested_by or one.code_day == f"{self._now():%Y-%m-%d}":
            self._held.put(one)
        else:
            self._held.remove(self._account, one.value)

    def _fresh(self, email: str) -> Identity:
        value = email.strip().casefold()
        if not _ADDRESS.fullmatch(value) or len(value) > 254:  # noqa: PLR2004 - RFC 5321's longest
            message = "write an address like you@example.org"
            raise UsageError(message)
        if BOT in value:
            message = "that is the address of a program; its commits are nobody's own"
            raise UsageError(message)
        known = {one.value: one for one in self._held.of_account(self._account) if one.kind == EMAIL}
        found = known.get(value, Identity(self._account, EMAIL, value))
        if found.is_verified:
            message = f"{value} is verified already"
            raise UsageError(message)
        return found

    def _found(self, value: str) -> Identity:
        wanted = value.strip().casefold()
        for one in self._held.of_account(self._account):
            if one.value == wanted:
                return one
        message = "there is no such identity; see: forgelake accounts identities list"
        raise UsageError(message)


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
