"""All settings as one frozen value, with every default settled.

Defaults that follow from other settings are filled in here: no other layer sees an empty URI or a relative path.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from forgelake.model.errors import nearest
from forgelake.settings.alerts import NAME, AlertSettings, ChannelSettings
from forgelake.settings.answers import AnswersSettings
from forgelake.settings.api import ApiSettings
from forgelake.settings.git import GitSettings
from forgelake.settings.github import GithubSettings
from forgelake.settings.jobs import JobsSettings
from forgelake.settings.login import LoginSettings, ProviderSettings
from forgelake.settings.metrics import MetricsSettings
from forgelake.settings.sections import (
    BackfillSettings,
    CatalogSettings,
    GharchiveSettings,
    HttpSettings,
    LakeSettings,
    LandingSettings,
    LogSettings,
    Section,
    SparkSettings,
    SqlSettings,
    StateSettings,
    StorageSettings,
    TracesSettings,
)
from forgelake.settings.urls import absolute
from forgelake.settings.values import Folder, Instant, Lower, cwd_of
from forgelake.settings.vault import AzureDevopsSettings, ForgesSettings, GitlabSettings, VaultSettings

UNDER_HOME = {
    ("storage", "uri"): "lake",
    ("state", "url"): "state.db",
    ("catalog", "url"): "catalog.db",
    ("vault", "key_file"): "vault.key",
}
"""Settings whose default is a place under ``home``."""


class Settings(Section):
    """What the person chose."""

    home: Folder = Field(Path("forgelake-data"), description="folder that everything lives under")
    now: Instant | None = Field(
        None,
        description="ISO instant, UTC if it names no offset: stops the clock that decides what is due; empty means now",
    )
    engine: Annotated[Literal["duckdb", "spark"], Lower] = Field(
        "duckdb",
        description="what answers forgelake metrics run, forgelake sql and long questions of the API: duckdb or spark",
    )
    storage: StorageSettings = Field(default_factory=StorageSettings)
    state: StateSettings = Field(default_factory=StateSettings)
    catalog: CatalogSettings = Field(default_factory=CatalogSettings)
    gharchive: GharchiveSettings = Field(default_factory=GharchiveSettings)
    backfill: BackfillSettings = Field(default_factory=BackfillSettings)
    github: GithubSettings = Field(default_factory=GithubSettings)
    gitlab: GitlabSettings = Field(default_factory=GitlabSettings)
    azure_devops: AzureDevopsSettings = Field(default_factory=AzureDevopsSettings)
    forges: ForgesSettings = Field(default_factory=ForgesSettings)
    vault: VaultSettings = Field(default_factory=VaultSettings)
    git: GitSettings = Field(default_factory=GitSettings)
    http: HttpSettings = Field(default_factory=HttpSettings)
    landing: LandingSettings = Field(default_factory=LandingSettings)
    lake: LakeSettings = Field(default_factory=LakeSettings)
    sql: SqlSettings = Field(default_factory=SqlSettings)
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    spark: SparkSettings = Field(default_factory=SparkSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
    answers: AnswersSettings = Field(default_factory=AnswersSettings)
    login: LoginSettings = Field(default_factory=LoginSettings)
    jobs: JobsSettings = Field(default_factory=JobsSettings)
    log: LogSettings = Field(default_factory=LogSettings)
    traces: TracesSettings = Field(default_factory=TracesSettings)
    alerts: dict[str, AlertSettings] = Field(default_factory=dict, description="what is watched, by names of your own")
    channels: dict[str, ChannelSettings] = Field(
        default_factory=dict, description="where notices go, by names of your own"
    )
    providers: dict[str, ProviderSettings] = Field(
        default_factory=dict, description="who vouches for people, by names of your own"
    )

    @model_validator(mode="before")
    @classmethod
    def _settle_places(cls, given: object, info: ValidationInfo) -> object:
        if not isinstance(given, Mapping):
            return given
        home = given.get("home", cls.model_fields["home"].default)
        if not isinstance(home, str | Path) or home == "":
            return given
        settled = dict(given)
        for (section, key), name in UNDER_HOME.items():
            inner = settled.get(section, {})
            if isinstance(inner, Mapping) and inner.get(key, "") == "":
                place = absolute(Path(home), cwd_of(info)) / name
                settled[section] = {**inner, key: f"sqlite:///{place}" if key == "url" else str(place)}
        return settled

    @model_validator(mode="after")
    def _known_channels(self) -> Self:
        for name in (*self.alerts, *self.channels, *self.providers):
            if not NAME.fullmatch(name):
                message = f'"{name}" is no name; write small letters, digits, _ and -'
                raise ValueError(message)
        used = {f"alerts.{name}": alert.to for name, alert in self.alerts.items()}
        for place, channels in {**used, "jobs.weekly_digest": self.jobs.weekly_digest.to}.items():
            for channel in channels:
                if channel not in self.channels:
                    known = f"the channels are {', '.join(self.channels)}" if self.channels else "there are none"
                    message = f'{place}.to names the channel "{channel}"{nearest(channel, self.channels)}; {known}'
                    raise ValueError(message)
        return self

    def clock(self) -> datetime:
        """The instant (UTC) that decides what is due: ``now`` if it is set, else the real one."""
        return self.now or datetime.now(UTC)
