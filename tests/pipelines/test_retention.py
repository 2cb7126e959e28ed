"""Landed bytes are forgotten when the settings say so, and never before their rows are in the lake."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from forgelake.pipelines.retention import forget_old_bytes
from tests.pipelines.archive import FIRST, PER_HOUR, hours, publish, published, some
from tests.pipelines.lakes import Lake

LATER = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}"


def _forget(lake: Lake, days: str, now: str) -> int:
    with lake.open(FORGELAKE_LANDING_KEEP_DAYS=days, FORGELAKE_NOW=now) as context:
        return forget_old_bytes(context)


def test_bytes_are_kept_for_ever_unless_told_otherwise(tmp_path: Path, lake: Lake) -> None:
    published(tmp_path / "hours", 1)
    lake.collect(FIRST)
    assert _forget(lake, "0", LATER) == 0
    assert len(lake.objects("landing")) == 2


def test_old_bytes_go_and_their_rows_stay(tmp_path: Path, lake: Lake) -> None:
    published(tmp_path / "hours", 2)
    lake.collect(*hours(2))
    assert _forget(lake, "4", LATER) == 0
    assert _forget(lake, "2", LATER) == 2
    assert lake.objects("landing") == []
    assert _forget(lake, "2", LATER) == 0
    assert len(lake.rows()) == 2 * PER_HOUR
    assert lake.collect(*hours(2)).complete


def test_bytes_whose_rows_are_not_in_the_lake_are_kept(tmp_path: Path, lake: Lake) -> None:
    publish(tmp_path / "hours", {FIRST: some(FIRST)})
    lake.collect(FIRST)
    with lake.open() as context:
        (row,) = context.state.ledger.all_rows()
        assert row.receipt is not None
        context.state.ledger.forget(row.key)
        context.state.ledger.landed(row.receipt, context.clock())
    assert _forget(lake, "1", LATER) == 0
    assert len(lake.objects("landing")) == 2
