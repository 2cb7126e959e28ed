"""Loading settings: everything that is wrong is told at once, with its place, the bad value and what would be good."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from forgelake.model.errors import ConfigurationError
from forgelake.settings.gathering import Gathered, gather
from forgelake.settings.keys import key_of
from forgelake.settings.root import Settings
from forgelake.settings.urls import masked

_SECRET = ("access_key_id", "secret_access_key", "session_token", "token", "tokens", "secret", "client_secret", "key")


def load(environ: Mapping[str, str], cwd: Path, overrides: Mapping[str, object] | None = None) -> Settings:
    """Settings from forgelake.toml, then FORGELAKE_* variables, then flags.

    Args:
        environ: the process's environment.
        cwd: absolute folder that relative paths start from and in which forgelake.toml may be.
        overrides: values of flags by the setting's name with a dot, e.g. ``gharchive.workers``; None is no flag.

    Raises:
        ConfigurationError: something is unknown or wrong; the message lists all of it.
    """
    gathered = gather(environ, cwd, overrides or {})
    problems = list(gathered.problems)
    try:
        settings = Settings.model_validate(gathered.nested(), context={"cwd": cwd, "environ": environ})
    except ValidationError as error:
        problems += [_problem(detail["loc"], detail["msg"], gathered) for detail in error.errors(include_url=False)]
    else:
        if not problems:
            return settings
    # Not chained: Pydantic's own message repeats values that may be secret.
    raise ConfigurationError(_message(problems)) from None


def _problem(location: tuple[int | str, ...], said: str, gathered: Gathered) -> str:
    parts = [str(part) for part in location]
    names = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
    dotted = next((name for name in names if key_of(name)), ".".join(parts[:2]))
    reason = _reason(said)
    key = key_of(dotted)
    if key is None:
        return f"[{dotted}] {reason}"
    given = gathered.settings.get(dotted)
    place = given.place if given else "default"
    shown = (
        f" = {_shown(given.value)}" if given and key.name not in _SECRET and key.dotted != "channels.NAME.url" else ""
    )
    return f"{place}: {dotted}{shown} is wrong: {reason} ({key.description})"


def _reason(said: str) -> str:
    text = said.removeprefix("Value error, ").removeprefix("Input ")
    return text.replace("should be", "it should be", 1) if text.startswith("should") else text


def _shown(value: object) -> str:
    return f'"{masked(value)}"' if isinstance(value, str) else masked(str(value))


def _message(problems: list[str]) -> str:
    if len(problems) == 1:
        return f"{problems[0]}; docs/settings.md explains every setting"
    listed = "\n".join(f"  - {problem}" for problem in problems)
    return f"{len(problems)} settings are wrong; docs/settings.md explains every one\n{listed}"
