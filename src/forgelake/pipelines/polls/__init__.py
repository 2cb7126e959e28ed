"""Live events: timelines are polled, each poll lands, and its new events join the table."""
