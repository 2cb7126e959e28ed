"""What a .mailmap says of addresses, and that nothing in one breaks reading it."""

from hypothesis import given
from hypothesis import strategies as st

from forgelake.normalise.git.mailmap import MOST, further

TEXT = """\
# Ada <ada@example.org> <commented@example.org>
Ada Lovelace <Ada@example.org> <old@Work.example>
<ada@example.org> A. <third@example.org>
Ada Lovelace <alone@example.org>
Bob <bob@example.org> <other@example.org>
 broken <ada@example.org> <> and <a@b> <c@d>
"""


def test_addresses_of_one_group_are_told_whichever_of_them_is_known() -> None:
    told = ("old@work.example", "third@example.org")
    assert further(TEXT, {"ada@example.org"}) == told
    assert further(TEXT, {"third@example.org"}) == ("ada@example.org", "old@work.example")
    assert further(TEXT, {"alone@example.org"}) == further(TEXT, set()) == further("", {"ada@example.org"}) == ()


def test_a_file_that_knows_too_many_of_one_person_is_not_believed() -> None:
    lines = [f"<one@example.org> <{number}@example.org>" for number in range(MOST + 1)]
    assert len(further("\n".join(lines[:MOST]), {"one@example.org"})) == MOST
    assert further("\n".join(lines), {"one@example.org"}) == ()


@given(st.text(alphabet="<>@#ab \n.", max_size=200), st.sets(st.sampled_from(["a@b", "b@a", "a", "b"])))
def test_whatever_stands_there_only_what_the_file_names_is_told(text: str, own: set[str]) -> None:
    found = further(text, own)
    assert not own & set(found)
    assert all(f"<{one}>" in text.replace(" ", "") or one in text for one in found)
    assert not found or own
