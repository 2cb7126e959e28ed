"""``forgelake accounts``: who there is, who is shown, who is administrator; people's repositories and identities."""

from cyclopts import App

from forgelake.cli import accounts_identities, accounts_repos
from forgelake.cli.collect import lake
from forgelake.cli.show import Format, show_rows, tell

app = App(name="accounts", help="People: who there is, their repositories and identities.")
app.command(accounts_repos.app)
app.command(accounts_identities.app)

COLUMNS = ["name", "id", "display_name", "is_admin", "created_at", "last_login_at", "hidden_at"]
LOG_COLUMNS = ["at", "account", "by", "what", "subject"]


@app.command(name="list")
def list_(*, format: Format | None = None) -> None:  # noqa: A002 - the option's public name
    """Show all accounts.

    Args:
        format: table, csv, json, parquet or arrow.
    """
    with lake() as context:
        rows = [{column: getattr(row, column) for column in COLUMNS} for row in context.state.accounts.all()]
    show_rows(rows, COLUMNS, format)


@app.command
def log(name: str | None = None, /, *, format: Format | None = None) -> None:  # noqa: A002 - the option's public name
    """Show what was done to accounts lately, and by whom.

    Args:
        name: The account; all of them if left out.
        format: table, csv, json, parquet or arrow.
    """
    with lake() as context:
        from forgelake.app.people import people

        known = people(context)
        found = known.log(known.named(name).id if name else None)
        rows = [{column: getattr(row, column) for column in LOG_COLUMNS} for row in found]
    show_rows(rows, LOG_COLUMNS, format)


@app.command
def hide(name: str, /) -> None:
    """Show a person nowhere from now on; nothing is deleted.

    Args:
        name: The account's name.
    """
    _hide(name, hidden=True)


@app.command
def unhide(name: str, /) -> None:
    """Show a hidden person again.

    Args:
        name: The account's name.
    """
    _hide(name, hidden=False)


@app.command
def admin(name: str, /, *, revoke: bool = False) -> None:
    """Let a person hide and delete others.

    Args:
        name: The account's name.
        revoke: Take it back.
    """
    with lake() as context:
        from forgelake.accounts.people import OPERATOR
        from forgelake.app.people import people

        row = people(context).set_admin(name, OPERATOR, is_admin=not revoke)
    tell(f'account "{row.name}" is {"no administrator" if revoke else "administrator"}')


@app.command
def delete(name: str, /) -> None:
    """Delete a person everywhere: logins, tokens, choices, rows of the lake and their files, what was landed, cards.

    It cannot be undone. Backups and exports that were made before still hold it.

    Args:
        name: The account's name.
    """
    with lake() as context:
        from forgelake.accounts import deleting
        from forgelake.accounts.people import OPERATOR
        from forgelake.app.people import people

        row = deleting.delete(context, people(context), name, OPERATOR)
    tell(f'account "{row.name}" is deleted; backups and exports that were made before still hold it')


def _hide(name: str, *, hidden: bool) -> None:
    with lake() as context:
        from forgelake.accounts import deleting
        from forgelake.accounts.people import OPERATOR
        from forgelake.app.people import people

        row = deleting.hide(context, people(context), name, OPERATOR, hidden=hidden)
    tell(f'account "{row.name}" is {"hidden" if hidden else "shown again"}')
