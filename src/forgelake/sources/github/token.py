"""A token, and the name under which it is known where the token itself must not stand."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from forgelake.model.errors import ConfigurationError
from forgelake.model.forge_tokens import may_be_token
from forgelake.settings.github import GithubSettings

ANONYMOUS = "anonymous"
_MARK_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Token:
    """A token; empty for none.

    Attributes:
        mark: the first 12 digits of its SHA-256, or ``anonymous``: for state and logs.
    """

    secret: str = field(repr=False)

    @classmethod
    def of(cls, settings: GithubSettings) -> Self:
        """The token that the settings name: by variable, or by file.

        Raises:
            ConfigurationError: the variable is not set, or the file cannot be read or holds no token.
        """
        if given := settings.token.get_secret_value():
            return cls(_checked(given, "FORGELAKE_GITHUB_TOKEN, or what github.token_env names,"))
        if settings.token_file:
            return cls(_checked(_read(Path(settings.token_file)), f"github.token_file {settings.token_file}"))
        if settings.token_env:
            message = f'the variable "{settings.token_env}" that github.token_env names is not set; set it to the token'
            raise ConfigurationError(message)
        return cls("")

    @classmethod
    def all_of(cls, settings: GithubSettings, kept: Callable[[str], str]) -> list[Self]:
        """Every token that the settings name, each once; a single empty one if they name none.

        Args:
            kept: the token that the vault keeps under a name.

        Raises:
            ConfigurationError: as ``of`` does, and as ``kept`` does.
        """
        found = [cls.of(settings)]
        for reference in settings.tokens:
            held = kept(reference.kept_as) if reference.kept_as else reference.secret.get_secret_value()
            held = held or _read(Path(reference.file))
            found.append(cls(_checked(held, f"{reference} in github.tokens")))
        named = [token for token in found if token.secret]
        return list(dict.fromkeys(named)) or found[:1]

    @property
    def mark(self) -> str:
        if not self.secret:
            return ANONYMOUS
        return hashlib.sha256(self.secret.encode()).hexdigest()[:_MARK_DIGITS]

    @property
    def headers(self) -> dict[str, str]:
        """What a request says to be let in."""
        return {"Authorization": f"Bearer {self.secret}"} if self.secret else {}


def ends_at(headers: Mapping[str, str]) -> datetime | None:
    """The token's end, as answers tell it: ``2026-12-01 10:00:00 UTC``, or with an offset; None if they do not."""
    text = headers.get("github-authentication-token-expiration", "")
    try:
        found = datetime.fromisoformat(text.replace(" UTC", "+00:00").replace(" +", "+").replace(" -", "-"))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        message = f"github.token_file {path} cannot be read: {reason}"
        raise ConfigurationError(message) from error


def _checked(secret: str, place: str) -> str:
    if not may_be_token(secret):
        message = f"{place} holds no token; it must be the token and nothing else"
        raise ConfigurationError(message)
    return secret
