"""``forgelake accounts identities``: whose commits are a person's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cyclopts import App

from forgelake.cli.collect import lake
from forgelake.cli.show import Format, show_rows, tell

if TYPE_CHECKING:
    from forgelake.accounts.identities import OwnIdentities

app = App(name="identities", help="Say which addresses and accounts are a person's own.")

COLUMNS = ["kind", "value", "login", "forge", "verified_at", "verified_by", "suggested_by", "removed_at"]


@app.command(name="list")
def list_(*, account: str = "local", format: Format | None = None) -> None:  # noqa: A002 - the option's public name
    """Show the addresses and accounts of a person; only verified ones count.

    Args:
        account: The account, by name or id.
        format: table, csv, json, parquet or arrow.
    """
    with _own(account) as own:
        rows = [{name: getattr(one, name) for name in COLUMNS} for one in own.all()]
    show_rows(rows, COLUMNS, format)


@app.command
def add(email: str, /, *, trust: bool = False, account: str = "local") -> None:
    """Have a code mailed to an address, or take the address on your word.

    Args:
        email: The address.
        trust: Take it without a code: whoever runs this server answers for it.
        account: The account, by name or id.
    """
    with _own(account) as own:
        if trust:
            own.trust(email)
        else:
            own.ask(email)
    tell("it counts" if trust else "a code was mailed; forgelake accounts identities verify takes it")


@app.command
def verify(email: str, code: str, /, *, account: str = "local") -> None:
    """Take an address whose code came back.

    Args:
        email: The address.
        code: The code that was mailed to it.
        account: The account, by name or id.
    """
    with _own(account) as own:
        own.confirm(email, code)
    tell("it counts")


@app.command
def remove(value: str, /, *, account: str = "local") -> None:
    """Let an address or account count no more; its commits go with the next collecting, and it does not come back.

    Args:
        value: The address, or the account as the list shows it.
        account: The account, by name or id.
    """
    with _own(account) as own:
        own.remove(value)
    tell("it counts no more")


@app.command
def restore(value: str, /, *, account: str = "local") -> None:
    """Take back that an identity was removed: it can be confirmed again, or comes with its forge's next answer.

    Args:
        value: The address, or the account as the list shows it.
        account: The account, by name or id.
    """
    with _own(account) as own:
        own.restore(value)
    tell("it is a suggestion again, or comes with its forge's next answer: forgelake accounts repos refresh")


@contextmanager
def _own(account: str) -> "Iterator[OwnIdentities]":
    with lake() as context:
        from forgelake.app.collecting import own_identities
        from forgelake.app.people import people

        yield own_identities(context, people(context).id_of(account))
