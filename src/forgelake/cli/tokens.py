"""``forgelake tokens``: tokens of forges, kept encrypted."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App

from forgelake.cli.collect import DONE, DONE_WITH_GAPS, lake
from forgelake.cli.show import Format, show_rows, tell
from forgelake.model.errors import ConfigurationError, RetryError, UsageError
from forgelake.model.forge_tokens import TokenRefusedError, may_be_token

if TYPE_CHECKING:
    from forgelake.state.vault import VaultRow

FAILED = 1
LONGEST = 8192

app = App(name="tokens", help="Keep tokens of GitHub, GitLab and Azure DevOps, encrypted.")

COLUMNS = [
    "name",
    "forge",
    "url",
    "owner",
    "kind",
    "status",
    "scopes",
    "expires_at",
    "last_used_at",
    "missing",
    "unknown",
]


@app.command
def add(
    forge: str,
    /,
    *,
    url: str | None = None,
    name: str | None = None,
    token_env: str = "",
    token_file: Path | None = None,
) -> None:
    """Keep a token, after the forge was asked whose it is, what it may do and when it ends.

    The token is read from stdin unless a variable or a file is named; never from the command line: others see it.

    Args:
        forge: github, gitlab or azure_devops.
        url: Where the forge is, e.g. https://gitlab.example.com or https://dev.azure.com/ORGANISATION.
        name: What to call it; the forge if left out.
        token_env: The variable that holds it.
        token_file: The file that holds it.
    """
    with lake() as context:
        from forgelake.accounts.forges import FORGES
        from forgelake.accounts.vault.tokens import NewToken
        from forgelake.app.vault import forges, vault

        asked, kept = forges(context.settings), vault(context.settings, context.state)
        base = asked.base(forge, url)
        called = kept.name_for(name or forge)
        secret = _secret(f"{FORGES[forge].title} needs {FORGES[forge].least}", token_env, token_file)
        row = kept.add(NewToken(called, forge, base, secret, asked.inspect(forge, base, secret)))
    tell(f'token "{row.name}" is kept; it is not shown again')
    tell_facts(row)


@app.command(name="list")
def list_(*, format: Format | None = None) -> None:  # noqa: A002 - the option's public name
    """Show the kept tokens as the forges last told of them, without their secrets; nothing is asked.

    Args:
        format: table, csv, json, parquet or arrow.
    """
    with lake() as context:
        from forgelake.app.vault import vault

        rows = [_shown(row) for row in vault(context.settings, context.state).all()]
    show_rows(rows, COLUMNS, format)


@app.command
def check(name: str | None = None, /) -> int:
    """Ask the forges about the kept tokens again; exit code 1 if one is refused, 3 if one could not be asked about.

    Args:
        name: One token; all of them if left out.
    """
    code = DONE
    with lake() as context:
        from forgelake.app.vault import forges, vault

        asked, kept = forges(context.settings), vault(context.settings, context.state)
        for row in [kept.row(name)] if name else kept.all():
            try:
                tell_facts(kept.check(row.name, lambda row, secret: asked.inspect(row.forge, row.url, secret)))
            except TokenRefusedError as error:
                code = FAILED
                tell(f'token "{row.name}": {error}')
            except (RetryError, ConfigurationError) as error:
                code = code or DONE_WITH_GAPS
                tell(f'token "{row.name}" was not checked: {error}')
    return code


@app.command
def remove(name: str, /) -> None:
    """Forget a token; at the forge it stays valid until it is revoked there.

    Args:
        name: The token's name.
    """
    with lake() as context:
        from forgelake.app.vault import vault

        row = vault(context.settings, context.state).remove(name)
    tell(f'token "{row.name}" is forgotten; if nobody else needs it, revoke it at {row.url}')


@app.command
def rotate() -> None:
    """Encrypt all kept tokens anew: under a new key in the key file, or under the first key of the variable, or KMS."""
    with lake() as context:
        from forgelake.app.vault import vault

        count = vault(context.settings, context.state).rotate()
    tell(f"{count} tokens are encrypted anew; former keys are needed for older backups only")


def _secret(needed: str, variable: str, file: Path | None) -> str:
    """The token, from the one place that was named."""
    if variable and file:
        message = "give one of --token-env and --token-file"
        raise UsageError(message)
    if variable:
        from forgelake.app.compose import credentials

        text = credentials(variable).token
    elif file:
        text = _read(file)
    elif sys.stdin.isatty():
        from getpass import getpass

        tell(needed)
        text = getpass("Token (not shown): ")
    else:
        text = sys.stdin.read(LONGEST)
    secret = text.strip()
    if not may_be_token(secret) or len(secret) >= LONGEST:
        message = f"that is no token: it must be the token and nothing else. {needed}"
        raise UsageError(message)
    return secret


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(LONGEST)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        message = f"the file {file} cannot be read: {reason}"
        raise UsageError(message) from error


def _shown(row: "VaultRow") -> dict[str, object]:
    from forgelake.accounts.vault.tokens import status

    facts = row.facts
    return {
        "name": row.name,
        "forge": row.forge,
        "url": row.url,
        "owner": facts.owner,
        "kind": facts.kind,
        "status": status(row),
        "scopes": None if facts.scopes is None else " ".join(facts.scopes),
        "expires_at": facts.expires_at,
        "last_used_at": row.last_used_at,
        "missing": "; ".join(f"{what}: {scope}" for what, scope in facts.missing) or None,
        "unknown": "; ".join(facts.unknown) or None,
    }


def tell_facts(row: "VaultRow") -> None:
    """Say whose a token is, when it ends and what it lacks."""
    facts = row.facts
    end = f"ends {facts.expires_at:%Y-%m-%d %H:%M} UTC" if facts.expires_at else "names no end"
    scopes = "" if facts.scopes is None else f", scopes {' '.join(facts.scopes) or 'none'}"
    tell(f"{row.name}: {facts.kind} of {facts.owner or 'somebody'} at {row.url}{scopes}, {end}")
    for what, scope in facts.missing:
        tell(f"{row.name}: missing for {what}: {scope}")
    for what in facts.unknown:
        tell(f"{row.name}: not known: {what}")
