"""Sending a notice: which channel goes which way."""

from forgelake.alerts.channels import email, hooks, issues
from forgelake.model.errors import UsageError
from forgelake.pipelines.clock import Clock
from forgelake.pipelines.context import Context
from forgelake.state.notices import NoticeRow


def send(context: Context, clock: Clock, notice: NoticeRow) -> str | None:
    """Send a notice on its channel; returns what the channel called it, if anything.

    Raises:
        RetryError: it may be taken later.
        ConfigurationError: a person has to mend something first.
        UsageError: there is no such channel.
    """
    channel = context.settings.channels.get(notice.channel)
    if channel is None:
        message = f'there is no channel "{notice.channel}"'
        raise UsageError(message)
    match channel.kind:
        case "email":
            email.send(channel, notice, context.http.timeout_seconds)
        case "webhook":
            hooks.send_signed(channel, notice, context.http, clock)
        case "slack":
            hooks.send_to_slack(channel, notice, context.http, clock)
        case "github_issue":
            known = context.state.notices.about(notice.subject)
            earlier = [one for one in known if one.channel == notice.channel and one.sent_at is not None]
            return issues.send(context, clock, channel, notice, earlier)
    return None
