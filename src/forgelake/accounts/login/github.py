"""GitHub vouches for people: the web flow of an OAuth App or a GitHub App, with PKCE."""

import json
from collections.abc import Mapping
from typing import Any, Final

from forgelake.accounts.login.provider import OK, Asked, Asking, LoginRefusedError, Person, domain_of
from forgelake.settings.login import GITHUB
from forgelake.sources.github.inspecting import headers

_ORGANISATION: Final = "read:org"
_EMAILS: Final = "user:email"


class GithubLogin:
    """Logins of one GitHub, the public one or an own."""

    def __init__(self, asking: Asking, api_url: str) -> None:
        """Args: ``api_url`` is that of the public one; an own one has its API below its address."""
        self._asking = asking
        self.url = asking.settings.url or GITHUB
        self.api_url = api_url if self.url == GITHUB else f"{self.url}/api/v3"

    @property
    def scopes(self) -> tuple[str, ...]:
        """The least that is needed to say who may log in; nothing of what people keep there."""
        listed = self._asking.settings
        needed = ((_ORGANISATION, listed.organisations), (_EMAILS, listed.domains))
        return tuple(scope for scope, names in needed if names and listed.who == "listed")

    def address(self, asked: Asked, state: str) -> str:
        """See ``Provider``."""
        return self._asking.address(f"{self.url}/login/oauth/authorize", asked, state, " ".join(self.scopes))

    def person(self, asked: Asked, code: str) -> Person:
        """See ``Provider``; the token is forgotten."""
        answer = self._asking.token(f"{self.url}/login/oauth/access_token", asked, code)
        return self.person_of(str(answer["access_token"]))

    def person_of(self, token: str) -> Person:
        """Whose token it is, by the number that GitHub never gives to anybody else.

        Raises:
            LoginRefusedError: GitHub does not take the token.
            RetryError: GitHub does not answer.
        """
        sent = headers(token)
        answer = self._asking.get(f"{self.api_url}/user", sent)
        found = self._asking.object(answer) if answer.status == OK else {}
        if not isinstance(found.get("id"), int) or not isinstance(found.get("login"), str):
            message = f"{self._asking.title} does not say who logs in (status {answer.status}); log in again"
            raise LoginRefusedError(message)
        listed = self._asking.settings.organisations if _ORGANISATION in self.scopes else ()
        return Person(
            str(found["id"]),
            found["login"],
            found.get("name") or found["login"],
            self._domains(sent) if _EMAILS in self.scopes else frozenset(),
            frozenset(name for name in listed if self._belongs(name, sent)),
        )

    def _domains(self, sent: Mapping[str, str]) -> frozenset[str]:
        answer = self._asking.get(f"{self.api_url}/user/emails?per_page=100", sent)
        found: list[dict[str, Any]] = json.loads(answer.body) if answer.status == OK else []
        return frozenset(domain_of(one["email"]) for one in found if one.get("verified"))

    def _belongs(self, organisation: str, sent: Mapping[str, str]) -> bool:
        answer = self._asking.get(f"{self.api_url}/user/memberships/orgs/{organisation}", sent)
        return answer.status == OK and self._asking.object(answer).get("state") == "active"
