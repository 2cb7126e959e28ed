"""Weekly feedback in words: a week beside one's own usual week. It compares with nobody and blames nobody."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from forgelake.accounts.feedback import Feedback
from forgelake.cv.week import Beside, Week
from forgelake.model.counted import counted
from forgelake.pages.numbers import exact, instant
from forgelake.pages.page import written
from forgelake.pages.weeks import around, name_of

QUIET: Final = "A quiet week. Everybody has them."
UNKNOWN: Final = "Nothing is known of this week yet."
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "commits": ("commit", "commits"),
    "days": ("day with commits", "days with commits"),
    "opened": ("request opened", "requests opened"),
    "merged": ("request merged", "requests merged"),
    "reviewed": ("request reviewed", "requests reviewed"),
}


def page(of: Feedback, now: datetime) -> dict[str, Any]:
    """What the page of a week shows to its person: every repository by its own name."""
    lacking = [f"{one.label}: {one.reason}." for one in of.lacking]
    complete = [_repos_words(of), *lacking, *_other_words(of)]
    return {**_values(of), "complete": complete, "around": around(of.week.period, now)}


def mail(of: Feedback, page_link: str, end_link: str) -> dict[str, str]:
    """The same as a notice's content, for mail, which others may come to read: what is not public goes by the person's
    word for all of it.
    """
    complete = [_repos_words(of), *_lacking_outside(of), *_other_words(of)]
    values = {**_values(of), "complete": complete, "page_link": page_link, "end_link": end_link}
    text, html = (written(f"week_mail.{form}", values) for form in ("txt", "html"))
    return {"title": f"[forgelake] Your week {values['name']}", "text": text, "html": html}


def _values(of: Feedback) -> dict[str, Any]:
    week = of.week
    rows = [
        (_WORDS[one.what][1].capitalize(), _number(of, one), exact(one.usual), _beside(one)) for one in week.numbers
    ]
    return {
        "name": name_of(week.period),
        "period": week.period,
        "said": _said(of),
        "rows": rows,
        "languages": _languages_words(week),
        "compared_with": _before_words(week),
    }


def _said(of: Feedback) -> str:
    if of.week.is_quiet:
        return QUIET if of.is_whole else UNKNOWN
    there = [_counted(one.what, one.number) for one in of.week.numbers if one.number]
    return f"{', '.join(there)}."


def _number(of: Feedback, one: Beside) -> str:
    return exact(one.number if one.number or of.is_known(one.what) else None)


def _beside(one: Beside) -> str:
    """More is told; less is left to the numbers."""
    if one.is_more:
        return "more than usual"
    return "as usual" if one.number == one.usual and one.number else ""


def _counted(what: str, number: int) -> str:
    return counted(number, *_WORDS[what])


def _languages_words(week: Week) -> str:
    if not week.languages:
        return ""
    new = [one.name for one in week.languages if one.is_new]
    all_of_them = ", ".join(f"{one.name} ({_counted('commits', one.commits)})" for one in week.languages)
    return f"Languages: {all_of_them}." + (f" New beside the weeks before: {', '.join(new)}." if new else "")


def _before_words(week: Week) -> str:
    if not week.weeks:
        return "No week before is known to compare with."
    return f"Your usual week is the median of your {counted(week.weeks, 'week')} before."


def _repos_words(of: Feedback) -> str:
    if not of.repos:
        return "No repository is active, so no commit is known."
    verb = "repository was" if of.repos == 1 else "repositories were"
    return f"{of.repos - len(of.lacking):,} of {of.repos:,} {verb} collected since the week was over."


def _lacking_outside(of: Feedback) -> list[str]:
    named = [f"{one.label}: {one.reason}." for one in of.lacking if one.is_public]
    others = Counter(one.reason for one in of.lacking if not one.is_public)
    return [*named, *(f"{of.private_label}, {number} of them: {reason}." for reason, number in others.items())]


def _other_words(of: Feedback) -> list[str]:
    said = list[str]()
    if not of.forges:
        said.append("No forge was asked for pull and merge requests.")
    elif of.asked_at is None:
        said.append("Forges were not asked for pull and merge requests yet.")
    else:
        said.append(f"Pull and merge requests are as forges told of them on {instant(of.asked_at)}.")
    if of.bad_tokens == 1:
        said.append("One of your tokens was refused by its forge, or has expired.")
    elif of.bad_tokens:
        said.append(f"{of.bad_tokens} of your tokens were refused by their forges, or have expired.")
    return said
