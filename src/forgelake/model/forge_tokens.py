"""What a forge says of a token."""

from dataclasses import dataclass
from datetime import datetime

from forgelake.model.errors import ConfigurationError


class TokenRefusedError(ConfigurationError):
    """The forge does not take the token."""


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What was found out about a token when it was tried.

    Attributes:
        kind: of token, in the forge's words.
        owner: the account at the forge that it opens; None if the forge does not say.
        scopes: what it was given; None if the forge does not say.
        expires_at: when it ends; None if never, or if the forge does not say.
        missing: what it cannot do, each with the scope that this needs.
        unknown: what could not be tried.
    """

    kind: str
    owner: str | None
    scopes: tuple[str, ...] | None = None
    expires_at: datetime | None = None
    missing: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()


def may_be_token(text: str) -> bool:
    """Whether a text is made of a token's signs alone: of anything else an error would tell more than it should."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text
