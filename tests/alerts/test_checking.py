"""Alerts over a real lake: told once, again by rule, and when it is over; a gap raises and clears nothing."""

from pathlib import Path

import pytest

from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.state.runs import RunStatus
from tests.alerts.watching import watched
from tests.servers.hooks import Hooks
from tests.servers.mirror import Fault

BUSY = """
[alerts.busy]
kind = "threshold"
metric = "events"
parameters = { interval = "h" }
above = 5
repeat = "3h"
to = ["team"]
"""


SWING = """
[alerts.swing]
kind = "change"
metric = "events"
parameters = { interval = "h" }
above = 50
below = -50
"""
LONG = BUSY.replace("busy", "long").replace('to = ["team"]', 'for = "2h"')


def test_alerts_are_told_once_then_again_by_rule_and_when_they_are_over(tmp_path: Path, hooks: Hooks) -> None:
    with watched(tmp_path, hooks, BUSY + SWING + LONG) as lake:
        lake.publish({0: 4, 1: 6, 2: 18, 3: 12, 4: 12, 5: 3})
        seen = []
        for last in range(6):
            lake.collect(last)
            assert lake.check() == []
            lake.check()
            seen.append((len(lake.hooks.requests), *(lake.named(name).state for name in ("swing", "long"))))
        assert seen == [
            (0, "quiet", "quiet"),
            (1, "quiet", "pending"),
            (1, "firing", "pending"),
            (1, "quiet", "firing"),
            (2, "quiet", "firing"),
            (3, "firing", "quiet"),
        ]
        assert lake.events() == ["firing", "repeated", "recovered"]
        assert lake.named("swing").value == -75
        first, _, last_told = hooks.told()
        assert (first["alert"], first["value"], first["state"]) == ("busy", 6, "firing")
        assert "events is 6 in 2016-01-01T02:00:00Z to 2016-01-01T03:00:00Z, 100% received" in first["text"]
        assert (last_told["value"], last_told["state"]) == (3, "quiet")
        assert len({told["id"] for told in hooks.told()}) == 3


def test_a_gap_neither_raises_nor_clears(tmp_path: Path, hooks: Hooks) -> None:
    low = BUSY.replace("above = 5", "below = 5").replace('"3h"', '"0"')
    with watched(tmp_path, hooks, low) as lake:
        lake.publish({0: 9, 2: 3, 4: 9})
        lake.collect(0)
        lake.check()
        # Hour 1 is missing for good, which is no low number.
        lake.collect(1)
        lake.passes(hours=3)
        lake.check()
        assert (lake.named("busy").state, lake.named("busy").value, lake.events()) == ("quiet", 9, [])
        lake.collect(2)
        lake.check()
        assert lake.events() == ["firing"]
        lake.collect(3)
        lake.passes(hours=3)
        lake.check()
        assert (lake.named("busy").state, lake.named("busy").value) == ("firing", 3)
        lake.collect(4)
        lake.check()
        assert lake.events() == ["firing", "recovered"]


def test_a_sum_over_a_period_with_a_hole_is_not_known(tmp_path: Path, hooks: Hooks) -> None:
    alert = BUSY.replace('metric = "events"', 'metric = "activity_totals"').replace(
        'parameters = { interval = "h" }', 'period = "3h"\ncolumn = "events"'
    )
    with watched(tmp_path, hooks, alert) as lake:
        lake.publish({0: 9, 2: 9, 3: 1, 4: 1})
        lake.collect(2)
        lake.check()
        status = lake.named("busy")
        assert (status.state, status.value, status.unknown_since) == ("quiet", None, lake.instant)
        assert "activity_totals is not known" in str(status.words)
        lake.collect(4)
        lake.check()
        assert (lake.named("busy").state, lake.named("busy").value, lake.named("busy").unknown_since) == (
            "firing",
            11,
            None,
        )


def test_missing_data_and_low_coverage_are_about_gaps(tmp_path: Path, hooks: Hooks) -> None:
    alerts = """
[alerts.silent]
kind = "missing"
metric = "events"
period = "3h"
[alerts.holes]
kind = "coverage"
metric = "events"
period = "4h"
below = 0.7
"""
    with watched(tmp_path, hooks, alerts) as lake:
        lake.publish({0: 1, 1: 1, 2: 1, 3: 1, 8: 1})
        lake.collect(3)
        lake.check()
        assert (lake.named("silent").state, lake.named("holes").state) == ("quiet", "quiet")
        lake.passes(hours=4)
        lake.check()
        assert (lake.named("silent").state, lake.named("holes").state) == ("firing", "firing")
        assert (lake.named("silent").value, lake.named("holes").value) == (4.5, 0.25)
        lake.collect(8)
        lake.check()
        assert lake.named("silent").state == "quiet"


