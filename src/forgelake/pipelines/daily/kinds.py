"""All kinds of daily slices. A further one is a line here, and its tables in ``forgelake.lake``."""

from typing import Final

from forgelake.lake.repos import REPO_LANGUAGES, REPO_RELEASES, REPO_SNAPSHOTS, REPO_STATES
from forgelake.lake.stars import STAR_DAYS
from forgelake.lake.topics import TOPIC_COUNTS, TOPIC_REPOS
from forgelake.lake.traffic import TRAFFIC_DAYS, TRAFFIC_PATHS, TRAFFIC_REFERRERS, TRAFFIC_WINDOWS
from forgelake.sources.github.pieces import Kind, Piece, Rows
from forgelake.sources.github.search import topic_rows
from forgelake.sources.github.snapshots import snapshot_rows, state_rows
from forgelake.sources.github.stars import star_rows
from forgelake.sources.github.traffic import traffic_rows


def _no_rows(_piece: Piece) -> Rows:
    return {}


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("snapshot", (REPO_SNAPSHOTS, REPO_LANGUAGES, REPO_RELEASES), snapshot_rows),
        Kind("state", (REPO_STATES,), state_rows),
        Kind("stars", (STAR_DAYS,), star_rows),
        Kind("topic", (TOPIC_COUNTS, TOPIC_REPOS), topic_rows),
        Kind("traffic", (TRAFFIC_DAYS, TRAFFIC_WINDOWS, TRAFFIC_REFERRERS, TRAFFIC_PATHS), traffic_rows),
        Kind("owner", (), _no_rows),
    )
}
