"""How alerts stand: the read model of the command line, the API and the pages."""

from dataclasses import dataclass
from datetime import datetime

from forgelake.pipelines.context import Context


@dataclass(frozen=True, slots=True)
class AlertStatus:
    """An alert as it stands; instants are UTC, and None means that there is none.

    Attributes:
        name, kind, metric: what it is; without a metric empty.
        state: quiet, pending, firing, or unchecked.
        since: since when it is so.
        value: the last value that was known.
        words: what was seen at the last check; only for the operator, as it may name private repositories.
        unknown_since: since when it cannot be said whether it holds.
        checked_at: when it was last checked.
        told_at: when its channels were last told that it fires.
        channels: who is told.
        waiting: notices that its channels have not taken yet.
        error: why a channel did not take the last one; only for the operator.
    """

    name: str
    kind: str
    metric: str
    state: str
    since: datetime | None
    value: float | None
    words: str | None
    unknown_since: datetime | None
    checked_at: datetime | None
    told_at: datetime | None
    channels: tuple[str, ...]
    waiting: int
    error: str | None


def statuses(context: Context) -> list[AlertStatus]:
    """All alerts that are set, as they stand now; only reads."""
    if not context.settings.alerts:
        # Not every state keeps alerts.
        return []
    rows = context.state.alerts.all_rows()
    waiting = context.state.notices.waiting(digests=False)
    found = []
    for name, alert in context.settings.alerts.items():
        row = rows.get(name)
        own = [notice for notice in waiting if notice.subject == name]
        errors = (f"channel {notice.channel}: {notice.error}" for notice in own if notice.error)
        found.append(
            AlertStatus(
                name=name,
                kind=alert.kind,
                metric=alert.metric,
                state=str(row.state) if row else "unchecked",
                since=row.since if row else None,
                value=row.value if row else None,
                words=row.words if row else None,
                unknown_since=row.unknown_since if row else None,
                checked_at=row.checked_at if row else None,
                told_at=row.told_at if row else None,
                channels=alert.to,
                waiting=len(own),
                error=next(errors, None),
            )
        )
    return found
