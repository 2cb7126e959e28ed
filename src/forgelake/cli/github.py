"""``forgelake github``: what the tokens have left, what each job spent, and what they may not read."""

from typing import Literal

from forgelake.cli.collect import lake
from forgelake.cli.show import Format, show_rows


def github(
    *,
    show: Literal["budgets", "costs", "permissions"] = "budgets",
    days: int = 7,
    format: Format | None = None,  # noqa: A002 - the option's public name
) -> None:
    """Show what GitHub's API leaves the tokens; nothing is asked, it is what GitHub said last.

    Args:
        show: budgets: what is left of each token, and when it ends; costs: what jobs spent by day; permissions: what is
            missing, and for what.
        days: Days of costs, today included.
        format: table, csv, json, parquet or arrow.
    """
    with lake() as context:
        from forgelake.pipelines import tokens

        columns = {
            "budgets": ["api", "token", "resource", "left", "allowance", "share_left", "whole_at", "expires_at"],
            "costs": ["day", "token", "job", "resource", "requests", "points"],
            "permissions": ["subject", "missing", "token", "since"],
        }
        match show:
            case "budgets":
                rows = tokens.budgets(context)
            case "costs":
                rows = tokens.costs(context, days)
            case "permissions":
                rows = tokens.permissions(context)
        show_rows(rows, columns[show], format)
