"""A worker process with one slice to normalise; prints what it took as JSON."""

import json
import resource
import sys
from pathlib import Path

from benchmarks.sample import receipt

# All that a worker loads, not only the normaliser, for that is what a machine has to have room for.
from forgelake.pipelines.slice_task import normalise

_STATUS = Path("/proc/self/status")
_UNIT = 1 if sys.platform == "darwin" else 1024


def _peak() -> int:
    """The most bytes that this process has held so far."""
    if _STATUS.exists():
        # Linux counts in ru_maxrss what the parent held when it started this process; here it does not.
        fields = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


def main(hour: Path) -> None:
    """Normalise a gzip file into its own folder."""
    after_imports = _peak()
    counts = normalise(receipt(hour), hour, hour.parent / "rows").counts
    seen = {"json_bytes": counts.json_bytes, "events": counts.events, "after_imports": after_imports, "peak": _peak()}
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
