"""The state as one object: open it by URL, use its parts, close it."""

from types import TracebackType
from typing import Self

from sqlalchemy.exc import DatabaseError

from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.state.accounts import Accounts
from forgelake.state.address import GOOD_FORMS, masked, parse
from forgelake.state.alerts import Alerts
from forgelake.state.api_keys import ApiKeys
from forgelake.state.audit import Audit
from forgelake.state.bookmarks import Bookmarks
from forgelake.state.budgets import Budgets
from forgelake.state.connection import Database
from forgelake.state.jobs import Jobs
from forgelake.state.leases import Leases
from forgelake.state.ledger import Ledger
from forgelake.state.migrating import migrate
from forgelake.state.notices import Notices
from forgelake.state.profiles import Profiles
from forgelake.state.repos import Repos
from forgelake.state.rows import Rows
from forgelake.state.runs import Runs
from forgelake.state.sessions import LoginFlows, Sessions
from forgelake.state.tokens import Tokens
from forgelake.state.tracked import Tracked
from forgelake.state.unfinished import Unfinished
from forgelake.state.validators import Validators
from forgelake.state.vault import VaultTokens


class State:
    """Ledger, leases, runs, bookmarks, budgets, API keys and encrypted tokens of one lake.

    Threads may share a state. A process opens its own: connections do not survive a fork.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._leases = Leases(database)
        self._ledger = Ledger(database)
        self._runs = Runs(database)
        self._bookmarks = Bookmarks(database)
        self._budgets = Budgets(database)
        self._validators = Validators(database)
        self._api_keys = ApiKeys(database)
        self._tracked = Tracked(database)
        self._repos = Repos(database)
        self._tokens = Tokens(database)
        self._jobs = Jobs(database)
        self._alerts = Alerts(database)
        self._notices = Notices(database)
        self._unfinished = Unfinished(database)
        self._vault = VaultTokens(database)
        self._accounts = Accounts(database)
        self._sessions = Sessions(database)
        self._login_flows = LoginFlows(database)
        self._audit = Audit(database)
        self._profiles = Profiles(database)
        self._rows = Rows(database)

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect, and create or upgrade the tables; several processes may do so at the same instant.

        Raises:
            ConfigurationError: the URL is wrong, or nothing that could be used is there.
            StopError: the database was written by a newer forgelake.
        """
        database = Database(parse(url))
        try:
            migrate(database)
        except (RetryError, DatabaseError) as error:
            database.close()
            # RetryError's own text says "try again"; what the database said is in the error it came from.
            cause = error.__cause__ if isinstance(error, RetryError) else error
            said = masked(str(getattr(cause, "orig", cause))).strip()
            message = (
                f'the state at "{database.shown}" cannot be opened: {said}; '
                f"check that it is there and reachable, and that its URL is like {GOOD_FORMS}"
            )
            raise ConfigurationError(message) from error
        except BaseException:
            database.close()
            raise
        return cls(database)

    @property
    def leases(self) -> Leases:
        """Who works on what right now."""
        return self._leases

    @property
    def ledger(self) -> Ledger:
        """What was expected, received and rejected, per slice and origin."""
        return self._ledger

    @property
    def runs(self) -> Runs:
        """What ran, and how it ended."""
        return self._runs

    @property
    def bookmarks(self) -> Bookmarks:
        """Where each source continues."""
        return self._bookmarks

    @property
    def api_keys(self) -> ApiKeys:
        """Keys of the web API, as hashes."""
        return self._api_keys

    @property
    def budgets(self) -> Budgets:
        """What APIs leave our tokens to spend."""
        return self._budgets

    @property
    def validators(self) -> Validators:
        """Version marks of APIs' answers."""
        return self._validators

    @property
    def tracked(self) -> Tracked:
        """What is tracked day by day, and since when."""
        return self._tracked

    @property
    def repos(self) -> Repos:
        """Repositories that are tracked."""
        return self._repos

    @property
    def tokens(self) -> Tokens:
        """What is known of tokens, and what was spent with them."""
        return self._tokens

    @property
    def jobs(self) -> Jobs:
        """When each job is due, and how it last went."""
        return self._jobs

    @property
    def alerts(self) -> Alerts:
        """How each alert stands."""
        return self._alerts

    @property
    def notices(self) -> Notices:
        """What channels are told."""
        return self._notices

    @property
    def unfinished(self) -> Unfinished:
        """Slices whose work was begun and not brought to an end."""
        return self._unfinished

    @property
    def vault(self) -> VaultTokens:
        """Tokens of forges, encrypted."""
        return self._vault

    @property
    def accounts(self) -> Accounts:
        """Who there is."""
        return self._accounts

    @property
    def sessions(self) -> Sessions:
        """Who is logged in where."""
        return self._sessions

    @property
    def login_flows(self) -> LoginFlows:
        """Who is on the way to being logged in."""
        return self._login_flows

    @property
    def audit(self) -> Audit:
        """What was done to accounts."""
        return self._audit

    @property
    def profiles(self) -> Profiles:
        """What people say of themselves on their CV."""
        return self._profiles

    @property
    def rows(self) -> Rows:
        """All rows of all tables."""
        return self._rows

    def close(self) -> None:
        """Give back all connections."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
