"""Notices as issues: one is opened when an alert fires, commented on while it goes on, and closed when it is over."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from forgelake.alerts.channels.held import held
from forgelake.alerts.steps import Event
from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.pipelines.clock import Clock
from forgelake.pipelines.context import Context
from forgelake.settings.alerts import ChannelSettings
from forgelake.sources.github.client import GithubClient
from forgelake.sources.github.token import Token
from forgelake.state.notices import NoticeRow

JOB: Final = "check alerts"
_OK: Final = range(200, 300)
_FAILING: Final = 500


def send(
    context: Context, clock: Clock, channel: ChannelSettings, notice: NoticeRow, earlier: Sequence[NoticeRow]
) -> str | None:
    """Write a notice; returns the number of the issue.

    Args:
        earlier: what the channel took before about the same alert.

    Raises:
        RetryError: a limit is reached, or GitHub fails.
        ConfigurationError: it refuses.
    """
    token = Token(held(channel.token)) if channel.token else Token.of(context.settings.github)
    github = context.settings.github
    with GithubClient(github.api_url, token, context.http, context.state, clock.now, clock.sleep) as client:
        number = _written(client, channel, notice, earlier)
        client.note_costs(JOB, f"{context.clock():%Y-%m-%d}")
        return number


def _written(
    client: GithubClient, channel: ChannelSettings, notice: NoticeRow, earlier: Sequence[NoticeRow]
) -> str | None:
    place = f"/repos/{channel.repo}/issues"
    text = f"~~~text\n{notice.content['text']}\n~~~"
    opened = [one.receipt for one in earlier if one.event == Event.FIRING and one.receipt]
    if notice.event in (Event.REPEATED, Event.RECOVERED) and opened:
        number = opened[-1]
        _write(client, "POST", f"{place}/{number}/comments", {"body": text})
    else:
        issue = {"title": notice.content["title"], "body": text, "labels": list(channel.labels)}
        number = _write(client, "POST", place, issue)
    if notice.event in (Event.RECOVERED, Event.TEST):
        _write(client, "PATCH", f"{place}/{number}", {"state": "closed"})
    return number


def _write(client: GithubClient, method: str, path: str, document: Mapping[str, Any]) -> str:
    answer = client.write(method, path, document)
    if answer.status in _OK:
        return answer.field("number")
    message = f"GitHub answered {answer.status} to {path}: {answer.message}"
    if answer.status >= _FAILING:
        raise RetryError(message)
    message = f"{message}; the token has to be one that may write issues there (issues=write)"
    raise ConfigurationError(message)
