"""Mail, handed to one server; what it answers is told as passing or lasting."""

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final, Literal

import structlog

from forgelake.model.errors import ConfigurationError, RetryError

PORTS: Final = {"tls": 465, "starttls": 587, "none": 25}
_LASTING: Final = 500
_ADDRESS: Final = re.compile(r"[^\s<>]+@[^\s<>]+")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes mail.

    Attributes:
        port: 0 means the usual one of ``security``.
        user, password: empty where the server asks for none.
        timeout_seconds: without an answer after which a try has failed.
    """

    host: str
    port: int = 0
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = 60.0


def send_mail(server: MailServer, message: EmailMessage) -> None:
    """Hand a message over; it is sent to everybody in its To.

    Raises:
        RetryError: the server cannot be reached, or asks to be tried later.
        ConfigurationError: it refuses account, sender or everybody that the mail is for, or is not who it says.
    """
    try:
        connection = _connected(server)
        try:
            refused = connection.send_message(message)
        finally:
            # A connection that breaks after the mail was taken must not have it sent again.
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException, smtplib.SMTPNotSupportedError) as error:
        raise _refusal(server, error) from error
    except ssl.SSLCertVerificationError as error:
        told = f"the mail server {server.host} cannot be trusted: {error.verify_message}"
        raise ConfigurationError(told) from error
    except (OSError, smtplib.SMTPException) as error:
        told = f"the mail server {server.host} cannot be reached: {type(error).__name__} {error}".rstrip()
        raise RetryError(told) from error
    if refused:
        _log.warning("mail server refused some addresses", host=server.host, addresses=len(refused))


def _connected(server: MailServer) -> smtplib.SMTP:
    port = server.port or PORTS[server.security]
    if server.security == "tls":
        trusted = ssl.create_default_context()
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, port, timeout=server.timeout_seconds, context=trusted)
    else:
        connection = smtplib.SMTP(server.host, port, timeout=server.timeout_seconds)
    try:
        if server.security == "starttls":
            connection.starttls(context=ssl.create_default_context())
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _refusal(server: MailServer, error: smtplib.SMTPException) -> RetryError | ConfigurationError:
    """What an answer means; addresses of people are not told."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = max(error.recipients.values(), default=(_LASTING, b""))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, said = error.smtp_code, error.smtp_error
    else:
        code, said = _LASTING, str(error)
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    what = "account or password" if isinstance(error, smtplib.SMTPAuthenticationError) else "the mail"
    message = f"the mail server {server.host} refuses {what} ({code})"
    if not isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPSenderRefused):
        message += f": {_ADDRESS.sub('…', text)[:200]}"
    return ConfigurationError(message) if code >= _LASTING else RetryError(message)
