"""Notices to web addresses: as a signed document, or as Slack and what is compatible with it reads them.

A signature is ``t=<seconds since 1970>,v1=<hexadecimal HMAC-SHA256 of "<t>.<body>" with the secret>`` in the header
``Forgelake-Signature``; a receiver should refuse what is older than some minutes.
"""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any, Final

from forgelake.alerts.channels.held import held
from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.pipelines.clock import Clock
from forgelake.settings.alerts import ChannelSettings
from forgelake.settings.urls import web_address
from forgelake.state.notices import NoticeRow
from forgelake.transport.client import HttpOptions
from forgelake.transport.exchange import ApiClient
from forgelake.transport.urls import shown

TOO_MANY: Final = 429
_OK: Final = range(200, 300)


def send_signed(channel: ChannelSettings, notice: NoticeRow, options: HttpOptions, clock: Clock) -> None:
    """Send a notice as a JSON document with a signature; see ``_post``."""
    body = json.dumps(as_document(notice), sort_keys=True).encode()
    headers = {
        "Forgelake-Signature": signature(held(channel.secret), body, clock.now()),
        "Forgelake-Notice": notice.id,
    }
    _post(channel, body, headers, options, clock)


def send_to_slack(channel: ChannelSettings, notice: NoticeRow, options: HttpOptions, clock: Clock) -> None:
    """Send a notice as Slack's incoming webhooks take it; see ``_post``."""
    title = _escaped(str(notice.content["title"]))
    text = _escaped(str(notice.content.get("summary") or notice.content["text"]))
    _post(channel, json.dumps({"text": f"*{title}*\n{text}"}).encode(), {}, options, clock)


def as_document(notice: NoticeRow) -> dict[str, Any]:
    """What a webhook is sent."""
    own = {"id": notice.id, "event": notice.event, "subject": notice.subject, "made_at": notice.made_at.isoformat()}
    return {name: value for name, value in notice.content.items() if name != "html"} | own


def signature(secret: str, body: bytes, now: datetime) -> str:
    """The header's value."""
    seconds = int(now.timestamp())
    mark = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={mark}"


def _post(channel: ChannelSettings, body: bytes, headers: dict[str, str], options: HttpOptions, clock: Clock) -> None:
    """Post once; whoever keeps the notice tries again.

    Raises:
        RetryError: nobody answers, or the other side fails or has too much to do.
        ConfigurationError: it refuses.
    """
    url = _address(channel)
    with ApiClient(options, {"Content-Type": "application/json", **headers}, clock.sleep) as client:
        try:
            answer = client.ask("POST", url, {}, attempts=1, body=body)
        except RetryError as error:
            # The address may be a secret.
            raise RetryError(str(error).replace(shown(url), "its address"), error.wait_seconds) from None
    if answer.status == TOO_MANY:
        message = "its address answered 429: too much at once"
        raise RetryError(message)
    if answer.status not in _OK:
        message = f"its address answered {answer.status}; check url and what listens there"
        raise ConfigurationError(message)


def _address(channel: ChannelSettings) -> str:
    try:
        return web_address(held(channel.url))
    except ValueError:
        message = f"{channel.url} holds no address; it should be https://host/path and nothing else"
        raise ConfigurationError(message) from None


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
