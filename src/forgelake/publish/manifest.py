"""The manifest by which Amazon QuickSight finds a data set's file in S3.

QuickSight takes text files only, all of one manifest with the same columns, so every data set has a manifest of its
own and Parquet has none ("Supported formats for Amazon S3 manifest files", Amazon QuickSight User Guide).
"""

import json
from typing import Final

ENDING: Final = ".manifest.json"
"""QuickSight insists on ``.json``."""


def manifest(uri: str) -> bytes:
    """The manifest of one CSV file with a header line."""
    said = {
        "fileLocations": [{"URIs": [uri]}],
        "globalUploadSettings": {"format": "CSV", "delimiter": ",", "textqualifier": '"', "containsHeader": "true"},
    }
    return json.dumps(said, indent=2).encode() + b"\n"
