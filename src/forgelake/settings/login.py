"""The sections [login] and [providers.NAME] of forgelake.toml: who may log in, and who vouches for them.

A provider's secret is only ever named there, by a variable or a file that holds it.
"""

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from forgelake.settings.alerts import Held, Names
from forgelake.settings.sections import Section
from forgelake.settings.urls import is_loopback, web_address
from forgelake.settings.values import Lower

GITHUB = "https://github.com"
_ADMIN = re.compile(r"[a-z][a-z0-9_-]{0,59}:\S{1,200}")


def _admins(value: tuple[str, ...]) -> tuple[str, ...]:
    for one in value:
        if not _ADMIN.fullmatch(one):
            message = f'"{one}" is none; write the provider and the login or id there, like github:octocat'
            raise ValueError(message)
    return value


def _lower(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one.casefold().lstrip("@") for one in value)


def _provider(url: str) -> str:
    if not url:
        return url
    parts = urlsplit(web_address(url))
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        message = "secrets are sent there, so it has to be https://"
        raise ValueError(message)
    return url.rstrip("/")


LowerNames = Annotated[Names, AfterValidator(_lower)]


class LoginSettings(Section):
    """How long a login lasts, and who is administrator."""

    admins: Annotated[Names, AfterValidator(_admins)] = Field(
        (),
        description="who becomes administrator where there is none yet, as provider:login or provider:id",
    )
    idle_hours: float = Field(168, gt=0, description="hours without use after which a session ends")
    hours: float = Field(720, gt=0, description="hours after which a session ends at the latest")
    attempts_per_minute: int = Field(
        20, ge=1, description="logins that are begun or ended in a minute from one address, and of one account"
    )


class ProviderSettings(Section):
    """Somebody who vouches for people."""

    kind: Annotated[Literal["github", "oidc"], Lower] = Field(description="github or oidc")
    title: str = Field("", description="what it is called on the page to log in; empty means its name")
    url: Annotated[str, AfterValidator(_provider)] = Field(
        "", description="its address: the issuer of oidc; of github empty for github.com"
    )
    client_id: str = Field(min_length=1, description="what it calls this forgelake")
    client_secret: Held = Field(
        None, description="its secret for this forgelake: env:VARIABLE or file:PATH; github without one is for commands"
    )
    who: Annotated[Literal["listed", "anybody"], Lower] = Field(
        "listed", description="who may log in: listed (by logins, domains or organisations) or anybody it knows"
    )
    logins: LowerNames = Field((), description="logins or ids there that may log in")
    domains: LowerNames = Field((), description="domains of verified e-mail addresses whose people may log in")
    organisations: LowerNames = Field((), description="organisations of github whose members may log in")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind == "oidc" and not self.url:
            message = "kind = oidc needs url, the issuer"
            raise ValueError(message)
        if self.kind == "oidc" and self.organisations:
            message = "organisations are those of github; name logins or domains"
            raise ValueError(message)
        if self.who == "listed" and not (self.logins or self.domains or self.organisations):
            message = "nobody may log in: name logins, domains or organisations, or set who = anybody"
            raise ValueError(message)
        return self

    @property
    def for_browsers(self) -> bool:
        """Whether people log in with it on pages; GitHub takes no code without a secret."""
        return self.kind == "oidc" or self.client_secret is not None
