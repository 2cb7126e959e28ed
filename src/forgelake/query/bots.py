"""Accounts that are programs: a list with reasons, and one rule.

The rule: accounts of GitHub Apps end in ``[bot]`` (GitHub's documentation of apps), and no person's login can hold a
bracket. The list is for automation that runs on ordinary accounts, where nothing but knowledge tells it from a person;
it is a data file, ``bots.csv``, so that a line can be added with its reason.
"""

import csv
from importlib.resources import files
from typing import Final, NamedTuple

import pyarrow as pa

from forgelake.state.columns import DescribedColumn

RULE: Final = "[bot]"
BOTS_TABLE: Final = "bots"

BOTS_COLUMNS: Final = (
    DescribedColumn(
        "login", "VARCHAR", f"Account, in small letters; all whose login ends in {RULE} count besides these."
    ),
    DescribedColumn("reason", "VARCHAR", "Why it counts as a program."),
)
ACTOR_IS_BOT: Final = DescribedColumn(
    "actor_is_bot", "BOOLEAN", f"Whether actor_login is in bots or ends in {RULE}; computed when it is read."
)
"""A column that the view ``events`` has beside those of the table."""


class Bot(NamedTuple):
    """An account, by its login in small letters, and why it counts as a program."""

    login: str
    reason: str


def _listed() -> tuple[Bot, ...]:
    text = files("forgelake.query").joinpath("bots.csv").read_text(encoding="utf-8")
    return tuple(Bot(**row) for row in csv.DictReader(text.splitlines()))


BOTS: Final = _listed()


def is_bot(login: str | None) -> bool:
    """Whether an account is a program; the same as ``actor_is_bot`` of the table ``events``."""
    return login is not None and (login.lower().endswith(RULE) or login.lower() in _LOGINS)


def bots_table() -> pa.Table:
    """The list as a table with the columns ``login`` and ``reason``."""
    return pa.table({"login": [bot.login for bot in BOTS], "reason": [bot.reason for bot in BOTS]})


_LOGINS = frozenset(bot.login for bot in BOTS)
