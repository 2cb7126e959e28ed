"""``forgelake serve``: the application under uvicorn, until it is told to stop."""

import signal
import socket

import structlog
import uvicorn

from forgelake.app.compose import opened
from forgelake.model.errors import ConfigurationError
from forgelake.settings.root import Settings
from forgelake.settings.urls import is_loopback
from forgelake.web.application import application

GOODBYE_SECONDS = 10
"""How long requests may go on after the server was told to stop."""

BACKLOG = 2048
"""Connections that wait for the server, as many as uvicorn itself would let."""

_log = structlog.get_logger()


def serve(chosen: Settings) -> None:
    """Serve until a signal says to stop; requests that are being answered are answered to their end.

    Raises:
        ConfigurationError: the address cannot be listened on, or everybody could read what nobody opened.
    """
    check_exposure(chosen)
    with opened(chosen, private=chosen.api.serves_private) as context, _listening(chosen) as listening:
        server = uvicorn.Server(_config(chosen, application(context)))
        host, port, *_ = listening.getsockname()
        shown = f"[{host}]" if ":" in host else host
        # A terminal is told of nothing below a warning, and has to be told this.
        _log.warning("serving", url=f"http://{shown}:{port}/")
        # uvicorn ends in good order and then sends the signal again, to whoever had it before: that is the end of it.
        signal.signal(signal.SIGTERM, lambda *_: None)
        server.run([listening])


def check_exposure(chosen: Settings) -> None:
    """Refuse to show the lake to a network by mistake.

    Raises:
        ConfigurationError: the host is no loopback address and nothing says who may read.
    """
    api = chosen.api
    if api.anonymous == "loopback" and not is_loopback(api.host):
        message = (
            f'"{api.host}" can be reached from other machines; say who may read: set api.anonymous = "never" '
            "(FORGELAKE_API_ANONYMOUS=never) so that a key is needed, made by: forgelake keys create NAME; or set "
            'api.anonymous = "always" so that everybody may'
        )
        raise ConfigurationError(message)


def _listening(chosen: Settings) -> socket.socket:
    host, port = chosen.api.host, chosen.api.port
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        message = (
            f"{host}:{port} cannot be listened on: {error.strerror or error}; set api.host and api.port, or --port 0"
        )
        raise ConfigurationError(message) from error
    return listening


def _config(chosen: Settings, served: object) -> uvicorn.Config:
    proxies = chosen.api.trusted_proxies.split()
    return uvicorn.Config(
        served,  # type: ignore[arg-type]
        # Our own log has a line for each request, without the values in its query.
        access_log=False,
        log_config=None,
        log_level="warning",
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        server_header=False,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
        h11_max_incomplete_event_size=65_536,
    )
