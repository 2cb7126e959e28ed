"""The ``rejects`` table: input that could not be read, kept with its reason and its bytes."""

from forgelake.lake.columns import Column, Kind, Table

KEPT_BYTES = 65_536
"""Bytes of one reject that the table holds; the whole stays in landing, at ``position``."""

REJECTS = Table(
    name="rejects",
    meaning="One stretch of a slice's input that could not be read, or one value that had to be left out.",
    day_column="slice_start",
    sort=("source", "position"),
    columns=(
        Column("source", Kind.TEXT, "The slice that held it, as source:slice@origin.", required=True),
        Column("slice_start", Kind.INSTANT, "First instant that the slice is named for, UTC.", required=True),
        Column("path", Kind.TEXT, "The slice's object in landing (or under refused/)."),
        Column("scope", Kind.TEXT, "object: no event came of it; value: the event was kept without it.", required=True),
        Column("reason", Kind.TEXT, "Why it could not be read.", required=True),
        Column(
            "position",
            Kind.INTEGER,
            "Where it begins, in bytes of the inflated text (UTF-16 made UTF-8).",
            required=True,
        ),
        Column("line", Kind.INTEGER, "The line in which it begins, counted from 1.", required=True),
        Column("length", Kind.INTEGER, "Its length in bytes.", required=True),
        Column("bytes", Kind.BYTES, f"Its bytes, the first {KEPT_BYTES} of them.", required=True),
    ),
)
