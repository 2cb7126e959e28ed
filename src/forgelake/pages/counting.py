"""A question that takes long, on a page: a worker counts, and the page says how far it is until the answer is there."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from forgelake.jobs.waiting import look_again, note
from forgelake.metrics.answer import Answer
from forgelake.metrics.binding import Bound
from forgelake.model.coverage import percent
from forgelake.model.errors import UsageError
from forgelake.pages.addresses import API
from forgelake.pages.panel import DRAWINGS, NUMBERS, Panel
from forgelake.pages.site import Failure, Site
from forgelake.pipelines.answers import asking, result
from forgelake.state.answers import AnswerRow, AnswerState, FullError

SOONEST_SECONDS = 5
ANSWER = "answer"
"""The parameter of a page's address that names an answer."""
_OVER = (AnswerState.EXPIRED, AnswerState.CANCELLED)
"""What is asked anew by whoever opens its page."""


@dataclass(frozen=True, slots=True)
class Counting:
    """What a page says of an answer that is under way.

    Attributes:
        share: from 0 to 1, None while it is not known; ``words`` say what it counts, or why it waits.
        again: seconds until the page looks again, at ``href``.
        answer: where a program sees the same.
    """

    state: str
    share: float | None
    words: str
    again: int
    href: str | None
    answer: str


def counted(site: Site, bound: Bound, known: str) -> AnswerRow | None:
    """Have a long question answered: returns the answer, which the site has from now on if it is there.

    Args:
        known: the id of the answer that the page waits for; empty for a page that is opened anew.

    Returns:
        None for a question that is answered at once.
    """
    row = asking.find(site.context, known) if known else None
    if row is None or row.state in _OVER or (row.metric, row.parameters) != (bound.metric.name, bound.texts):
        question = asking.question(site.context, site.snapshot, bound)
        if not site.asker or not asking.is_long(site.context, question):
            return None
        try:
            row = asking.ask(site.context, question, site.asker)
        except (UsageError, FullError) as error:
            site.hold(bound, Failure(str(error)))
            return None
    if not row.under_way:
        site.hold(bound, _made(site, row))
    return row


def counting(site: Site, row: AnswerRow) -> Counting:
    """What to say of an answer that is under way."""
    query = {**row.parameters, ANSWER: row.id}
    words = f"{percent(row.share)} of {row.share_of}" if row.share is not None else note(site.context, row)
    return Counting(
        row.state,
        row.share,
        words,
        max(SOONEST_SECONDS, look_again(row, site.now)),
        site.addresses.page("explore", row.metric, query=query),
        f"{API}/answers/{row.id}",
    )


def linked(panel: Panel, row: AnswerRow) -> Panel:
    """A panel whose numbers are to be had of the answer that is there, not counted again."""
    address = f"{API}/answers/{row.id}/result"
    forms: Mapping[str, str] = {label: form for form, label in {**NUMBERS, **DRAWINGS}.items()}
    links = {label: f"{address}.{forms[label]}" for label in panel.links}
    return replace(panel, links=links, spec=f"{address}.vegalite" if panel.spec else None, embeds=())


def _made(site: Site, row: AnswerRow) -> Answer | Failure:
    if row.state is AnswerState.FAILED:
        return Failure(f"It could not be counted: {row.error}")
    try:
        return result.read(site.context, site.catalogue, row)
    except UsageError as error:
        return Failure(str(error))
