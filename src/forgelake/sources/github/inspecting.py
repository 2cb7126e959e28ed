"""What a token of GitHub is and may do.

A classic token names its scopes in every answer. A fine-grained one does not: what it may read is tried, on a private
repository that it sees, because everybody may read public ones.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from forgelake.model.errors import RetryError
from forgelake.model.forge_tokens import TokenFacts, TokenRefusedError
from forgelake.sources.github.answer import FORBIDDEN, NOT_FOUND, OK, UNAUTHORIZED
from forgelake.sources.github.client import HEADERS
from forgelake.sources.github.limits import is_limited
from forgelake.sources.github.token import Token, ends_at
from forgelake.transport.exchange import Ask, Exchange

LEAST: Final = (
    "a fine-grained token with Contents, Metadata and Pull requests (read) on the repositories, Administration (read) "
    "for traffic, and Email addresses (read) of the account; or a classic one with repo, read:org and user:email; "
    "that can write, too. Public repositories need no scope at all."
)
PRIVATE: Final = "commits of private repositories"
PULLS: Final = "pull requests of private repositories"
TRAFFIC: Final = "traffic"
EMAILS: Final = "e-mail addresses of the account, to confirm whose commits are one's own"
ORGS: Final = "organisations that one belongs to"

_KINDS: Final = {
    "github_pat_": "fine-grained",
    "ghp_": "classic",
    "gho_": "OAuth",
    "ghu_": "App user",
    "ghs_": "App installation",
}
_UNSCOPED: Final = frozenset({"fine-grained", "App user", "App installation"})
_NEEDED: Final = ((PRIVATE, "repo"), (PULLS, "repo"), (TRAFFIC, "repo"), (EMAILS, "user:email"), (ORGS, "read:org"))
_IMPLIED: Final = {"user:email": {"user"}, "read:org": {"write:org", "admin:org"}}
_EMPTY: Final = 409
"""The commits of a repository without any."""

_TRIED: Final = (
    (PRIVATE, "Contents (read)", "commits?per_page=1"),
    (PULLS, "Pull requests (read)", "pulls?per_page=1"),
    (TRAFFIC, "Administration (read)", "traffic/views"),
)


def headers(secret: str) -> dict[str, str]:
    """What a request says to be let in."""
    return {**HEADERS, **Token(secret).headers}


def inspect(ask: Ask, base: str, secret: str) -> TokenFacts:
    """What a token is and may do.

    Raises:
        TokenRefusedError: GitHub does not take it.
        RetryError: GitHub's limit is reached, or it does not answer.
        ValueError, KeyError, TypeError: the answer is none of GitHub's.
    """
    kind = next((kind for prefix, kind in _KINDS.items() if secret.startswith(prefix)), "classic")
    user = _said(ask(f"{base}/user"))
    if user.status != OK:
        reason = "it lasts an hour and belongs to no account" if kind == "App installation" else _message(user)
        message = f"GitHub does not take the token ({user.status}): {reason}. What is needed: {LEAST}"
        raise TokenRefusedError(message)
    owner, end = str(_json(user)["login"]), ends_at(user.headers)
    if kind in _UNSCOPED:
        missing, unknown = _tried(ask, base)
        return TokenFacts(kind, owner, None, end, missing, unknown)
    scopes = tuple(scope.strip() for scope in user.headers.get("x-oauth-scopes", "").split(",") if scope.strip())
    lacking = tuple(pair for pair in _NEEDED if not {pair[1], *_IMPLIED.get(pair[1], ())} & set(scopes))
    return TokenFacts(kind, owner, scopes, end, lacking)


def _tried(ask: Ask, base: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    missing: list[tuple[str, str]] = []
    unknown: list[str] = []
    for purpose, permission, url in _trials(ask, base):
        status = None if url is None else _said(ask(url)).status
        if status in (FORBIDDEN, NOT_FOUND):
            missing.append((purpose, permission))
        elif status not in (OK, _EMPTY):
            unknown.append(purpose)
    return tuple(missing), tuple(unknown)


def _trials(ask: Ask, base: str) -> Iterator[tuple[str, str, str | None]]:
    """What is tried, and where; no address where the token sees no private repository to try it on."""
    yield EMAILS, "Email addresses (read)", f"{base}/user/emails"
    listed = _said(ask(f"{base}/user/repos?visibility=private&sort=pushed&per_page=1"))
    repos = _json(listed) if listed.status == OK else []
    for purpose, permission, path in _TRIED:
        yield purpose, permission, f"{base}/repos/{repos[0]['full_name']}/{path}" if repos else None


def _said(exchange: Exchange) -> Exchange:
    if is_limited(exchange):
        message = "GitHub's rate limit is reached; try again later"
        raise RetryError(message)
    if exchange.status == UNAUTHORIZED:
        message = "GitHub refuses the token (401): it is wrong, expired or revoked"
        raise TokenRefusedError(message)
    return exchange


def _json(exchange: Exchange) -> Any:
    return json.loads(exchange.body)


def _message(exchange: Exchange) -> str:
    try:
        return str(json.loads(exchange.body)["message"])[:200]
    except (ValueError, TypeError, KeyError):
        return "it says no more"
