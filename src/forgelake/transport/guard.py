"""Addresses that somebody else names are checked before anything is sent to them.

A host is resolved once and connected to by the address that was checked, so that a name which changes its mind between
the two (DNS rebinding) leads nowhere else.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx2

from forgelake.model.errors import ConfigurationError
from forgelake.transport.trust import trusted


class Guard:
    """Which addresses may be reached: public ones over TLS, others only in the networks that are allowed."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ip_network(network) for network in networks]

    def address(self, scheme: str, host: str) -> str:
        """The address to connect to.

        Raises:
            ConfigurationError: one of the host's addresses is not public, or the token would go in clear.
            OSError: there is no such host.
        """
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
        for text in found:
            self._check(scheme, host, text)
        return found[0].partition("%")[0]

    def _check(self, scheme: str, host: str, text: str) -> None:
        address = _plain(text)
        if any(address in network for network in self._networks):
            return
        if not address.is_global or address.is_multicast:
            message = (
                f"{host} is at {address}, which is no public address; "
                "if the forge is there, name its network in forges.private_networks, e.g. 10.0.0.0/8"
            )
            raise ConfigurationError(message)
        if scheme != "https":
            message = f"{host} is named with {scheme}://, where others can read what is sent; use https://"
            raise ConfigurationError(message)


def _plain(text: str) -> IPv4Address | IPv6Address:
    """The address that packets go to in the end: IPv4 inside IPv6 is unwrapped."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address.sixtofour or address
    return address


class GuardedTransport(httpx2.HTTPTransport):
    """Connects only where the guard lets it, and by no proxy, which would resolve names itself."""

    def __init__(self, guard: Guard) -> None:
        super().__init__(verify=trusted(), trust_env=False)
        self._guard = guard

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send to the checked address; certificate and Host header stay those of the name."""
        host = request.url.host
        try:
            address = self._guard.address(request.url.scheme, host)
        except OSError as error:
            raise httpx2.ConnectError(str(error), request=request) from error
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)
        return super().handle_request(request)
