"""Traffic into the lake: what GitHub shows day by day, and archives that other tools have kept."""
