"""The ranking as a page: who joined it, by commits or days with commits of the last weeks."""

from collections.abc import Iterable, Mapping
from typing import Final

from forgelake.accounts.ranking import Standing, ranking
from forgelake.cv.counting import WEEKS
from forgelake.metrics.values import ParameterError
from forgelake.pages.addresses import RANKING, Query
from forgelake.pages.page import Page
from forgelake.pages.site import Site

METRICS: Final = {"commits": "commits", "days": "commit days"}
"""What one can be ranked by, and what a CV's trends call it."""

QUESTIONS: Final[Mapping[str, Query]] = {
    f"{by}-{weeks}": {"by": by, "weeks": str(weeks)} for by in METRICS for weeks in WEEKS
}
"""All rankings that there are."""

USUAL: Final = QUESTIONS["commits-52"]
"""The one that is shown where none is asked for."""


def check(by: str, weeks: str) -> None:
    """Refuse what nobody is ranked by.

    Raises:
        ParameterError: it is not the name of a ranking, or not a number of weeks that a CV counts.
    """
    if by not in METRICS:
        raise ParameterError(parameter="by", value=by, good=" or ".join(METRICS))
    if weeks not in map(str, WEEKS):
        raise ParameterError(parameter="weeks", value=weeks, good="52, 13 or 1, as on every CV")


def ranking_page(site: Site, standings: Iterable[Standing], by: str, weeks: str) -> Page:
    """The page.

    Args:
        standings: of those who are ranked.
        by: a name of ``METRICS``.
        weeks: one of ``WEEKS``; see ``check``.
    """
    asked = {"by": by, "weeks": weeks}
    lines = ranking(standings, METRICS[by], WEEKS.index(int(weeks)))
    link = site.addresses.page
    choices = [
        (f"{METRICS[one['by']].capitalize()}, {_span(one['weeks'])}", link(*RANKING, query=one), one == asked)
        for one in QUESTIONS.values()
    ]
    values = {
        "lines": [(one, link("cv", one.account)) for one in lines],
        "metric": METRICS[by],
        "spans": [_span(str(number)) for number in WEEKS],
        "choices": choices,
    }
    return Page("ranking", "Ranking", RANKING, values)


def _span(weeks: str) -> str:
    return f"{weeks} week" if weeks == "1" else f"{weeks} weeks"
