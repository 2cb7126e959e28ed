"""Conditions: whether what an alert is about holds at this moment, one function for each kind."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from forgelake.alerts.numbers import Numbers
from forgelake.alerts.verdict import Verdict, compared, unknown
from forgelake.metrics.intervals import Interval
from forgelake.metrics.observed import slice_kind
from forgelake.model.counted import counted
from forgelake.model.period import Period
from forgelake.pipelines.context import Context
from forgelake.settings.alerts import AlertSettings, span
from forgelake.sources.github.token import Token

CHECKING: Final = "check_alerts"
"""The job that looks; it cannot report its own failure."""

TOKEN_DAYS: Final = 14.0
_GRACE: Final = timedelta(hours=1)
"""How long after an archive hour is due it may be on its way before coverage counts it."""


def look(context: Context, numbers: Numbers, alert: AlertSettings) -> Verdict:
    """Look at a condition.

    Raises:
        UsageError, ConfigurationError: the alert asks for what there is not.
        StopError: the lake cannot be read.
    """
    return _LOOKS[alert.kind](context, numbers, alert)


def _threshold(_: Context, numbers: Numbers, alert: AlertSettings) -> Verdict:
    found = numbers.newest(alert)
    if found is None:
        return unknown(f"{alert.metric}: nothing was received")
    now, _before = found
    if now.value is None:
        return unknown(f"{alert.metric} is not known for {now.words}")
    return compared(alert, now.value, f"{alert.metric} is {now.value:,g} in {now.words}")


def _change(_: Context, numbers: Numbers, alert: AlertSettings) -> Verdict:
    found = numbers.newest(alert)
    if found is None:
        return unknown(f"{alert.metric}: nothing was received")
    now, before = found
    for one in found:
        if one.value is None:
            return unknown(f"{alert.metric} is not known for {one.words}")
    if now.value is None or not before.value:
        return unknown(f"{alert.metric} was 0 in {before.words}; nothing can be compared with that")
    percent = (now.value / before.value - 1) * 100
    told = f"{alert.metric} changed by {percent:+.1f}%, from {before.value:,g} to {now.value:,g}"
    return compared(alert, percent, f"{told}, in {before.words}, then {now.words}")


def _missing(_: Context, numbers: Numbers, alert: AlertSettings) -> Verdict:
    length = span(alert.period)
    slices, coverage = numbers.slices(alert, Period(numbers.now - length - timedelta(days=14), numbers.now))
    if not slices:
        return unknown(f"nothing is expected of what {alert.metric} is made from")
    newest = max((min(one.end, numbers.now) for one in slices if one.received), default=None)
    if newest is None:
        return Verdict(True, None, f"nothing of {coverage.expected:,} {coverage.unit}s was received")
    age = numbers.now - newest
    hours = age.total_seconds() / 3600
    words = f"the newest {coverage.unit} ended {hours:,.1f} h ago, at {newest:%Y-%m-%d %H:%M} UTC"
    return Verdict(age > length, hours, f"{words} (told after {alert.period})")


def _coverage(context: Context, numbers: Numbers, alert: AlertSettings) -> Verdict:
    daily = bool(slice_kind(numbers.catalogue.get(alert.metric)))
    delay = timedelta(minutes=context.settings.gharchive.publish_delay_minutes)
    end = Interval.DAY.floor(numbers.now) if daily else Interval.HOUR.floor(numbers.now - delay - _GRACE)
    period = Period(end - span(alert.period), end)
    _, coverage = numbers.slices(alert, period)
    if coverage.share is None:
        return unknown(f"nothing is expected in {period}")
    words = f"{coverage.received:,} of {coverage.expected:,} {coverage.unit}s received in {period}"
    return compared(alert, coverage.share, words)


def _job_failed(context: Context, _: Numbers, alert: AlertSettings) -> Verdict:
    rows = context.state.jobs.all_rows()
    watched = [row for name, row in rows.items() if (name == alert.job if alert.job else name != CHECKING)]
    ended = [row for row in watched if row.finished_at is not None]
    if not ended:
        return unknown(f"{alert.job or 'no job'} has not run yet")
    failing = [row for row in ended if row.failures > (alert.above or 0)]
    worst = max(row.failures for row in ended)
    told = "; ".join(f"{row.name} failed {counted(row.failures, 'time')} in a row: {row.error}" for row in failing)
    return Verdict(bool(failing), worst, told or f"{', '.join(row.name for row in ended)}: the last run did not fail")


def _token_expiring(context: Context, numbers: Numbers, alert: AlertSettings) -> Verdict:
    used = {token.mark for token in Token.all_of(context.settings.github, context.kept_token) if token.secret}
    seen = [row for row in context.state.tokens.all_tokens() if row.token in used]
    if not seen:
        return unknown("no token was used yet")
    ends: list[tuple[datetime, str]] = sorted((row.expires_at, row.token) for row in seen if row.expires_at)
    if not ends:
        return Verdict(False, None, "the API names no end of any token")
    end, mark = ends[0]
    days = (end - numbers.now).total_seconds() / 86_400
    least = TOKEN_DAYS if alert.below is None else alert.below
    words = f"the token {mark} ends at {end:%Y-%m-%d %H:%M} UTC, in {days:,.1f} days (told below {least:g})"
    return Verdict(days < least, days, words)


_LOOKS: Final[Mapping[str, Callable[[Context, Numbers, AlertSettings], Verdict]]] = {
    "threshold": _threshold,
    "change": _change,
    "missing": _missing,
    "coverage": _coverage,
    "job_failed": _job_failed,
    "token_expiring": _token_expiring,
}
