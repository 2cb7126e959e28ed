"""A column is filled in exactly the eras that its documentation names."""

from collections import defaultdict
from pathlib import Path

import pyarrow.compute as pc
import pytest

from forgelake.lake.columns import Column, Era
from forgelake.lake.events import EVENTS
from tests.normalise.slices import normalised_file

HOURS = (
    "2011-02-15-0",
    "2012-04-11-15",
    "2013-02-15-0",
    "2015-01-01-15",
    "2016-01-01-1",
    "2021-07-21-excerpt",
    "2026-06-01-15",
)

# The one hour of this era has payloads in short form; API answers of early 2012 have them in full (test_forms.py).
_ONLY_IN_EARLY_2012 = (
    "state", "author_id", "author_login", "opened_at", "closed_at", "merged", "merged_at", "merged_by_id",
    "merged_by_login", "changed_files", "comments", "review_comments", "labels", "base_ref", "head_ref",
    "forkee_name", "member_id", "target_id",
)  # fmt: skip
NOT_IN_THE_SAMPLES = {(name, Era.API_2011) for name in _ONLY_IN_EARLY_2012} | {
    # Forks of the two hours name the new repository by address only; a number in its place would be read.
    ("forkee_id", Era.TIMELINE_2012),
    # Only where an event's id was damaged (test_bad_values.py).
    *(("fingerprint", era) for era in (Era.API_2011, Era.API_2015, Era.TRIMMED_2025)),
}


@pytest.fixture(scope="module")
def filled(sample_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[Era]]:
    """The eras in which a column has a value in any of the hours."""
    found: dict[str, set[Era]] = defaultdict(set)
    for hour in HOURS:
        path = sample_data / "gharchive" / f"{hour}.json.gz"
        table = normalised_file(path, tmp_path_factory.mktemp("hour")).table()
        for era in table["era"].unique().to_pylist():
            rows = table.filter(pc.equal(table["era"], era))
            for name in rows.column_names:
                if rows[name].null_count < len(rows):
                    found[name].add(Era(era))
    return found


@pytest.mark.parametrize("column", EVENTS.columns, ids=lambda column: column.name)
def test_a_column_is_filled_in_the_eras_that_its_documentation_names(
    column: Column, filled: dict[str, set[Era]]
) -> None:
    undocumented = filled[column.name] - set(column.eras)
    assert not undocumented
    unseen = set(column.eras) - filled[column.name]
    assert unseen == {era for name, era in NOT_IN_THE_SAMPLES if name == column.name}


def test_every_era_is_in_the_samples(filled: dict[str, set[Era]]) -> None:
    assert filled["type"] == set(Era)
