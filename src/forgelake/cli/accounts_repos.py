"""``forgelake accounts repos``: which repositories of a person are collected, and what of them is left out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from forgelake.cli.collect import DONE, DONE_WITH_GAPS, lake
from forgelake.cli.show import Format, show_rows, tell
from forgelake.model.counted import counted

if TYPE_CHECKING:
    from forgelake.accounts.repos.choosing import Choices

app = App(name="repos", help="Choose which repositories of a person are collected.")

COLUMNS = [
    "name", "forge", "visibility", "choice", "status", "message", "last_commit_at", "checked_at", "stars", "large",
    "key", "url",
]  # fmt: skip
_EACH = Parameter(negative="")


@app.command(name="list")
def list_(*, account: str = "local", format: Format | None = None) -> None:  # noqa: A002 - the option's public name
    """Show the repositories of an account, and how collecting them stands.

    Args:
        account: The account, by name or id.
        format: table, csv, json, parquet or arrow.
    """
    with _own(account) as own:
        repos = own.all()
    rows: list[dict[str, object]] = [
        {name: getattr(one, name) for name in COLUMNS} | {"status": str(one.status), "large": len(one.large)}
        for one in repos
    ]
    show_rows(rows, COLUMNS, format)


@app.command
def refresh(*, account: str = "local") -> int:
    """Ask the forges of an account's tokens for its repositories; exit code 3 if one could not be asked.

    Args:
        account: The account, by name or id.
    """
    with lake() as context:
        from forgelake.accounts.repos.listing import refresh as ask
        from forgelake.app.collecting import means
        from forgelake.app.people import people

        listing = ask(means(context), people(context).id_of(account), context.clock())
    first = f"{counted(listing.seen, 'repository')}, {listing.new:,} new, {listing.gone:,} gone"
    tell("\n".join([first, *listing.faults]))
    return DONE_WITH_GAPS if listing.faults else DONE


@app.command
def activate(name: str, /, *, account: str = "local") -> None:
    """Have a repository collected, or all of an owner; one that could not be read is tried again.

    Args:
        name: A repository (owner/name), or an owner.
        account: The account, by name or id.
    """
    with _own(account) as own:
        found = own.activate(name)
    tell(
        counted(len(found), "repository is active", "repositories are active")
        + "; forgelake collect accounts collects them now"
    )


@app.command
def deactivate(name: str, /, *, account: str = "local") -> None:
    """Collect a repository no more, or all of an owner, and take its commits out of the lake.

    Args:
        name: A repository (owner/name), or an owner.
        account: The account, by name or id.
    """
    with _own(account) as own:
        found = own.deactivate(name)
    tell(counted(len(found), "repository is collected no more", "repositories are collected no more"))


@app.command
def add(url: str, /, *, account: str = "local") -> None:
    """Have a public repository collected that no token lists.

    Args:
        url: Its address, like https://host/owner/name.git.
        account: The account, by name or id.
    """
    with _own(account) as own:
        one = own.add(url)
    tell(f"{one.name} is active")


@app.command
def remove(name: str, /, *, account: str = "local") -> None:
    """Forget a repository that was added by its address, or that is gone, with its commits.

    Args:
        name: The repository.
        account: The account, by name or id.
    """
    with _own(account) as own:
        one = own.remove(name)
    tell(f"{one.name} is forgotten")


@app.command
def skip(
    name: str,
    /,
    *,
    path: Annotated[tuple[str, ...], _EACH] = (),
    commit: Annotated[tuple[str, ...], _EACH] = (),
    account: str = "local",
) -> None:
    """Leave paths or commits out of a repository, in place of those before; without either, show what is left out.

    Args:
        name: The repository.
        path: A folder or file, as .gitattributes would name it, or an empty text for none; give the option several
            times for several.
        commit: A commit's whole id, or an empty text for none; give the option several times for several.
        account: The account, by name or id.
    """
    with _own(account) as own:
        one = own.skip(name, path or None, commit or None) if path or commit else own.one(name)
    for left_out in (*one.skip.paths, *one.skip.commits):
        tell(f"left out: {left_out}")
    if path or commit:
        tell(f"{one.name} is counted anew with the next collecting")


@app.command
def decide(name: str, commit: str = "", /, *, accept: bool = False, leave: bool = False, account: str = "local") -> int:
    """Say whether a commit of more than 200 files counts; without a commit, show those that wait.

    Args:
        name: The repository.
        commit: The commit's id, or its beginning.
        accept: It counts.
        leave: It is left out.
        account: The account, by name or id.
    """
    with _own(account) as own:
        if not commit or accept == leave:
            waiting = own.one(name).large
            tell("\n".join(f"{one}: {counted(files, 'file')}" for one, files in waiting.items()) or "no commit waits")
            tell("say which one, and one of --accept and --leave")
            return DONE if not commit else 2
        own.decide(name, commit, accept=accept)
    tell("it counts" if accept else "it is left out")
    return DONE


@contextmanager
def _own(account: str) -> "Iterator[Choices]":
    with lake() as context:
        from forgelake.app.collecting import choices
        from forgelake.app.people import people

        yield choices(context, people(context).id_of(account))
