"""``forgelake cv publish|unpublish|profile|export|delete``: the CV of whoever uses this lake alone."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from forgelake.cli.collect import lake
from forgelake.cli.cv import profile_in
from forgelake.cli.show import tell
from forgelake.model.errors import UsageError

if TYPE_CHECKING:
    from forgelake.accounts.cv import Cvs
    from forgelake.pipelines.context import Context


def publish(*, to: Literal["link", "public"] = "link") -> None:
    """Let others see your CV, and print its address.

    Args:
        to: link for those who have the link, which is new each time; public for everybody.
    """
    from forgelake.accounts.vault.tokens import LOCAL
    from forgelake.app.people import people
    from forgelake.cv.profile import Publication

    with _cvs() as (context, cvs):
        path = cvs.publish(LOCAL, Publication(to)).path(people(context).local().name)
        address = context.settings.api.address
    tell(f"published: {to}; shown while forgelake serve or forgelake up runs")
    sys.stdout.write(f"{address}{path}\n")


def unpublish() -> None:
    """Let nobody else see your CV; a link that was given away ends."""
    from forgelake.accounts.vault.tokens import LOCAL
    from forgelake.cv.profile import Publication

    with _cvs() as (_, cvs):
        cvs.publish(LOCAL, Publication.PRIVATE)
    tell("nobody else sees it now")


def profile(file: Path | None = None) -> None:
    """Keep your own words and the order of blocks from a TOML file; without one, show what is kept.

    Args:
        file: The file; docs/cv.md shows one.
    """
    from forgelake.accounts.vault.tokens import LOCAL

    with _cvs() as (_, cvs):
        if file is not None:
            cvs.write(LOCAL, profile_in(file))
        sys.stdout.write(json.dumps(cvs.of(LOCAL).profile.plain(), indent=1, ensure_ascii=False) + "\n")


def export() -> None:
    """Write everything that your CV is made of as JSON: your profile, who may see it, and all numbers."""
    from forgelake.accounts.exporting import cv_document
    from forgelake.accounts.vault.tokens import LOCAL

    with lake() as context:
        document = cv_document(context, context.lake.now(0), LOCAL, context.clock())
    sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def delete() -> None:
    """Forget your profile, and let nobody else see your CV; what was collected stays in the lake.

    Raises:
        UsageError: there is none.
    """
    from forgelake.accounts.vault.tokens import LOCAL

    with _cvs() as (_, cvs):
        if not cvs.delete(LOCAL):
            message = "there is no profile; keep one: forgelake cv profile FILE"
            raise UsageError(message)
    tell("the profile is forgotten")


@contextmanager
def _cvs() -> "Iterator[tuple[Context, Cvs]]":
    from forgelake.accounts.cv import Cvs

    with lake() as context:
        yield context, Cvs(context.state.profiles)