FAILED = """
[alerts.failed]
kind = "job_failed"
repeat = "1w"
to = ["team"]
"""
DOWN = Fault(status=503)


def test_a_job_that_failed_is_told_until_it_runs_well_again(tmp_path: Path, hooks: Hooks) -> None:
    with watched(tmp_path, hooks, FAILED) as lake:
        lake.check()
        assert lake.named("failed").unknown_since == lake.instant
        for week in range(3):
            lake.job_ends("collect_traffic", RunStatus.FAILED, "no such token")
            # What cannot be told is told by the status, and must not go round in circles.
            lake.job_ends("check_alerts", RunStatus.FAILED, "the hook is down")
            lake.check()
            assert lake.events() == ["firing", "repeated", "repeated"][: week + 1]
            lake.passes(days=7)
        assert "collect_traffic failed 1 time in a row: no such token" in hooks.told()[0]["text"]
        assert "check_alerts" not in hooks.told()[2]["text"]
        lake.job_ends("collect_traffic", RunStatus.DONE)
        lake.check()
        assert lake.events()[3:] == ["recovered"]


def test_a_channel_that_is_down_is_told_everything_later_in_order(tmp_path: Path, hooks: Hooks) -> None:
    with watched(tmp_path, hooks, FAILED) as lake:
        lake.job_ends("collect_traffic", RunStatus.FAILED, "no such token")
        hooks.faults = [DOWN, DOWN]
        for _ in range(2):
            with pytest.raises(RetryError, match="channel team: its address answered 503"):
                lake.check()
        status = lake.named("failed")
        assert (status.state, status.waiting) == ("firing", 1)
        assert "503" in str(status.error)
        lake.job_ends("collect_traffic", RunStatus.DONE)
        hooks.faults = [Fault(refuse=True)]
        with pytest.raises(RetryError) as caught:
            lake.check()
        assert hooks.url not in str(caught.value)
        assert lake.named("failed").waiting == 2
        lake.check()
        assert lake.events()[3:] == ["firing", "recovered"]
        assert (lake.named("failed").waiting, lake.named("failed").error) == (0, None)
        lake.passes(days=91)
        lake.check()
        assert lake.context.state.notices.about("failed") == []


def test_a_channel_that_refuses_is_for_a_person_to_mend(tmp_path: Path, hooks: Hooks) -> None:
    with watched(tmp_path, hooks, FAILED) as lake:
        lake.job_ends("collect_traffic", RunStatus.FAILED, "no such token")
        hooks.faults = [Fault(status=404)]
        with pytest.raises(ConfigurationError, match="answered 404; check url"):
            lake.check()
        assert lake.named("failed").waiting == 1


def test_a_wrong_alert_keeps_no_other_from_being_checked(tmp_path: Path, hooks: Hooks) -> None:
    wrong = """
[alerts.wrong]
kind = "threshold"
metric = "evnts"
above = 1
[alerts.many]
kind = "threshold"
metric = "events_by_type"
above = 1
"""
    with watched(tmp_path, hooks, wrong + FAILED) as lake:
        lake.job_ends("collect_traffic", RunStatus.FAILED, "no such token")
        faults = lake.check()
        assert [fault.partition(":")[0] for fault in faults] == ["wrong", "many"]
        assert 'did you mean "events" or ' in faults[0]
        assert lake.events() == ["firing"]


def test_a_token_is_told_before_it_ends_and_a_new_one_ends_that(tmp_path: Path, hooks: Hooks) -> None:
    alert = FAILED.replace("job_failed", "token_expiring").replace("failed", "token")
    with watched(tmp_path, hooks, alert, FORGELAKE_GITHUB_TOKEN="secret") as lake:
        lake.token_seen("secret", days=15)
        lake.token_seen("of-nobody", days=1)
        lake.check()
        assert lake.events() == []
        lake.passes(days=2)
        lake.check()
        assert lake.events() == ["firing"]
        assert "in 13.0 days" in hooks.told()[0]["text"]
        lake.token_seen("secret", days=None)
        lake.check()
        assert lake.events() == ["firing", "recovered"]


def test_an_alert_that_is_no_longer_set_is_forgotten(tmp_path: Path, hooks: Hooks) -> None:
    with watched(tmp_path, hooks, FAILED) as lake:
        lake.check()
        lake.without_alerts().check()
        assert lake.context.state.alerts.all_rows() == {}
