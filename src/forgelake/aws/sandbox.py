"""What lasts from one call of a function to the next: settings, and the lake that they name, opened once.

Lambda keeps a sandbox for some time, freezes it between calls and ends it without a word.
"""

import uuid
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Final

from forgelake.app.compose import opened, settings
from forgelake.app.logs import configure
from forgelake.pipelines.context import Context
from forgelake.settings.root import Settings
from forgelake.state.owners import name_host

_OPEN: Final = ExitStack()

OWN: Final = {
    # The only place that can be written to.
    "home": Path(gettempdir(), "forgelake"),
    # There are no semaphores that processes could share.
    "gharchive.workers": 1,
    "log.format": "json",
}
"""Settings that follow from where this runs."""


@cache
def chosen() -> Settings:
    """What the variables of the function say.

    Raises:
        ConfigurationError: something in them is wrong.
    """
    return settings(OWN)


@cache
def lake(*, private: bool = True) -> Context:
    """The lake, with logs set up; ``private`` as ``opened`` has it.

    Raises:
        ConfigurationError: something in the settings is wrong, or a place that they name cannot be used.
    """
    name_host(f"lambda-{uuid.uuid4().hex}")
    configure(chosen().log, on_terminal=False)
    return _OPEN.enter_context(opened(chosen(), private=private))
