"""Which repository a name means: what the lake knows of it first, then what GitHub says."""

import json
import time
from datetime import UTC, datetime
from typing import Final

import structlog

from forgelake.model.errors import ConfigurationError, RetryError, SkipError
from forgelake.pipelines.context import Context
from forgelake.sources.github.answer import OK
from forgelake.sources.github.client import GithubClient
from forgelake.sources.github.token import Token

_log = structlog.get_logger()

_TABLES: Final = ("repo_states", "repo_snapshots", "traffic_days")
_NAMED: Final = " UNION ALL ".join(f"SELECT repo_id, repo_name, taken_at FROM {table}" for table in _TABLES)  # noqa: S608
_SQL: Final = f"""
    SELECT repo_id FROM ({_NAMED}) WHERE lower(repo_name) = lower($name) AND repo_id IS NOT NULL
    ORDER BY taken_at DESC, repo_id DESC LIMIT 1"""  # noqa: S608 - our own names


def known_id(context: Context, name: str) -> int | None:
    """The id of the repository that had a name last, as far as the lake knows."""
    with context.lake.now(0).session(tables=_TABLES) as session:
        found = session.run(_SQL, {"name": name}).read_all()["repo_id"].to_pylist()
    return found[0] if found else None


def found_id(context: Context, name: str) -> int | None:
    """The same, asking GitHub where the lake does not know; None if GitHub cannot be asked or knows none."""
    known = known_id(context, name)
    if known is not None:
        return known
    github = context.settings.github
    try:
        with GithubClient(
            github.api_url, Token.of(github), context.http, context.state, lambda: datetime.now(UTC), time.sleep
        ) as client:
            answer = client.get(client.api.url(f"/repos/{name}"))
            said = json.loads(answer.body) if answer.status == OK else {}
    except (RetryError, SkipError, ConfigurationError, ValueError) as error:
        _log.warning("GitHub could not be asked for a repository's id", repo=name, reason=str(error))
        return None
    number = said.get("id") if isinstance(said, dict) else None
    return number if isinstance(number, int) else None
