"""The section [github] of forgelake.toml: which API, which token, and whose events.

The token is only ever named there, by a variable or a file that holds it: files of settings get copied and committed.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo

from forgelake.settings import urls
from forgelake.settings.sections import Section
from forgelake.settings.tracking import Languages, Searches, TokenReferences, Topics
from forgelake.settings.values import Endpoint, Lower, cwd_of

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?")
_REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")


def _names(shape: re.Pattern[str], good: str) -> Callable[[object], object]:
    """Space-separated text or a list; each name once, whatever its case, in the order given."""

    def names(value: object) -> object:
        listed = value.split() if isinstance(value, str) else value
        if not isinstance(listed, Sequence) or not all(isinstance(name, str) for name in listed):
            message = f"write a list of names like {good}"
            raise ValueError(message)
        once: dict[str, str] = {}
        for name in listed:
            if not shape.fullmatch(name):
                message = f'"{name}" is no such name; write it like {good}'
                raise ValueError(message)
            once.setdefault(name.lower(), name)
        return tuple(once.values())

    return names


def _file(value: object, info: ValidationInfo) -> object:
    return str(urls.absolute(Path(value), cwd_of(info))) if isinstance(value, str) and value else value


Repos = Annotated[tuple[str, ...], BeforeValidator(_names(_REPO, "owner/name"))]
Logins = Annotated[tuple[str, ...], BeforeValidator(_names(_LOGIN, "octocat"))]


class GithubSettings(Section):
    """What is asked of GitHub's API, with which token, and how often."""

    api_url: Endpoint = Field("https://api.github.com", min_length=1, description="base URL of the API")
    token: SecretStr = Field(SecretStr(""), description="the token itself: only as a variable, never in the file")
    token_env: str = Field("", description="name of the variable that holds the token")
    token_file: Annotated[str, BeforeValidator(_file)] = Field("", description="file that holds the token")
    tokens: TokenReferences = Field(
        (),
        description="further tokens, as env:NAME, file:PATH, ssm:NAME or vault:NAME; each has a budget of its own",
    )
    repos: Repos = Field((), description="tracked repositories: owner/name")
    orgs: Logins = Field((), description="tracked organisations")
    users: Logins = Field((), description="tracked users")
    owners: Logins = Field((), description="accounts and organisations all of whose repositories are tracked")
    topics: Topics = Field((), description="topics whose repositories are counted every day")
    searches: Searches = Field((), description="searches that are counted every day: name=query, e.g. big=stars:>1000")
    top_repos: int = Field(
        100, ge=0, le=10_000, description="repositories with the most stars that are kept of each topic and search"
    )
    topic_languages: Languages = Field(
        (), description="main languages by which each topic and search is counted, e.g. Python"
    )
    release_lists: int = Field(
        100, ge=0, description="repositories a day whose list of more than 10 releases is asked for as a whole"
    )
    events: Annotated[Literal["all", "public", "tracked"], Lower] = Field(
        "all", description="timelines that are polled: public, tracked (those of repos, orgs and users) or all"
    )
    poll_seconds: float = Field(
        60, ge=1, description="seconds between two polls of a timeline where the API asks for no interval"
    )
    commit_seconds: float = Field(
        300, ge=1, description="seconds of polling that one commit to the lake takes up at most"
    )
