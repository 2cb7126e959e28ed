"""``forgelake keys``: who may use the web API."""

from typing import Annotated

from cyclopts import App, Parameter

from forgelake.cli.collect import lake
from forgelake.cli.show import Format, show_rows, tell

app = App(name="keys", help="Make, list and revoke keys of the web API.")

COLUMNS = ["id", "name", "scopes", "status", "created_at", "expires_at", "last_used_at"]


@app.command
def create(
    name: str,
    /,
    *,
    scope: Annotated[tuple[str, ...], Parameter(negative="")] = ("read",),
    expires: str | None = None,
    account: str | None = None,
) -> None:
    """Make a key and write it to stdout; it is shown this once and kept nowhere.

    Args:
        name: What it is for.
        scope: What it allows: read, sql, jobs or admin; give the option several times for several.
        expires: After how long it ends by itself, e.g. 12h, 90d or 1y; never if left out.
        account: Who asks with it; it is deleted with that account. Nobody if left out.
    """
    with lake() as context:
        from forgelake.accounts.keys import Keys
        from forgelake.app.people import people

        owner = people(context).named(account) if account else None
        made = Keys(context.state.api_keys).create(name, scope, expires, owner.id if owner else None)
    print(made.secret)  # noqa: T201 - the one thing that goes to stdout
    until = f"until {made.row.expires_at:%Y-%m-%d %H:%M} UTC" if made.row.expires_at else "until it is revoked"
    tell(f'key {made.row.id} "{made.row.name}" allows {", ".join(made.row.scopes)} {until}; it is not shown again')


@app.command(name="list")
def list_(*, format: Format | None = None) -> None:  # noqa: A002 - the option's public name
    """Show all keys, without their secrets.

    Args:
        format: table, csv, json, parquet or arrow.
    """
    with lake() as context:
        from forgelake.accounts.keys import Keys, now_in_utc, status

        rows = [
            {
                "id": row.id,
                "name": row.name,
                "scopes": " ".join(row.scopes),
                "status": status(row, now_in_utc()),
                "created_at": row.created_at,
                "expires_at": row.expires_at,
                "last_used_at": row.last_used_at,
            }
            for row in Keys(context.state.api_keys).all()
        ]
    show_rows([dict[str, object](row) for row in rows], COLUMNS, format)


@app.command
def revoke(name: str, /) -> None:
    """End a key at once; a running server notices within seconds.

    Args:
        name: The key's name or id.
    """
    with lake() as context:
        from forgelake.accounts.keys import Keys

        row = Keys(context.state.api_keys).revoke(name)
    tell(f'key {row.id} "{row.name}" is revoked')
