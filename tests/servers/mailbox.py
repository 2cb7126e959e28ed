"""A real SMTP server in a thread, with what it took."""

import asyncio
import ssl
import subprocess
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Mailbox:
    """Takes mail; use it as a context manager.

    Attributes:
        mails: what was taken.
        answers: what the next mails are answered in place of being taken, e.g. ``451 later``.
    """

    def __init__(
        self, security: str = "none", certificate: Path | None = None, account: tuple[str, str] = ("", "")
    ) -> None:
        context = None
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
        self.mails: list[EmailMessage] = []
        self.answers: list[str] = []
        own: dict[str, Any] = {"tls_context": context} if security == "starttls" else {}
        if account[0]:
            own |= {"authenticator": _knows(account), "auth_require_tls": security != "tls"}
        self._own: dict[str, Any] = {"hostname": "localhost", **own}
        self._connections: list[SMTP] = []
        self._loop = asyncio.new_event_loop()
        making = self._loop.create_server(
            self._connection,
            "127.0.0.1",
            0,
            ssl=context if security == "tls" else None,
        )
        self._server = self._loop.run_until_complete(making)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def channel(self) -> str:
        """Settings of a channel called mail that leads here, whose operator gets what is nobody's in particular."""
        return (
            f'[channels.mail]\nkind = "email"\nhost = "127.0.0.1"\nport = {self.port}\nsecurity = "none"\n'
            'from = "lake@example.org"\nto = ["operator@example.org"]\n'
        )

    def _connection(self) -> SMTP:
        made = SMTP(self, loop=self._loop, **self._own)
        self._connections.append(made)
        return made

    @property
    def port(self) -> int:
        """Where it listens."""
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    async def handle_DATA(self, server: object, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail."""
        del server
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        assert not self._own.get("authenticator") or session.authenticated
        self.mails.append(mail)
        return "250 taken"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        """Stop listening, and let connections end."""
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for connection in self._connections:
            if isinstance(connection.transport, asyncio.Transport):
                connection.transport.abort()
        await asyncio.sleep(0)


def _knows(account: tuple[str, str]) -> Any:
    def authenticate(_server: object, _session: object, _envelope: object, _how: str, said: LoginPassword) -> Any:
        given = (said.login.decode(), said.password.decode())
        return AuthResult(success=given == account, handled=False)

    return authenticate


def certificate(folder: Path) -> Path:
    """A certificate for localhost with its key, signed by itself."""
    file = folder / "localhost.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made = [*command, *subject, "-days", "2", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    subprocess.run(made, check=True, capture_output=True)
    file.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    return file
