"""The sections [alerts.NAME] and [channels.NAME] of forgelake.toml: what a person is told without asking, and where.

Secrets are only ever named there, by a variable or a file that holds them.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, model_validator

from forgelake.settings.sections import Section
from forgelake.settings.tracking import TokenReference, reference
from forgelake.settings.urls import web_address
from forgelake.settings.values import Lower

NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_SPAN: Final = re.compile(r"([1-9][0-9]{0,3})([mhdw])|0")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ADDRESS: Final = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+")


def span(text: str) -> timedelta:
    """A checked ``for``, ``every`` or ``repeat`` as a length of time."""
    found = _SPAN.fullmatch(text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found and found[2] else timedelta()


def _span(text: str) -> str:
    if _SPAN.fullmatch(text.strip().lower()) is None:
        message = "write a length of time like 30m, 6h, 1d or 2w"
        raise ValueError(message)
    return text.strip().lower()


def _listed(value: object) -> object:
    return tuple(value.split()) if isinstance(value, str) else value


def _parameters(value: object) -> object:
    if not isinstance(value, Mapping) or not all(isinstance(one, str | int | float) for one in value.values()):
        message = 'write the parameters of the metric like { repo = "octo/cat", interval = "d" }'
        raise ValueError(message)
    return {str(name): str(one) for name, one in value.items()}


def _addresses(value: tuple[str, ...]) -> tuple[str, ...]:
    for one in value:
        if not _ADDRESS.fullmatch(one):
            message = "write a list of addresses like someone@example.org"
            raise ValueError(message)
    return value


def _place(value: object, info: ValidationInfo) -> object:
    """An address, or where one is held that is a secret itself."""
    if isinstance(value, str) and "://" in value:
        return TokenReference("given in the file", SecretStr(web_address(value)))
    return _held(value, info)


def _held(value: object, info: ValidationInfo) -> object:
    return reference(value, info, "secret") if isinstance(value, str) and value else value


Span = Annotated[str, AfterValidator(_span)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Held = Annotated[TokenReference | None, BeforeValidator(_held)]


class AlertSettings(Section):
    """When somebody is told, and on which channels."""

    kind: Annotated[Literal["threshold", "change", "missing", "coverage", "job_failed", "token_expiring"], Lower] = (
        Field(description="threshold, change, missing, coverage, job_failed or token_expiring")
    )
    metric: str = Field("", description="metric that is asked; missing and coverage look at what it is made from")
    parameters: Annotated[dict[str, str], BeforeValidator(_parameters)] = Field(
        default_factory=dict, description='its parameters, e.g. { repo = "octo/cat", interval = "d" }'
    )
    column: str = Field("", description="column of its answer; empty means the first that holds a value")
    period: Span = Field(
        "1d", description="length of time that is looked at, up to the last whole hour or day received"
    )
    above: float | None = Field(None, description="the condition holds above this; percent for change")
    below: float | None = Field(
        None,
        description="the condition holds below this; percent for change, days for token_expiring, 0 to 1 for coverage",
    )
    complete: float = Field(
        1, ge=0, le=1, description="least share of what is expected that was received, for a number to count as known"
    )
    job: str = Field("", description="job that is watched by job_failed; empty means every one")
    hold: Span = Field(
        "0", alias="for", description="how long the condition has to hold, e.g. 30m, 6h or 1d; 0 means not at all"
    )
    repeat: Span = Field("1d", description="how long until it is told again while it goes on; 0 means once")
    to: Names = Field((), description="channels that are told, by their names")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind in ("threshold", "change", "missing", "coverage") and not self.metric:
            message = f"kind = {self.kind} needs a metric; see: forgelake metrics list"
            raise ValueError(message)
        if self.kind in ("threshold", "change") and self.above is None and self.below is None:
            message = f"kind = {self.kind} needs above, below or both"
            raise ValueError(message)
        if self.kind == "coverage" and self.below is None:
            message = "kind = coverage needs below, a share from 0 to 1"
            raise ValueError(message)
        return self


class ChannelSettings(Section):
    """Where notices go."""

    kind: Annotated[Literal["email", "webhook", "slack", "github_issue"], Lower] = Field(
        description="email, webhook, slack or github_issue"
    )
    url: Annotated[TokenReference | None, BeforeValidator(_place)] = Field(
        None,
        description="address of a webhook, or env:NAME, file:PATH or ssm:NAME that holds it; of slack only held",
    )
    secret: Held = Field(
        None,
        description="key that signs a webhook, or password of the mail server: env:NAME, file:PATH or ssm:NAME",
    )
    host: str = Field("", description="mail server")
    port: int = Field(0, ge=0, le=65535, description="its port; 0 means 465 for tls, 587 for starttls, 25 for none")
    security: Annotated[Literal["tls", "starttls", "none"], Lower] = Field(
        "tls", description="how the mail server is spoken to: tls, starttls or none"
    )
    user: str = Field("", description="account at the mail server; empty means none")
    sender: Annotated[str, AfterValidator(lambda text: _addresses((text,))[0] if text else "")] = Field(
        "", alias="from", description="address that mail comes from"
    )
    to: Annotated[Names, AfterValidator(_addresses)] = Field((), description="addresses that mail goes to")
    repo: str = Field("", description="repository that issues are opened in: owner/name")
    labels: Names = Field((), description="labels of issues")
    token: Held = Field(
        None,
        description="token that may write issues: env:NAME, file:PATH or ssm:NAME; left out: the one of [github]",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        needed = {
            "email": {"host": self.host, "from": self.sender, "to": self.to},
            "webhook": {"url": self.url, "secret": self.secret},
            "slack": {"url": self.url},
            "github_issue": {"repo": self.repo},
        }[self.kind]
        if missing := [name for name, value in needed.items() if not value]:
            message = f"kind = {self.kind} needs {', '.join(missing)}"
            raise ValueError(message)
        if self.kind == "slack" and self.url is not None and self.url.text == "given in the file":
            message = "the address of a Slack webhook is a secret: name it as env:VARIABLE, file:PATH or ssm:NAME"
            raise ValueError(message)
        if self.kind == "email" and bool(self.user) != bool(self.secret):
            message = "user and secret go together; set both or none"
            raise ValueError(message)
        return self
