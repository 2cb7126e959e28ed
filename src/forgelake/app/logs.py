"""Logs on stderr: text for people, one JSON object a line for machines."""

import logging
import sys

import structlog

from forgelake.settings.sections import LogSettings


def configure(chosen: LogSettings, *, on_terminal: bool) -> None:
    """Set up logging for the process.

    On a terminal a progress bar tells the story, so only warnings interrupt it unless another level was asked for.
    """
    as_json = chosen.format == "json" or (chosen.format == "auto" and not on_terminal)
    level = logging.getLevelNamesMapping()[chosen.level.upper()]
    if on_terminal and chosen.level == "info":
        level = logging.WARNING
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=on_terminal)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # pyiceberg and its kind log through the standard library; what they repeat we say ourselves.
    form = "%(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=max(level, logging.WARNING), stream=sys.stderr, format=form)
