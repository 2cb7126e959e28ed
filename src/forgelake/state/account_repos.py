"""Repositories that people may have collected: what their forges list, what they chose, how each stands."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, select, update

from forgelake.model.commits import NOTHING_SKIPPED, Skipped
from forgelake.state.connection import Database, chunks
from forgelake.state.schema_repos import account_repos as _table

ACTIVE, INACTIVE = "active", "inactive"
LISTED, ADDED = "listed", "added"


class RepoStatus(StrEnum):
    """How collecting a repository stands."""

    INACTIVE = "inactive"
    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    UP_TO_DATE = "up_to_date"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class AccountRepo:
    """A repository as one account has it; the fields are the columns of ``account_repos``."""

    account: str
    key: str
    forge: str
    url: str
    name: str
    owner: str
    token: str | None = None
    forge_id: str | None = None
    visibility: str = "private"
    is_own: bool = False
    is_fork: bool = False
    is_archived: bool = False
    stars: int | None = None
    origin: str = LISTED
    choice: str = INACTIVE
    status: RepoStatus = RepoStatus.INACTIVE
    message: str | None = None
    last_commit_at: datetime | None = None
    checked_at: datetime | None = None
    collected_at: datetime | None = None
    gone_at: datetime | None = None
    skip: Skipped = NOTHING_SKIPPED
    large: dict[str, int] = field(default_factory=dict)


class AccountRepos:
    """The table ``account_repos``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_account(self, account: str) -> list[AccountRepo]:
        """The repositories of an account, by owner and name."""
        statement = select(_table).where(_table.c.account == account).order_by(_table.c.owner, _table.c.name)
        with self._database.read() as connection:
            return [_repo(row) for row in connection.execute(statement)]

    def accounts(self) -> list[str]:
        """The accounts that have an active repository, in order."""
        statement = select(_table.c.account).where(_table.c.choice == ACTIVE).distinct().order_by(_table.c.account)
        with self._database.read() as connection:
            return list(connection.execute(statement).scalars())

    def put_many(self, rows: Iterable[AccountRepo]) -> None:
        """Keep repositories as they are now."""
        values = [asdict(row) for row in rows]
        if not values:
            return
        insert = self._database.insert(_table)
        columns = {column.name: insert.excluded[column.name] for column in _table.c if not column.primary_key}
        with self._database.write() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["account", "key"], set_=columns), values)

    def note(self, account: str, keys: Collection[str], **values: object) -> None:
        """Set some columns of some repositories of an account, and leave the others as they are by now."""
        given = {name: asdict(value) if isinstance(value, Skipped) else value for name, value in values.items()}
        with self._database.write() as connection:
            for some in chunks(sorted(keys)):
                statement = update(_table).where(_table.c.account == account, _table.c.key.in_(some))
                connection.execute(statement.values(given))

    def remove(self, account: str, key: str | None = None) -> int:
        """Forget one repository of an account, or all; returns how many."""
        only = [] if key is None else [_table.c.key == key]
        with self._database.write() as connection:
            return connection.execute(delete(_table).where(_table.c.account == account, *only)).rowcount


def _repo(row: Row[Any]) -> AccountRepo:
    values: dict[str, Any] = row._asdict()
    skip = {name: tuple(listed) for name, listed in values["skip"].items()}
    return AccountRepo(**values | {"status": RepoStatus(row.status), "skip": Skipped(**skip)})
