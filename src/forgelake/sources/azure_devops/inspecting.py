"""What a token of Azure DevOps is and may do.

Azure DevOps tells neither scopes nor the end of a token, so what it may read is tried. A token that is not taken is not
always answered by 401: a page to sign in comes, too, as 203 or behind a redirect.
"""

import base64
import json
from typing import Any, Final

from forgelake.model.errors import RetryError
from forgelake.model.forge_tokens import TokenFacts, TokenRefusedError
from forgelake.transport.exchange import Ask, Exchange

LEAST: Final = "a personal access token of the organisation with the scope Code (Read)."
CODE: Final = "repositories, their commits and pull requests"
ANONYMOUS: Final = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
"""The id of nobody, as whom a public organisation answers a request that it lets in without a token."""

_OK, _TOO_MANY = 200, 429


def headers(secret: str) -> dict[str, str]:
    """What a request says to be let in: Basic, with an empty name."""
    return {"Authorization": f"Basic {base64.b64encode(f':{secret}'.encode()).decode()}", "Accept": "application/json"}


def inspect(ask: Ask, base: str, secret: str) -> TokenFacts:
    """What a token is and may do in the organisation at ``base``.

    Raises:
        TokenRefusedError: Azure DevOps does not take it.
        RetryError: its limit is reached, or it does not answer.
    """
    del secret
    user = (_json(ask(f"{base}/_apis/connectionData")) or {}).get("authenticatedUser", {})
    is_somebody = user.get("id", ANONYMOUS) != ANONYMOUS
    reads_code = _json(ask(f"{base}/_apis/git/repositories?api-version=7.1")) is not None
    if not is_somebody and (user or not reads_code):
        message = (
            f"Azure DevOps does not take the token at {base}: it is wrong, expired, or of another organisation. "
            f"What is needed: {LEAST}"
        )
        raise TokenRefusedError(message)
    missing = () if reads_code else ((CODE, "Code (Read)"),)
    return TokenFacts("personal access token", _name(user), missing=missing, unknown=("when it ends",))


def _name(user: dict[str, Any]) -> str | None:
    """The account's name, or its id where the name is an e-mail address."""
    name = user.get("providerDisplayName") or ""
    return name if name and "@" not in name else user.get("id")


def _json(exchange: Exchange) -> dict[str, Any] | None:
    """An object; None for a refusal, however it is put."""
    if exchange.status == _TOO_MANY:
        message = "Azure DevOps' rate limit is reached; try again later"
        raise RetryError(message)
    if exchange.status != _OK or "json" not in exchange.headers.get("content-type", ""):
        return None
    try:
        found = json.loads(exchange.body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
