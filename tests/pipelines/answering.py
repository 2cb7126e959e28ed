"""A lake with a metric that takes as long as it is told to, and questions to it."""

from pathlib import Path

from forgelake.metrics.binding import bind
from forgelake.metrics.catalogue import Catalogue, folders
from forgelake.pipelines.answers import asking
from forgelake.pipelines.context import Context
from forgelake.state.answers import AnswerRow
from tests.pipelines.archive import hours, published
from tests.pipelines.lakes import Lake

FOR_EVER = 100_000_000
"""Rounds that no machine gets through while a test runs."""

_METRIC = """\
name: rounds
title: Rounds
description: Counts events again and again.
unit: rounds
definition: The events of the period, times the rounds.
source: {name: the tests}
tables: [events]
eras: [api-2011, timeline-2012, api-2015, trimmed-2025]
kind: value
parameters:
  rounds: {type: integer, default: 1, minimum: 1, maximum: 100000000}
columns:
  - {name: counted, kind: integer, role: value, additivity: sum}
sql: |
  SELECT count(DISTINCT hash(id, round.range) // 2) * 0 + count(*) AS counted
  FROM events, range($rounds) AS round
  WHERE created_at >= $from AND created_at < $to
example: {from: 2016-01-01, to: 2016-01-02, rounds: 1}
"""


def answering(folder: Path, **variables: str) -> Lake:
    """Two hours of a day, and that metric."""
    (folder / "metrics").mkdir()
    (folder / "metrics" / "rounds.yaml").write_text(_METRIC, encoding="utf-8")
    own = {"FORGELAKE_METRICS_FOLDER": str(folder / "metrics"), **variables}
    lake = Lake(folder / "home", published(folder / "hours", 2), own)
    lake.collect(*hours(2))
    return lake


def ask(context: Context, rounds: int = 1, by: str = "somebody") -> AnswerRow:
    """Ask for rounds over the day."""
    metric = Catalogue.load(folders(context.settings.metrics.folder)).get("rounds")
    given = {"from": "2016-01-01", "to": "2016-01-02", "rounds": str(rounds)}
    bound = bind(metric, given, context.clock())
    return asking.ask(context, asking.question(context, context.lake.now(0), bound), by)
