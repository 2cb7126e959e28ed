"""Notices as mail: text, and HTML beside it where there is some."""

from datetime import UTC
from email.message import EmailMessage
from email.utils import format_datetime

from forgelake.alerts.channels.held import held
from forgelake.settings.alerts import ChannelSettings
from forgelake.state.notices import NoticeRow
from forgelake.transport.mail import MailServer, send_mail


def send(channel: ChannelSettings, notice: NoticeRow, timeout_seconds: float) -> None:
    """Hand a notice to the mail server.

    Raises:
        RetryError, ConfigurationError: see ``send_mail``.
    """
    server = MailServer(
        channel.host, channel.port, channel.security, channel.user, held(channel.secret), timeout_seconds
    )
    send_mail(server, as_mail(channel, notice))


def as_mail(channel: ChannelSettings, notice: NoticeRow) -> EmailMessage:
    """The message; its id is the notice's, so that a mail that was sent twice is seen once by programs that look."""
    message = EmailMessage()
    message["Subject"] = notice.content["title"]
    message["From"] = channel.sender
    message["To"] = ", ".join(channel.to)
    message["Date"] = format_datetime(notice.made_at.astimezone(UTC))
    message["Message-ID"] = f"<{notice.id}@forgelake>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notice.content["text"])
    if html := notice.content.get("html"):
        message.add_alternative(html, subtype="html")
    return message
