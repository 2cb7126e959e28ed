"""Everything that is one person's, for them to take away: their CV with its numbers, and their rows of state and lake.

What opens something is not in it: no token, key, session, code or link.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from forgelake.accounts.cv import Cvs, cv_of
from forgelake.cv.page import plain
from forgelake.lake.catalog import TABLES
from forgelake.pipelines.context import Context
from forgelake.query.snapshot import Snapshot


def everything(context: Context, snapshot: Snapshot, account: str, now: datetime) -> dict[str, Any]:
    """JSON values: ``cv``, and by the names of tables the rows of ``state`` and ``lake``.

    Raises:
        StopError: the lake's files cannot be read.
    """
    state = {name: [plain(row) for row in rows] for name, rows in context.state.people.of(account)}
    return {"cv": cv_document(context, snapshot, account, now), "state": state, "lake": _rows(snapshot, account)}


def cv_document(context: Context, snapshot: Snapshot, account: str, now: datetime) -> dict[str, Any]:
    """What a CV is made of: the profile, who may see it, and all numbers.

    Raises:
        StopError: the lake's files cannot be read.
    """
    kept = Cvs(context.state.profiles).of(account)
    counted = cv_of(snapshot, account, kept.profile, context.state.account_repos.of_account(account), now)
    return {"profile": kept.profile.plain(), "publication": str(kept.publication), "cv": plain(counted)}


def _rows(snapshot: Snapshot, account: str) -> dict[str, list[object]]:
    """Of every table that says whose its rows are; of private repositories, too."""
    there = [
        name
        for name, table in TABLES.items()
        if name in snapshot.tables and any(column.name == "account" for column in table.columns)
    ]
    with replace(snapshot, visibility=None).session(tables=there) as session:
        found = dict[str, list[object]]()
        for name in there:
            own = f"SELECT * FROM {name} WHERE account = $account"  # noqa: S608 - our own names
            found[name] = [plain(row) for row in session.run(own, {"account": account}).read_all().to_pylist()]
        return found
