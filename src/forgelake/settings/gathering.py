"""Gathering settings from where a person may give them, each with the place it came from.

What nobody would read is a problem, not a warning: a mistyped name would otherwise change nothing, silently.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forgelake.model.errors import nearest
from forgelake.settings.keys import (
    CONFIG_VARIABLE,
    FILE_SUFFIX,
    KEYS,
    NAMED,
    NAMED_KEYS,
    PREFIX,
    RESERVED,
    SECTIONS,
    STANDARD,
    VARIABLE_ONLY,
    VARIABLES,
    key_of,
)
from forgelake.settings.parameters import is_parameter, parameter
from forgelake.settings.toml_file import FILE_NAME, TomlFile, read
from forgelake.settings.urls import absolute

_REFERENCES = frozenset({"github.tokens"})
"""Settings that hold references themselves, and so read them."""

_CREDENTIALS = ("storage.access_key_id", "storage.secret_access_key", "storage.session_token")


@dataclass(frozen=True, slots=True)
class Given:
    """A setting as it was given, and where."""

    value: object
    place: str


@dataclass(slots=True)
class Gathered:
    """What was given so far; a later place wins over an earlier one."""

    settings: dict[str, Given] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def nested(self) -> dict[str, object]:
        """The settings in the shape of the models."""
        nested: dict[str, Any] = {}
        for dotted, given in self.settings.items():
            *sections, name = dotted.split(".")
            target = nested
            for section in sections:
                target = target.setdefault(section, {})
            target[name] = given.value
        return nested


def gather(environ: Mapping[str, str], cwd: Path, overrides: Mapping[str, object]) -> Gathered:
    """Read file, variables and flags, in this order.

    Raises:
        ConfigurationError: the file cannot be read or is not TOML.
    """
    gathered = Gathered()
    # Empty means unset: that is all that a compose file or a CI form can say for "not given".
    environ = {name: value for name, value in environ.items() if value.strip()}
    if (path := _path(environ, cwd)) is not None:
        _take_file(gathered, read(path))
    _take_variables(gathered, environ)
    _take_standard_variables(gathered, environ)
    _take_flags(gathered, overrides)
    _take_token(gathered, environ)
    return gathered


def _path(environ: Mapping[str, str], cwd: Path) -> Path | None:
    """A file that was named must exist; the one in the working folder may."""
    if CONFIG_VARIABLE in environ:
        return absolute(Path(environ[CONFIG_VARIABLE]), cwd)
    beside = cwd / FILE_NAME
    return beside if beside.exists() else None


def _take_file(gathered: Gathered, file: TomlFile) -> None:
    for dotted, value in _flat(file.values):
        if dotted in VARIABLE_ONLY:
            told = f"{dotted} must not stand in a file; name it by {VARIABLE_ONLY[dotted]}"
            gathered.problems.append(f"{file.place(dotted)}: {told}")
        elif key_of(dotted):
            gathered.settings[dotted] = Given(value, file.place(dotted))
        else:
            gathered.problems.append(f"{file.place(dotted)}: {_unknown(dotted)}")


def _flat(values: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for name, value in values.items():
        dotted = f"{above}{name}"
        if isinstance(value, Mapping) and (dotted in SECTIONS or dotted in NAMED or _is_named(dotted)):
            yield from _flat(value, f"{dotted}.")
        else:
            yield dotted, value


def _is_named(dotted: str) -> bool:
    above, _, name = dotted.partition(".")
    return above in NAMED and bool(name) and "." not in name


def _unknown(dotted: str) -> str:
    section, _, name = dotted.rpartition(".")
    if dotted in NAMED or _is_named(dotted):
        return f"write a section with a name of your own like [{dotted.partition('.')[0]}.NAME] and its keys below"
    if _is_named(section):
        keys = [key.name for key in NAMED_KEYS.values() if key.section == f"{section.partition('.')[0]}.NAME"]
        return f'[{section}] has no key "{name}"{nearest(name, keys)}; its keys are {", ".join(keys)}'
    if dotted in SECTIONS:
        return f'"{name}" is a section; write [{dotted}] and its keys below'
    if section:
        good = [key.name for key in KEYS.values() if key.section == section]
        within = [one.removeprefix(f"{section}.") for one in SECTIONS if one.startswith(f"{section}.")]
        also = f", its sections {', '.join(within)}" if within else ""
        return f'[{section}] has no key "{name}"{nearest(name, [*good, *within])}; its keys are {", ".join(good)}{also}'
    top = [key.name for key in KEYS.values() if not key.section]
    listed = f"the keys are {', '.join(top)}, the sections {', '.join((*SECTIONS, *NAMED))}"
    return f'there is no key or section "{name}"{nearest(name, [*top, *SECTIONS, *NAMED])}; {listed}'


def _take_variables(gathered: Gathered, environ: Mapping[str, str]) -> None:
    # Backwards by name, so that FORGELAKE_STORAGE_URI is taken before FORGELAKE_STORAGE looks whether it has to.
    taken: set[str] = set()
    for variable in sorted((name for name in environ if name.startswith(PREFIX)), reverse=True):
        dotted = VARIABLES.get(variable)
        if dotted is not None:
            if dotted not in taken:
                taken.add(dotted)
                _take_variable(gathered, dotted, variable, environ[variable].strip())
        elif variable.endswith(FILE_SUFFIX) and variable.removesuffix(FILE_SUFFIX) in VARIABLES:
            _take_named_file(gathered, variable, environ)
        elif variable not in RESERVED and variable != CONFIG_VARIABLE:
            gathered.problems.append(_unknown_variable(variable))


def _take_variable(gathered: Gathered, dotted: str, variable: str, text: str) -> None:
    place = f"variable {variable}"
    if is_parameter(text) and dotted not in _REFERENCES:
        try:
            gathered.settings[dotted] = Given(parameter(text), f"{text} of {place}")
        except ValueError as error:
            gathered.problems.append(f"{place}: {error}")
    else:
        gathered.settings[dotted] = Given(text, place)


def _take_named_file(gathered: Gathered, variable: str, environ: Mapping[str, str]) -> None:
    """A value that stands in a file, as secrets of containers and services do."""
    value_variable = variable.removesuffix(FILE_SUFFIX)
    path = environ[variable].strip()
    if value_variable in environ:
        told = f"{value_variable} is set too; keep one of them"
    else:
        try:
            if value := Path(path).read_text(encoding="utf-8").strip():
                gathered.settings[VARIABLES[value_variable]] = Given(value, f"file {path} of variable {variable}")
                return
            told = f"the file {path} is empty; write the value into it"
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            told = f"the file {path} cannot be read: {reason}; name a file that holds the value"
    gathered.problems.append(f"variable {variable}: {told}")


def _unknown_variable(variable: str) -> str:
    # What all names begin with would make any two of them alike.
    good = sorted(name.removeprefix(PREFIX) for name in (*VARIABLES, CONFIG_VARIABLE))
    own = variable.removeprefix(PREFIX)
    hint = nearest(own, good).replace('"', f'"{PREFIX}', 1)
    section = [f"{PREFIX}{name}" for name in good if name.startswith(f"{own.partition('_')[0]}_")]
    listed = f"; those of its section are {', '.join(section)}" if section else ""
    return f"variable {variable} is no setting{hint}{listed}; unset it or change its name"


def _take_standard_variables(gathered: Gathered, environ: Mapping[str, str]) -> None:
    # A key is taken whole or not at all: halves of two different keys would only fail at the server.
    own_key = any(dotted in gathered.settings for dotted in _CREDENTIALS)
    whole_key = "AWS_ACCESS_KEY_ID" in environ and "AWS_SECRET_ACCESS_KEY" in environ
    for variable, dotted in STANDARD.items():
        usable = dotted not in _CREDENTIALS or (whole_key and not own_key)
        if variable in environ and usable:
            gathered.settings.setdefault(dotted, Given(environ[variable].strip(), f"variable {variable}"))


def _take_flags(gathered: Gathered, overrides: Mapping[str, object]) -> None:
    for dotted, value in overrides.items():
        if value is None:
            continue
        if dotted in KEYS:
            gathered.settings[dotted] = Given(value, "flag")
        else:
            gathered.problems.append(f"flag: {_unknown(dotted)}")


def _take_token(gathered: Gathered, environ: Mapping[str, str]) -> None:
    """The variable that github.token_env names; FORGELAKE_GITHUB_TOKEN wins."""
    named = gathered.settings.get("github.token_env")
    if named is not None and isinstance(named.value, str) and named.value in environ:
        given = Given(environ[named.value].strip(), f"variable {named.value}")
        gathered.settings.setdefault("github.token", given)
