"""A CV on a terminal."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from forgelake.cv.page import Cv
from forgelake.model.counted import counted

_MOST_LANGUAGES: Final = 15
_MOST_PACKAGES: Final = 20
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHADES: Final = " ░▒▓█"


def tables(page: Cv, *, has_styles: bool) -> str:
    """The blocks of a page, as wide as the terminal; with styles only if that shows them."""
    console = Console(color_system="auto" if has_styles else None)
    with console.capture() as written:
        _print(console, page)
    return written.get()


def _print(console: Console, page: Cv) -> None:
    totals = page.totals
    span = f", {totals.first:%Y-%m-%d} to {totals.last:%Y-%m-%d}" if totals.first and totals.last else ""
    repos = counted(totals.repos, "repository")
    console.print(f"{counted(totals.commits, 'commit')} on {counted(totals.days, 'day')} in {repos}{span}")
    aside = [
        f"{lines.added + lines.deleted:,} {reason}" for reason, lines in page.totals.set_aside.items() if lines.files
    ]
    if aside:
        console.print(f"lines set aside: {', '.join(aside)}", style="dim")
    _table(console, "", ("", "total", "52 weeks", "13 weeks", "1 week"), _trends(page))
    _table(console, "Years", ("year", "commits", "days", "added", "deleted", *page.kinds), _years(page))
    _table(console, "Languages", ("language", "commits", "added", "deleted"), _languages(page))
    _table(console, "Packages", ("package", "repositories", "added by you"), _packages(page))
    _punch_card(console, page)


def _trends(page: Cv) -> Iterable[Sequence[str]]:
    for trend in page.trends:
        yield trend.metric, f"{trend.total:,}", f"{trend.weeks_52:,}", f"{trend.weeks_13:,}", f"{trend.weeks_1:,}"


def _years(page: Cv) -> Iterable[Sequence[str]]:
    for year in reversed(page.years):
        numbers = (year.commits, year.days, year.lines.added, year.lines.deleted, *year.kinds.values())
        yield str(year.year), *(f"{number:,}" for number in numbers)


def _languages(page: Cv) -> Iterable[Sequence[str]]:
    for one in page.languages[:_MOST_LANGUAGES]:
        numbers = (one.commits, one.lines.added, one.lines.deleted)
        yield one.language or "other files", *(f"{number:,}" for number in numbers)


def _packages(page: Cv) -> Iterable[Sequence[str]]:
    for one in page.packages[:_MOST_PACKAGES]:
        yield f"{one.ecosystem} {one.name}", f"{one.repos:,}", f"{one.added:,}"


def _table(console: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    listed = list(rows)
    if not listed:
        return
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left")
    for row in listed:
        # Package names come from strangers.
        table.add_row(*("".join(c if c.isprintable() else "?" for c in cell).replace("[", r"\[") for cell in row))
    console.print()
    console.print(table)


def _punch_card(console: Console, page: Cv) -> None:
    most = max(max(row) for row in page.punch_card)
    if not most:
        return
    console.print("\nWeekday and hour, by your own clock")
    for name, row in zip(_WEEKDAYS, page.punch_card, strict=True):
        cells = "".join(_SHADES[-(-number * (len(_SHADES) - 1) // most)] * 2 for number in row)
        console.print(f"{name} {cells}", markup=False, highlight=False)
    console.print("    " + "".join(f"{hour:<6}" for hour in range(0, 24, 3)), style="dim")
