"""Every setting by its three names: the key in forgelake.toml, the variable, and what the page about settings says.

The names are read off the models, so a new field is known to the file, to the environment and to the docs at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from forgelake import __version__
from forgelake.settings.alerts import AlertSettings, ChannelSettings
from forgelake.settings.login import ProviderSettings
from forgelake.settings.root import UNDER_HOME, Settings
from forgelake.settings.sections import Section

PREFIX = "FORGELAKE_"
CONFIG_VARIABLE = "FORGELAKE_CONFIG"

FILE_SUFFIX = "_FILE"
"""Behind a variable's name: the variable holds the path of a file that holds the value."""

SHORTHANDS = {"FORGELAKE_STORAGE": "storage.uri"}
"""Variables with a second, shorter name; the longer one wins."""

STANDARD = {
    "AWS_ENDPOINT_URL_S3": "storage.endpoint",
    "AWS_ENDPOINT_URL": "storage.endpoint",
    "AWS_REGION": "storage.region",
    "AWS_DEFAULT_REGION": "storage.region",
    "AWS_ACCESS_KEY_ID": "storage.access_key_id",
    "AWS_SECRET_ACCESS_KEY": "storage.secret_access_key",
    "AWS_SESSION_TOKEN": "storage.session_token",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "traces.endpoint",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "traces.endpoint",
}
"""Variables that every S3 client, or everything that sends traces, reads, the first of two winning.

Forgelake's own settings come before them.
"""

RESERVED = frozenset({"FORGELAKE_TEST_DATA"})
"""Names that change nothing here: read by tests and benchmarks only."""

VARIABLE_ONLY = {
    "github.token": "github.token_env (a variable that holds it) or github.token_file (a file)",
    "vault.key": "vault.key_file (a file), or set FORGELAKE_VAULT_KEY",
}
"""Settings that a file must not hold, and how to name them there instead."""


NAMED: dict[str, type[Section]] = {
    "alerts": AlertSettings,
    "channels": ChannelSettings,
    "providers": ProviderSettings,
}
"""Tables that hold any number of sections by names that the person chooses; they have no variables."""


@dataclass(frozen=True, slots=True)
class Key:
    """One setting.

    Attributes:
        section: its table in the file, empty for the top level.
        name: its name within the section.
        description: what it means and in which unit.
        default: its default, as a person would write it.
    """

    section: str
    name: str
    description: str
    default: str

    @property
    def dotted(self) -> str:
        """E.g. ``gharchive.workers``."""
        return f"{self.section}.{self.name}" if self.section else self.name

    @property
    def variable(self) -> str:
        """E.g. ``FORGELAKE_GHARCHIVE_WORKERS``."""
        return PREFIX + self.dotted.replace(".", "_").upper()


def _inner(model: type[Section]) -> Iterator[tuple[str, type[Section]]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield name, field.annotation


def _sections() -> Iterator[tuple[str, type[Section]]]:
    """All sections by name; one within another has a dot in it."""
    for name, model in _inner(Settings):
        yield name, model
        yield from ((f"{name}.{below}", within) for below, within in _inner(model))


def _keys() -> Iterator[Key]:
    sections: dict[str, type[Section]] = {"": Settings, **dict(_sections())}
    for section, model in sections.items():
        within = dict(_inner(model))
        for name, field in model.model_fields.items():
            if name not in within and (section or name not in NAMED):
                yield _key(section, name, field)


def _key(section: str, name: str, field: FieldInfo) -> Key:
    if (section, name) in UNDER_HOME:
        place = f"<home>/{UNDER_HOME[section, name]}"
        return Key(section, name, field.description or "", f"sqlite:///{place}" if name == "url" else place)
    default = None if field.is_required() or field.default_factory else field.default
    return Key(section, name, field.description or "", _written(default).replace(__version__, "<version>"))


def _written(value: object) -> str:
    match value:
        case None:
            return ""
        case Path():
            return f"./{value}"
        case SecretStr():
            return value.get_secret_value()
        case tuple():
            return " ".join(value)
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


KEYS = {key.dotted: key for key in _keys()}
"""All settings, by the name with a dot."""

NAMED_KEYS = {
    key.dotted: key
    for above, model in NAMED.items()
    for key in (_key(f"{above}.NAME", field.alias or name, field) for name, field in model.model_fields.items())
}
"""The settings of sections with names of the person's own, by the name with dots, NAME standing for theirs."""


def key_of(dotted: str) -> Key | None:
    """The setting of that name with dots; None if there is none."""
    above, _, rest = dotted.partition(".")
    if above in NAMED and rest.count(".") == 1:
        return NAMED_KEYS.get(f"{above}.NAME.{rest.partition('.')[2]}")
    return KEYS.get(dotted)


VARIABLES = {key.variable: dotted for dotted, key in KEYS.items()} | SHORTHANDS
"""All variables of forgelake that hold a setting."""

SECTIONS = tuple(name for name, _ in _sections())
"""The tables that the file may have."""
