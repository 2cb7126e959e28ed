"""Notices as mail: text, and HTML beside it where there is some."""

from collections.abc import Iterable
from datetime import UTC
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime
from typing import Final

from forgelake.alerts.channels.held import held
from forgelake.settings.alerts import ChannelSettings
from forgelake.settings.root import Settings
from forgelake.state.notices import NoticeRow
from forgelake.transport.mail import MailServer, send_mail

_UNFOLDED: Final = default.clone(max_line_length=998)
"""As long as lines of mail may be: an address in a header would be encoded where it is folded, and lead nowhere."""


def send(channel: ChannelSettings, notice: NoticeRow, timeout_seconds: float) -> None:
    """Hand a notice to the mail server; see ``deliver``."""
    deliver(channel, as_mail(channel, notice, channel.to), timeout_seconds)


def deliver(channel: ChannelSettings, message: EmailMessage, timeout_seconds: float) -> None:
    """Hand a message to the channel's mail server, for those whom it is to.

    Raises:
        RetryError, ConfigurationError: see ``send_mail``.
    """
    server = MailServer(
        channel.host, channel.port, channel.security, channel.user, held(channel.secret), timeout_seconds
    )
    send_mail(server, message)


def for_people(settings: Settings) -> tuple[str, ChannelSettings] | None:
    """The channel through which people get mail of their own, the first of its kind, with its name; None without."""
    return next(((name, one) for name, one in settings.channels.items() if one.kind == "email"), None)


def as_mail(channel: ChannelSettings, notice: NoticeRow, to: Iterable[str]) -> EmailMessage:
    """The message; its id is the notice's, so that a mail that was sent twice is seen once by programs that look."""
    message = EmailMessage(_UNFOLDED)
    message["Subject"] = notice.content["title"]
    message["From"] = channel.sender
    message["To"] = ", ".join(to)
    message["Date"] = format_datetime(notice.made_at.astimezone(UTC))
    message["Message-ID"] = f"<{notice.id}@forgelake>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notice.content["text"])
    if html := notice.content.get("html"):
        message.add_alternative(html, subtype="html")
    return message
