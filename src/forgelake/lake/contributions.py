"""The table of what people did in pull and merge requests: no number, title or name of any."""

from typing import Final

from forgelake.lake.columns import Column, Kind, Table
from forgelake.lake.commits import OF_A_PERSON

CONTRIBUTIONS: Final = Table(
    name="contributions",
    meaning=(
        "A pull or merge request that a person opened, that was merged, or that they reviewed. "
        "Several tokens may tell of the same one: count ids, not rows."
    ),
    day_column="day",
    slices="contributions",
    sort=("account", "repo", "at", "contribution_id"),
    late=True,
    columns=(
        *OF_A_PERSON,
        Column("contribution_id", Kind.TEXT, "SHA-256 of forge, request and kind.", required=True),
        Column("kind", Kind.TEXT, "opened, merged (of their own) or reviewed (of others').", required=True),
        Column(
            "at",
            Kind.INSTANT,
            "When, UTC. GitLab and Azure DevOps do not tell when somebody reviewed: the end of the request stands for "
            'it, else its beginning. Write it "at" in SQL.',
            required=True,
        ),
    ),
)
