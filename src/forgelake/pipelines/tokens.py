"""What is known of tokens, in words for a person."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from forgelake.model.errors import UsageError
from forgelake.pipelines.context import Context
from forgelake.state.budgets import Budget

Row: TypeAlias = dict[str, object]


def budgets(context: Context) -> list[Row]:
    """What is left of every budget; unknown once its period is over."""
    now = datetime.now(UTC)
    ends = {(row.api, row.token): row.expires_at for row in context.state.tokens.all_tokens()}
    return [_budget(row, ends.get((row.api, row.token)), now) for row in context.state.budgets.all_rows()]


def _budget(budget: Budget, ends: datetime | None, now: datetime) -> Row:
    left, blocked = budget.left(now), budget.blocked_until
    return {
        "api": budget.api,
        "token": budget.token,
        "resource": budget.resource,
        "left": left,
        "allowance": budget.allowance,
        "share_left": None if left is None or not budget.allowance else round(left / budget.allowance, 3),
        "whole_at": blocked if blocked is not None and blocked > now else budget.reset_at,
        "expires_at": ends,
    }


def costs(context: Context, days: int) -> list[Row]:
    """What jobs spent, by day.

    Raises:
        UsageError: there is no such number of days.
    """
    if days < 1:
        message = f"--days {days} is no number of days; give 1 or more"
        raise UsageError(message)
    since = context.clock().astimezone(UTC).date() - timedelta(days=days - 1)
    return [{**asdict(cost)} for cost in context.state.tokens.costs(since.isoformat())]


def permissions(context: Context) -> list[Row]:
    """What tokens may not read."""
    return [{**asdict(row)} for row in context.state.tokens.missing()]
