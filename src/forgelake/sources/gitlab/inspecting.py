"""What a token of GitLab is and may do: ``GET /personal_access_tokens/self``, which every scope may ask."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from forgelake.model.errors import RetryError
from forgelake.model.forge_tokens import TokenFacts, TokenRefusedError
from forgelake.transport.exchange import Ask, Exchange

LEAST: Final = (
    "a personal access token with read_repository (commits) and read_api (the list of projects, merge requests, one's "
    "own addresses); group and project tokens do as well."
)
COMMITS: Final = "commits of private projects"
API: Final = "list of projects, merge requests and one's own addresses"

_NEEDED: Final = ((COMMITS, "read_repository", {"write_repository", "api"}), (API, "read_api", {"api"}))
_OK, _UNAUTHORIZED, _TOO_MANY = 200, 401, 429


def headers(secret: str) -> dict[str, str]:
    """What a request says to be let in."""
    return {"PRIVATE-TOKEN": secret}


def inspect(ask: Ask, base: str, secret: str) -> TokenFacts:
    """What a token is and may do.

    Raises:
        TokenRefusedError: GitLab does not take it.
        RetryError: GitLab's limit is reached, or it does not answer.
        ValueError, KeyError, TypeError: the answer is none of GitLab's.
    """
    del secret
    told = _said(ask(f"{base}/personal_access_tokens/self"))
    if told.status != _OK:
        message = (
            f"{base} does not tell what the token is ({told.status}): it is no GitLab 15.5 or newer, "
            f"or not a token that can be kept. What is needed: {LEAST}"
        )
        raise TokenRefusedError(message)
    token = _json(told)
    if not token.get("active", True) or token.get("revoked"):
        message = "GitLab says that the token was revoked or has expired"
        raise TokenRefusedError(message)
    scopes = tuple(str(scope) for scope in token["scopes"])
    lacking = tuple((what, need) for what, need, wider in _NEEDED if not {need, *wider} & set(scopes))
    return TokenFacts("personal access token", _owner(ask, base), scopes, _end(token.get("expires_at")), lacking)


def _owner(ask: Ask, base: str) -> str | None:
    """The account's name, which a token for repositories alone may not ask."""
    user = _said(ask(f"{base}/user"))
    return str(_json(user)["username"]) if user.status == _OK else None


def _end(day: str | None) -> datetime | None:
    """A token ends at midnight UTC of the day that GitLab names."""
    return None if day is None else datetime.fromisoformat(day).replace(tzinfo=UTC)


def _said(exchange: Exchange) -> Exchange:
    if exchange.status == _TOO_MANY:
        message = "GitLab's rate limit is reached; try again later"
        raise RetryError(message)
    if exchange.status == _UNAUTHORIZED:
        message = f"GitLab refuses the token (401): it is wrong, expired or revoked. What is needed: {LEAST}"
        raise TokenRefusedError(message)
    return exchange


def _json(exchange: Exchange) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(exchange.body)
    return found
