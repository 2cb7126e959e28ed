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
from forgelake.sources.github.snapshots import visibility
from forgelake.sources.github.token import Token
from forgelake.sources.repo_stats.packing import Repository

_log = structlog.get_logger()

_TABLES: Final = ("repo_states", "repo_snapshots", "traffic_days")
_NAMED: Final = " UNION ALL ".join(f"SELECT repo_id, repo_name, visibility, taken_at FROM {table}" for table in _TABLES)  # noqa: S608
_SQL: Final = f"""
    SELECT repo_id, visibility FROM ({_NAMED}) WHERE lower(repo_name) = lower($name) AND repo_id IS NOT NULL
    ORDER BY taken_at DESC, repo_id DESC LIMIT 1"""  # noqa: S608 - our own names


def known(context: Context, name: str) -> Repository | None:
    """The repository that had a name last, as far as the lake knows."""
    with context.lake.now(0).session(tables=_TABLES) as session:
        found = session.run(_SQL, {"name": name}).read_all().to_pylist()
    return Repository(name, found[0]["repo_id"], found[0]["visibility"]) if found else None


def identified(context: Context, name: str) -> Repository:
    """The same, asking GitHub where the lake does not know; without an id if GitHub cannot be asked or knows none."""
    if (repository := known(context, name)) is not None:
        return repository
    github = context.settings.github
    try:
        token = Token.all_of(github, context.kept_token)[0]
        with GithubClient(
            github.api_url, token, context.http, context.state, lambda: datetime.now(UTC), time.sleep
        ) as client:
            answer = client.get(client.api.url(f"/repos/{name}"))
            said = json.loads(answer.body) if answer.status == OK else {}
    except (RetryError, SkipError, ConfigurationError, ValueError) as error:
        _log.warning("GitHub could not be asked for a repository's id", repo=name, reason=str(error))
        return Repository(name)
    if not isinstance(said, dict) or not isinstance(said.get("id"), int):
        return Repository(name)
    return Repository(name, said["id"], visibility(said))
