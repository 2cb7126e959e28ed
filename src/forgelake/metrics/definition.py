"""A metric as its YAML file says it. The models are the format: the JSON Schema and the docs are made from them."""

import hashlib
import re
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from forgelake.lake.columns import Era
from forgelake.metrics.parameters import Declared, Parameter

NAME = r"^[a-z][a-z0-9_]{1,59}$"
Kind: TypeAlias = Literal["instant", "date", "text", "integer", "number", "flag"]
Additivity: TypeAlias = Literal["sum", "last", "max", "distinct", "ratio", "quantile"]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=NAME)]

_CODE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\$([A-Za-z_]\w*)", re.DOTALL)


class Origin(Declared):
    """Where the definition comes from."""

    name: Text = Field(description="who defined it, e.g. CHAOSS: Contributor Absence Factor")
    url: str = Field("", pattern=r"^(https://\S+)?$", description="address of the definition")


class Column(Declared):
    """A column of the answer."""

    name: Name = Field(description="as in the SELECT")
    kind: Kind = Field(description="type of its values")
    role: Literal["dimension", "value"] = Field(description="what is counted by, or what is counted")
    title: str = Field("", description="heading; the name in words if left out")
    unit: str = Field("", description="unit of a value; the metric's if left out")
    additivity: Additivity | None = Field(None, description="how values of several rows may be put together")


class Chart(Declared):
    """How the answer is drawn: a Vega-Lite mark and encodings."""

    mark: Literal["line", "bar", "area", "point", "rect", "tick", "arc"] = Field(description="Vega-Lite mark")
    encoding: dict[str, Any] = Field(description="Vega-Lite encodings; every field is a column")
    series: Annotated[tuple[Name, ...], Field(strict=False)] = Field(
        (), description="columns of one unit that are drawn together in place of y's, a series each"
    )


class Metric(Declared):
    """A metric: what it is, what it is asked with, and the SQL that answers."""

    name: Name = Field(description="the file's name, snake_case")
    title: Text = Field(description="heading")
    description: Text = Field(description="one or two sentences for the reader of a catalogue")
    unit: Text = Field(description="unit of the main value")
    definition: Text = Field(description="exact enough to compute it again by hand")
    source: Origin = Field(description="where the definition comes from")
    tables: Annotated[tuple[str, ...], Field(min_length=1, strict=False)] = Field(description="tables that SQL reads")
    eras: Annotated[tuple[Annotated[Era, Field(strict=False)], ...], Field(min_length=1, strict=False)] = Field(
        description="eras that can answer it; elsewhere there is a gap"
    )
    kind: Literal["series", "table", "value"] = Field(description="a row per bucket, a list, or one row")
    parameters: dict[Name, Parameter] = Field(
        default_factory=dict, description="what it is asked with, besides from and to"
    )
    columns: Annotated[tuple[Column, ...], Field(min_length=1, strict=False)] = Field(
        description="columns of the answer, in order"
    )
    sql: Text = Field(description="DuckDB's dialect; parameters as $name")
    caveats: Annotated[tuple[Text, ...], Field(strict=False)] = Field((), description="what a reader has to know")
    chart: Chart | None = Field(None, description="how it is drawn")
    example: dict[str, Any] = Field(description="a question, by parameter")
    lookback: str = Field(
        "",
        pattern=r"^([1-9][0-9]{0,3}[dh]|period|all)?$",
        description="how far SQL reads before from, e.g. 90d, all, or period: as long again, to compare with",
    )
    fill: bool = Field(default=False, description="whether covered buckets without a row are zero")

    @property
    def digest(self) -> str:
        """Changes when anything in the definition does."""
        return hashlib.blake2b(self.model_dump_json().encode(), digest_size=16).hexdigest()

    @property
    def asked_in_sql(self) -> set[str]:
        """The names of the parameters in the SQL, apart from those in texts and comments."""
        return {found for found in _CODE.findall(self.sql) if found}

    @property
    def compares(self) -> bool:
        """Whether the period is compared with the one of equal length just before it."""
        return self.lookback == "period"

    def lookback_span(self, period: timedelta) -> timedelta | None:
        """How far the SQL reads before a period of that length; None for the whole lake."""
        if self.lookback == "all":
            return None
        if not self.lookback:
            return timedelta(0)
        if self.compares:
            return period
        number = int(self.lookback[:-1])
        return timedelta(days=number) if self.lookback.endswith("d") else timedelta(hours=number)

    @property
    def dimensions(self) -> tuple[Column, ...]:
        """The columns that are counted by."""
        return tuple(column for column in self.columns if column.role == "dimension")

    @property
    def values(self) -> tuple[Column, ...]:
        """The columns that are counted."""
        return tuple(column for column in self.columns if column.role == "value")
