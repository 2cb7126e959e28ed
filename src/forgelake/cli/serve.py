"""``forgelake serve``."""

import importlib
import sys


def serve(*, host: str | None = None, port: int | None = None) -> None:
    """Serve the web API until stopped.

    Args:
        host: Address to listen on; api.host if left out.
        port: Port to listen on, 0 for any free one; api.port if left out.
    """
    from forgelake.app.compose import settings
    from forgelake.app.logs import configure

    chosen = settings({"api.host": host, "api.port": port})
    configure(chosen.log, on_terminal=sys.stderr.isatty())
    # By name: cli and web are siblings, and neither imports the other.
    importlib.import_module("forgelake.web.server").serve(chosen)
