"""How much a question would read, told from the plan alone: no file is opened."""

from forgelake.lake.events import EVENTS
from forgelake.lake.rollups import ROLLUPS
from forgelake.metrics.answer import covered
from forgelake.metrics.binding import Bound
from forgelake.query.snapshot import Snapshot


def bytes_of(snapshot: Snapshot, bound: Bound, enough: int) -> int:
    """Bytes of the data files that would be opened; rollups stand for events where they can.

    Args:
        enough: it need not be known more exactly whether rollups help once it is no more than this without them.
    """
    files = {name: snapshot.tables[name].within(bound.reach) for name in bound.metric.tables if name in snapshot.tables}
    size = sum(file.bytes for listed in files.values() for file in listed)
    if size <= enough or (found := covered(snapshot, bound)) is None:
        return size
    cover = found[1]
    read = {*cover.events, *(path for paths in cover.rollups.values() for path in paths)}
    names = (EVENTS.name, *(rollup.table.name for rollup in ROLLUPS))
    known = (file for name in names for file in snapshot.tables[name].within(bound.reach))
    others = sum(file.bytes for name, listed in files.items() if name != EVENTS.name for file in listed)
    return others + sum(file.bytes for file in known if file.path in read)
