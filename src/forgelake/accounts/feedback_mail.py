"""Who wants weekly feedback by mail, at which of their verified addresses, and links that end it without a login."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime

from forgelake.accounts.keys import now_in_utc
from forgelake.model.addresses import MADE_UP
from forgelake.model.errors import UsageError
from forgelake.state.identities import EMAIL, Identities
from forgelake.state.profiles import ProfileRow, Profiles


class FeedbackMail:
    """Nothing is mailed to anybody who did not ask for it, nor to an address that is not verified any more."""

    def __init__(self, profiles: Profiles, identities: Identities, clock: Callable[[], datetime] = now_in_utc) -> None:
        self._profiles = profiles
        self._identities = identities
        self._clock = clock

    def choices(self, account: str) -> list[str]:
        """The account's verified addresses that can take mail."""
        held = self._identities.of_account(account)
        return [one.value for one in held if one.kind == EMAIL and one.is_verified and MADE_UP not in one.value]

    def address(self, account: str) -> str:
        """Where it is mailed to; empty for nowhere."""
        row = self._profiles.get(account)
        return row.feedback if row is not None and row.feedback in self.choices(account) else ""

    def wanted(self) -> list[str]:
        """The accounts that asked for it."""
        return [row.account for row in self._profiles.with_feedback()]

    def start(self, account: str, address: str) -> None:
        """Mail it to an address from now on.

        Raises:
            UsageError: the address is not the account's, not verified, or takes no mail.
        """
        choices = self.choices(account)
        if address not in choices:
            good = f"one of {', '.join(choices)}" if choices else "confirm one first, on /account/identities"
            message = f"weekly feedback goes to a verified address of yours: {good}"
            raise UsageError(message)
        row = self._profiles.get(account)
        # The same as before: links in earlier mails go on to work.
        key = (row.feedback_key if row else None) or secrets.token_urlsafe(32)
        self._put(account, address, key)

    def stop(self, account: str) -> None:
        """Mail it no more."""
        row = self._profiles.get(account)
        if row is not None and row.feedback:
            self._put(account, "", row.feedback_key)

    def mark(self, account: str) -> str:
        """What a link holds that ends the mail of an account: its id, and a signature that only its own key makes."""
        row = self._profiles.get(account)
        return f"{account}.{_signature(row)}" if row is not None and row.feedback_key else ""

    def account_of(self, mark: str) -> str | None:
        """The account that a link is of; None if it is nobody's."""
        account, _, signature = mark.partition(".")
        row = self._profiles.get(account)
        if row is None or not row.feedback_key:
            return None
        return account if hmac.compare_digest(signature.encode(), _signature(row).encode()) else None

    def _put(self, account: str, address: str, key: str | None) -> None:
        self._profiles.put_feedback(ProfileRow(account, {}, "private", None, False, address, self._clock(), key))


def _signature(row: ProfileRow) -> str:
    key = (row.feedback_key or "").encode()
    return hmac.new(key, f"end feedback of {row.account}".encode(), hashlib.sha256).hexdigest()
