"""What is asked of forges and git for people, with their own tokens and to no place that they may not name."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

from forgelake.accounts.forges import FORGES, Forges
from forgelake.accounts.vault.tokens import Vault
from forgelake.model.addresses import Addresses
from forgelake.model.errors import ConfigurationError, SkipError
from forgelake.model.forge_repos import ForgeReader
from forgelake.model.forge_tokens import TokenRefusedError
from forgelake.pipelines.commits.gather import Asked
from forgelake.pipelines.context import Context
from forgelake.sources.azure_devops.reader import AzureReader
from forgelake.sources.git.isolation import Credentials, Remote
from forgelake.sources.github.client import GithubClient
from forgelake.sources.github.reader import GithubReader
from forgelake.sources.github.token import Token
from forgelake.sources.gitlab.reader import GitlabReader
from forgelake.state.account_repos import AccountRepo
from forgelake.state.vault import VaultRow
from forgelake.transport.paced import PacedClient

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Means:
    """What collecting for people works with.

    Attributes:
        vault: the tokens of an account.
        mining: what is needed to mine for somebody with these addresses.
        sleep: waits some seconds, or less when the run has to end.
    """

    context: Context
    forges: Forges
    vault: Callable[[str], Vault]
    mining: Callable[[Addresses], Asked]
    sleep: Callable[[float], None] = time.sleep

    def read(self, row: VaultRow, act: Callable[[ForgeReader], _T]) -> _T:
        """Ask a forge with a token; a refusal is kept with the token, which is then not shown again.

        Args:
            act: asks, and is done with asking when it returns.

        Raises:
            TokenRefusedError, RetryError, SkipError, ConfigurationError: see ``ForgeReader``.
        """
        secret = self.vault(row.account).secret(row.name, row.url)
        try:
            return self._read(row, secret, act)
        except TokenRefusedError as error:
            self.context.state.vault.checked(row.id, None, str(error), datetime.now(UTC))
            raise

    def remote(self, repo: AccountRepo, row: VaultRow | None) -> Remote:
        """Where git finds a repository, with the token that reads it.

        Raises:
            ConfigurationError: it is not where its forge is, or at an address that git must not be sent to.
            RetryError: its host cannot be resolved.
        """
        host = urlsplit(repo.url).hostname or ""
        if row is None:
            own = any(host == self.forges.host(name, self.forges.own(name)) for name in FORGES)
            return self._guarded(Remote.at(repo.url), is_own=own)
        if not self.forges.is_at(row.forge, row.url, host):
            message = f"{host} is not where {row.url} is, so its token is not sent there; add it by its address"
            raise ConfigurationError(message)
        secret = self.vault(row.account).secret(row.name, row.url)
        return self._guarded(Remote.at(repo.url, Credentials(secret)), is_own=self.forges.is_own(row.forge, row.url))

    def _guarded(self, remote: Remote, *, is_own: bool) -> Remote:
        return replace(remote, is_own=True) if is_own else remote.pinned(self.forges.guard)

    def _read(self, row: VaultRow, secret: str, act: Callable[[ForgeReader], _T]) -> _T:
        options = self.forges.options_for(row.forge, row.url)
        try:
            if row.forge == "github":
                client = GithubClient(row.url, Token(secret), options, self.context.state, _now, self.sleep)
                with client:
                    return act(GithubReader(client, _now))
            with PacedClient(options, FORGES[row.forge].headers(secret), self.sleep) as paced:
                reader = GitlabReader if row.forge == "gitlab" else AzureReader
                return act(reader(paced.get, row.url))
        except (ValueError, KeyError, TypeError, AttributeError):
            # Not chained: what came may be anything.
            message = f"{row.url} answers, but not as {FORGES[row.forge].title}'s API does"
            raise SkipError(message) from None


def _now() -> datetime:
    return datetime.now(UTC)
