"""Which repositories are compared: what a person wrote, and what is wrong with it, without giving up the rest."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from forgelake.metrics.values import REPO
from forgelake.pages.identity import nearest_names, spelled_in_events, tracked_row
from forgelake.pages.periods import Chosen
from forgelake.pages.site import Site

MOST: Final = 10
_LONGEST: Final = 100
_ADDRESS: Final = re.compile(r"^(https?://)?(www\.)?github\.com/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A name that is not compared, why, and what may have been meant."""

    text: str
    why: str
    near: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared.

    Attributes:
        names: as GitHub writes them, in the order in which they were asked for.
        tracked: those of them that are or were tracked.
        mistakes: what was left out.
        renamed: further names of them, to the one that was asked for.
    """

    names: Sequence[str]
    tracked: Sequence[str]
    mistakes: Sequence[Mistake]
    renamed: Mapping[str, str]


def compared(site: Site, text: str, period: Chosen) -> Compared:
    """The repositories in a text, divided by commas or spaces; addresses at GitHub will do."""
    parts = dict.fromkeys(_ADDRESS.sub("", part).strip("/") for part in re.split(r"[\s,]+", text) if part)
    asked = list({part.lower(): part for part in reversed(parts)}.values())[::-1]
    wrong = [Mistake(part[:_LONGEST], "is not owner/name") for part in asked if not REPO.fullmatch(part)]
    good = [part for part in asked if REPO.fullmatch(part)]
    wrong += [Mistake(part, f"is one too many; {MOST} are compared at once") for part in good[MOST:]]
    taken = good[:MOST]
    rows = {part: tracked_row(site, part) for part in taken}
    spelled = spelled_in_events(site, [part for part, row in rows.items() if row is None], period)
    names: dict[str, str] = {}
    renamed: dict[str, str] = {}
    for part, row in rows.items():
        if row is not None:
            names[part] = next(one for one in row.names if one.lower() == part.lower())
            renamed |= {one: names[part] for one in row.names if one != names[part]}
        elif part.lower() in spelled:
            names[part] = spelled[part.lower()]
        else:
            why = "is neither tracked nor in the events that were looked through"
            wrong.append(Mistake(part, why, nearest_names(site, part)[:3]))
    return Compared(list(names.values()), [names[part] for part, row in rows.items() if row], wrong, renamed)


def without(names: Iterable[str], gone: str) -> str:
    """The others, as a text."""
    return ",".join(name for name in names if name != gone)
