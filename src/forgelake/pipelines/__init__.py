"""From a source to visible rows: ask, land, normalise, stage, commit, record."""
