"""``forgelake cv``: a person's commits from local clones or addresses, with no account and no lake."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from cyclopts import App, Parameter

from forgelake.cli.show import tell
from forgelake.model.errors import UsageError

if TYPE_CHECKING:
    from forgelake.cv.page import Cv
    from forgelake.cv.profile import Profile
    from forgelake.pipelines.commits.gather import Place

DONE, FAILED, DONE_WITH_GAPS = 0, 1, 3
Form: TypeAlias = Literal["table", "json", "html", "pdf", "svg", "badge", "json-resume"]
_EACH = Parameter(negative="")

app = App(name="cv", help="Your commits, counted for a page.")


@app.default
def cv(  # noqa: PLR0913 - the options of one command
    *,
    repo: Annotated[tuple[str, ...], _EACH] = (),
    email: Annotated[tuple[str, ...], _EACH] = (),
    own: Annotated[tuple[Literal["large", "generated", "vendored"], ...], _EACH] = (),
    token_env: str = "",
    format: Form | None = None,  # noqa: A002 - the option's public name
    profile: Path | None = None,
    to: Path | None = None,
) -> int:
    """Count the commits of a person: by day, year, language, kind, package, weekday and hour.

    Commits of the default branch that one of the e-mails authored, no merges. Exit code 3 says that something could not
    be read; what, is told on stderr and in the JSON.

    Args:
        repo: A local clone, or an address like https://host/owner/name.git; give the option several times for several.
        email: The person's e-mail address, in any case; give the option several times for several.
        own: Count as the person's own what is set aside otherwise: large (commits of more than 200 files),
            generated, vendored (files).
        token_env: The variable that holds the token for the addresses, which must be on one server.
        format: table, json, html, pdf, svg (a card), badge or json-resume; a table on a terminal and json elsewhere if
            left out.
        profile: A TOML file with the person's own words, and which blocks are shown in what order.
        to: A file that the answer is written to, instead of stdout; json if no format is named.
    """
    check("cv", repo, email)
    written = profile_in(profile)
    page, notes = _counted(repo, email, own, token_env)
    form = format or ("table" if to is None and sys.stdout.isatty() else "json")
    body = _body(page, written, form, is_kept=to is not None)
    if to is None:
        sys.stdout.buffer.write(body)
    else:
        _keep(to, body)
    code = _told(page)
    for note in notes:
        tell(note)
    return code


def _body(page: "Cv", written: "Profile", form: Form, *, is_kept: bool) -> bytes:
    if form == "table":
        from forgelake.cli.cv_tables import tables

        return tables(page, has_styles=not is_kept).encode()
    if form == "json":
        from forgelake.cv.page import plain

        return json.dumps(plain(page), indent=1).encode() + b"\n"
    from forgelake.pages.cv.forms import as_file

    return as_file(page, written, "CV", form)


def _keep(to: Path, body: bytes) -> None:
    try:
        to.write_bytes(body)
    except OSError as error:
        message = f"{to} cannot be written: {error.strerror}; name a file in a folder that is there and yours with --to"
        raise UsageError(message) from error


def profile_in(file: Path | None) -> "Profile":
    """The person's own words.

    Raises:
        UsageError: the file cannot be read, or something in it is wrong.
    """
    from forgelake.cv.profile import Profile, profile_from_toml

    if file is None:
        return Profile()
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"the profile {file} cannot be read: {error}"
        raise UsageError(message) from error
    try:
        return profile_from_toml(text)
    except UsageError as error:
        message = f"{file}: {error}; docs/cv.md shows a profile"
        raise UsageError(message) from None


def _counted(repos: Iterable[str], emails: Iterable[str], own: Iterable[str], token_env: str) -> "tuple[Cv, list[str]]":
    """The page, and what a person should know that is no gap."""
    from forgelake.app.compose import mining, settings
    from forgelake.cv.page import Aside
    from forgelake.model.addresses import Addresses
    from forgelake.pipelines.commits.counted import counted
    from forgelake.pipelines.commits.gather import gathered
    from forgelake.sources.git.isolation import COUNTED_BY

    chosen = settings()
    found, failures = gathered(mining(chosen, Addresses.of(emails)), places(repos, token_env))
    page = counted(found, chosen.clock(), COUNTED_BY, own=[Aside(one) for one in own], failures=failures)
    return page, strangers([(one.label, one.by_others) for one in found if one.by_others], emails)


def strangers(repos: Sequence[tuple[str, int]], emails: Iterable[str]) -> list[str]:
    """What to say of repositories without a commit of the person: their label, and how many commits they have."""
    whose = " or ".join(emails)
    told = [f"{label}: none of its {commits:,} commits is by {whose}" for label, commits in repos]
    if told:
        told.append(
            "the addresses that a clone knows: git shortlog --summary --email HEAD; give each of yours by --email"
        )
    return told


def places(repos: Iterable[str], token_env: str) -> "list[Place]":
    """Folders and addresses, each once.

    Raises:
        ConfigurationError: git must not be sent to one of them, or there is no token in the variable.
        UsageError: one token would go to several servers.
    """
    from forgelake.app.compose import credentials
    from forgelake.sources.git.isolation import Remote

    secret = credentials(token_env) if token_env else None
    found: list[Place] = [Remote.at(one, secret) if "://" in one else Path(one) for one in dict.fromkeys(repos)]
    hosts = {place.host for place in found if isinstance(place, Remote)}
    if secret is not None and len(hosts) != 1:
        message = "a token is for one server: give --token-env with addresses on one server only"
        raise UsageError(message)
    return found


def check(command: str, repos: Sequence[str], emails: Sequence[str]) -> None:
    """See that it is said whose commits are meant, and where.

    Raises:
        UsageError: it is not.
    """
    if not repos or not emails or not all(map(str.strip, emails)):
        message = f"say whose commits, and where: forgelake {command} --repo PATH --email you@example.org"
        raise UsageError(message)


def _told(page: "Cv") -> int:
    covered = page.coverage
    for failure in covered.failures:
        tell(f"{failure.label}: {failure.reason}")
    for part in page.repos:
        for note in part.notes:
            tell(f"{part.label}: {note}")
    if covered.repos_received == 0:
        return FAILED
    return DONE if covered.is_whole and not any(part.notes for part in page.repos) else DONE_WITH_GAPS
