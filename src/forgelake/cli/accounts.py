"""``forgelake accounts``: who there is, who is shown, who is administrator; people's repositories and identities."""

import json
import sys
from typing import Annotated

from cyclopts import App, Parameter

from forgelake.cli import accounts_identities, accounts_repos
from forgelake.cli.collect import lake
from forgelake.cli.show import Format, show_rows, tell
from forgelake.cli.tokens import tell_facts
from forgelake.model.errors import UsageError

app = App(name="accounts", help="People: who there is, their repositories and identities.")
app.command(accounts_repos.app)
app.command(accounts_identities.app)

COLUMNS = ["name", "id", "display_name", "is_admin", "created_at", "last_login_at", "hidden_at"]
LOG_COLUMNS = ["at", "account", "by", "what", "subject"]


@app.command
def login(
    *,
    device: bool = False,
    provider: str | None = None,
    scope: Annotated[tuple[str, ...], Parameter(negative="")] = ("user:email",),
    account: str = "local",
    name: str = "github",
) -> None:
    """Log in at GitHub with a code that is entered in a browser anywhere; the token that comes is kept, encrypted.

    Args:
        device: Show a code and wait; the one way to log in from a terminal.
        provider: Which of the providers of kind github; the only one if left out.
        scope: What the token may do, e.g. repo or read:org; give the option several times for several.
        account: The account whose token it becomes, by name or id.
        name: What to call the token.
    """
    if not device:
        message = "in a browser people log in on /login; on a terminal run: forgelake accounts login --device"
        raise UsageError(message)
    with lake() as context:
        from forgelake.accounts.login.device import DeviceLogin, provider_for_devices
        from forgelake.accounts.vault.tokens import NewToken
        from forgelake.app.people import people
        from forgelake.app.vault import forges, vault

        settings = context.settings
        asked, kept = forges(settings), vault(settings, context.state, people(context).id_of(account))
        flow = DeviceLogin(settings, provider_for_devices(settings, provider))
        called, base = kept.name_for(name), asked.base("github", flow.api_url)
        shown = flow.begin(scope)
        tell(f"enter the code {shown.code} at {shown.address} within {shown.lasts / 60:.0f} minutes")
        secret = flow.token(shown)
        row = kept.add(NewToken(called, "github", base, secret, asked.inspect("github", base, secret)))
    tell(f'token "{row.name}" is kept; it is not shown anywhere')
    tell_facts(row)


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
def export(*, account: str = "local") -> None:
    """Write everything that is a person's as JSON: their CV, and their rows of state and lake; no token, key or link.

    Args:
        account: The account, by name or id.
    """
    with lake() as context:
        from forgelake.accounts.exporting import everything
        from forgelake.accounts.people import OPERATOR
        from forgelake.app.people import people

        known = people(context)
        whose = known.id_of(account)
        document = everything(context, context.lake.now(0), whose, context.clock())
        known.note(whose, OPERATOR, "exported")
    sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


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
