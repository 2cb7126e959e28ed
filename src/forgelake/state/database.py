"""The state as one object: open it by URL, use its parts, close it."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from types import TracebackType
from typing import Any, Self

from sqlalchemy.exc import DatabaseError

from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.state.account_repos import AccountRepos
from forgelake.state.accounts import Accounts
from forgelake.state.address import DYNAMODB, GOOD_FORMS, masked, parse
from forgelake.state.alerts import Alerts
from forgelake.state.answers import Answers, SqlAnswers
from forgelake.state.api_keys import ApiKeys
from forgelake.state.audit import Audit
from forgelake.state.bookmarks import Bookmarks
from forgelake.state.budgets import Budgets
from forgelake.state.connection import Database
from forgelake.state.identities import Identities
from forgelake.state.jobs import Jobs
from forgelake.state.leases import Leases
from forgelake.state.ledger import Ledger
from forgelake.state.migrating import migrate
from forgelake.state.needs_sql import NeedsSql, needs_sql
from forgelake.state.notices import Notices
from forgelake.state.people import PeopleRows
from forgelake.state.profiles import Profiles
from forgelake.state.repos import Repos
from forgelake.state.rows import Rows
from forgelake.state.runs import Runs
from forgelake.state.sessions import LoginFlows, Sessions
from forgelake.state.sql_leases import SqlLeaseRows
from forgelake.state.sql_ledger import SqlLedger
from forgelake.state.sql_runs import SqlRuns
from forgelake.state.stores import (
    AlertStore,
    ApiKeyStore,
    BookmarkStore,
    BudgetStore,
    JobStore,
    NoticeStore,
    RepoStore,
    RowStore,
    TokenStore,
    TrackedStore,
    UnfinishedStore,
    ValidatorStore,
    VaultStore,
)
from forgelake.state.tokens import Tokens
from forgelake.state.tracked import Tracked
from forgelake.state.unfinished import Unfinished
from forgelake.state.validators import Validators
from forgelake.state.vault import VaultTokens


@dataclass(frozen=True, kw_only=True)
class State:
    """Ledger, leases, runs, bookmarks, budgets, API keys and encrypted tokens of one lake.

    Threads may share a state. A process opens its own: connections do not survive a fork.

    Attributes:
        leases: who works on what right now.
        ledger: what was expected, received and rejected, per slice and origin.
        runs: what ran, and how it ended.
        answers: what a worker counts for who asked the API for much.
        others: as their classes say.
        close: gives back all connections.
    """

    leases: Leases
    ledger: Ledger
    runs: Runs
    bookmarks: BookmarkStore
    jobs: JobStore
    answers: Answers
    unfinished: UnfinishedStore
    budgets: BudgetStore
    validators: ValidatorStore
    tracked: TrackedStore
    repos: RepoStore
    tokens: TokenStore
    api_keys: ApiKeyStore
    alerts: AlertStore
    notices: NoticeStore
    vault: VaultStore
    accounts: Accounts
    sessions: Sessions
    login_flows: LoginFlows
    audit: Audit
    identities: Identities
    account_repos: AccountRepos
    profiles: Profiles
    people: PeopleRows
    rows: RowStore
    close: Callable[[], None]

    @staticmethod
    def open(url: str, accounts_url: str = "") -> "State":
        """Connect, and create or upgrade the tables; several processes may do so at the same instant.

        Args:
            accounts_url: a SQL database that keeps what DynamoDB does not, where ``url`` names a table of it.

        Raises:
            ConfigurationError: the URL is wrong, or nothing that could be used is there.
            StopError: the database was written by a newer forgelake.
        """
        if not url.startswith(DYNAMODB):
            return _on_sql(url)
        state = _on_dynamodb(url)
        return _with_accounts(state, accounts_url) if accounts_url else state

    @property
    def keeps_people(self) -> bool:
        """Whether accounts have a place, and what is theirs: a table of DynamoDB alone is none."""
        return not isinstance(self.accounts, NeedsSql)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _on_sql(url: str) -> State:
    database = _migrated(url)
    return State(
        leases=Leases(SqlLeaseRows(database)),
        ledger=SqlLedger(database),
        runs=SqlRuns(database),
        bookmarks=Bookmarks(database),
        jobs=Jobs(database),
        answers=SqlAnswers(database),
        unfinished=Unfinished(database),
        budgets=Budgets(database),
        validators=Validators(database),
        tracked=Tracked(database),
        repos=Repos(database),
        tokens=Tokens(database),
        api_keys=ApiKeys(database),
        alerts=Alerts(database),
        notices=Notices(database),
        vault=VaultTokens(database),
        accounts=Accounts(database),
        sessions=Sessions(database),
        login_flows=LoginFlows(database),
        audit=Audit(database),
        identities=Identities(database),
        account_repos=AccountRepos(database),
        profiles=Profiles(database),
        people=PeopleRows(database),
        rows=Rows(database),
        close=database.close,
    )


def _migrated(url: str) -> Database:
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
    return database


def _on_dynamodb(url: str) -> State:
    # Deferred: boto3 is there only where somebody keeps the state so.
    try:
        from forgelake.state.dynamo import forges, small
        from forgelake.state.dynamo.answers import DynamoAnswers
        from forgelake.state.dynamo.bookmarks import DynamoBookmarks
        from forgelake.state.dynamo.leases import DynamoLeaseRows
        from forgelake.state.dynamo.ledger import DynamoLedger
        from forgelake.state.dynamo.opening import opened
        from forgelake.state.dynamo.runs import DynamoRuns
    except ModuleNotFoundError as error:
        message = 'a state in DynamoDB (state.url) needs the AWS client; install "forgelake[aws]"'
        raise ConfigurationError(message) from error
    items = opened(url)
    return State(
        leases=Leases(DynamoLeaseRows(items)),
        ledger=DynamoLedger(items),
        runs=DynamoRuns(items),
        bookmarks=DynamoBookmarks(items),
        jobs=small.DynamoJobs(items),
        answers=DynamoAnswers(items),
        unfinished=small.DynamoUnfinished(items),
        budgets=forges.DynamoBudgets(items),
        validators=forges.DynamoValidators(items),
        tracked=forges.DynamoTracked(items),
        repos=forges.DynamoRepos(items),
        tokens=forges.DynamoTokens(items),
        api_keys=small.DynamoApiKeys(items),
        alerts=needs_sql("alerts"),
        notices=needs_sql("notices"),
        vault=needs_sql("kept tokens"),
        accounts=needs_sql("accounts"),
        sessions=needs_sql("logins"),
        login_flows=needs_sql("logins"),
        audit=needs_sql("accounts"),
        identities=needs_sql("accounts"),
        account_repos=needs_sql("accounts"),
        profiles=needs_sql("accounts"),
        people=needs_sql("accounts"),
        rows=needs_sql("backups", "state.url"),
        close=items.close,
    )


def _with_accounts(state: State, url: str) -> State:
    """The same state with all that DynamoDB does not keep in a SQL database, but for backups, which need all of it."""
    try:
        sql = _on_sql(url)
    except BaseException:
        state.close()
        raise

    def close() -> None:
        state.close()
        sql.close()

    stores = {
        one.name: getattr(sql, one.name) for one in fields(state) if isinstance(getattr(state, one.name), NeedsSql)
    }
    # Keys may be a person's, who is deleted with all that is theirs.
    moved: dict[str, Any] = {**stores, "api_keys": sql.api_keys, "rows": state.rows, "close": close}
    return replace(state, **moved)
