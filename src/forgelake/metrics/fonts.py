"""Which fonts vl-convert measures texts in: first its own, Liberation Sans, and those of the machine for the rest.

It would look for the machine's first, and open the file of one anew for each letter that it measures. Its own is in
memory and as wide, so a chart is the same and takes half the time.
"""

import os
from tempfile import NamedTemporaryFile
from typing import Final

_OF_THE_MACHINE: Final = ("/usr/share/fonts", "/usr/local/share/fonts")
_NONE: Final = b"<fontconfig><dir>/nonexistent</dir></fontconfig>"
"""What makes vl-convert find none of the machine's fonts by itself."""


def prefer_own() -> None:
    """Settle it for this process, before its first drawing. Where fontconfig is not used, nothing changes."""
    # Deferred: see ``svg.as_png``.
    import vl_convert

    with NamedTemporaryFile(suffix=".conf") as none:
        none.write(_NONE)
        none.flush()
        os.putenv("FONTCONFIG_FILE", none.name)
        for folder in _OF_THE_MACHINE:
            vl_convert.register_font_directory(folder)
        os.unsetenv("FONTCONFIG_FILE")
