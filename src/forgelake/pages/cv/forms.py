"""A CV as a file of each form."""

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from forgelake.cv.json_resume import json_resume
from forgelake.cv.page import Cv
from forgelake.cv.profile import Profile
from forgelake.metrics.svg import Drawer
from forgelake.pages.cv.card import badge, card
from forgelake.pages.cv.page import alone
from forgelake.pages.cv.pdf import pdf
from forgelake.pages.cv.view import Shown, shown

_FORMS: Final[Mapping[str, Callable[[Shown, Drawer], bytes]]] = {
    "html": alone,
    "pdf": lambda of, drawer: pdf(of, drawer.draw_all),
    "svg": lambda of, _: card(of),
    "badge": lambda of, _: badge(of),
}


def as_file(cv: Cv, profile: Profile, name: str, form: str) -> bytes:
    """A CV as html, pdf, svg (a card), badge or json-resume; each needs nothing else.

    Raises:
        StopError: it cannot be made.
    """
    with closing(Drawer()) as drawer:
        return drawn_file(cv, profile, Named(name), form, drawer)


@dataclass(frozen=True, slots=True)
class Named:
    """What the person is called where the profile has no name, and where the page is; empty if it is nowhere."""

    name: str
    address: str = ""


def drawn_file(cv: Cv, profile: Profile, named: Named, form: str, drawer: Drawer) -> bytes:
    """The same where something else keeps the drawer.

    Raises:
        StopError: it cannot be made.
    """
    if form == "json-resume":
        document = json_resume(cv, profile, named.name, named.address)
        return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
    return _FORMS[form](shown(cv, profile, named.name), drawer)
