"""A bad value costs itself, not its event; a bad event costs itself, not its neighbours."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.normalise.events import Raw, line, lines, push, timeline
from tests.normalise.slices import assert_accounted, normalised

GOOD = [push(1), push(2)]
PULL: Raw = {
    "id": 600, "number": 6, "title": "T", "state": "closed", "draft": False, "user": {"id": 8, "login": "grace"},
    "created_at": "2016-01-01T00:00:00Z", "closed_at": "2016-01-01T01:00:00Z", "merged": True, "labels": [],
    "base": {"ref": "main", "repo": {"id": 70, "language": "C", "stargazers_count": 3, "forks_count": 1}},
}  # fmt: skip
OPENED = push(3, type="PullRequestEvent", payload={"action": "closed", "number": 6, "pull_request": PULL})


def changed(event: Raw, path: str, value: object) -> Raw:
    """The event with another value at a dotted path."""
    copy: Raw = json.loads(json.dumps(event))
    *parents, last = path.split(".")
    inner = copy
    for name in parents:
        inner = inner[name]
    inner[last] = value
    return copy


VALUES: list[tuple[str, object, dict[str, Any]]] = [
    ("id", "12a", {"id": None}),
    ("id", "", {"id": None}),
    ("id", 1.5, {"id": None}),
    ("id", True, {"id": None}),
    ("id", str(2**63), {"id": None}),
    ("id", 2**70, {"id": None}),
    ("id", "9" * 5000, {"id": None}),
    ("actor", 5, {"actor_id": None, "actor_login": None}),
    ("actor.id", 2**63, {"actor_id": None, "actor_login": "ada"}),
    ("actor.id", "7", {"actor_id": None}),
    ("actor.login", ["ada"], {"actor_login": None, "actor_id": 7}),
    ("repo", "ada/engine", {"repo_id": None}),
    ("repo.id", -(2**63) - 1, {"repo_id": None, "repo_name": "ada/engine"}),
    ("org", [], {"org_id": None}),
    ("payload", "text", {"action": None, "number": None}),
    ("payload", [], {"action": None}),
    ("payload.action", {}, {"action": None, "number": 6}),
    ("payload.number", 6.0, {"number": 6, "title": "T"}),
    ("payload.pull_request", "text", {"title": None, "number": 6, "action": "closed"}),
    ("payload.pull_request.title", 5, {"title": None, "state": "closed"}),
    ("payload.pull_request.merged", "yes", {"merged": None, "state": "closed"}),
    ("payload.pull_request.labels", [{"name": 5}, {"name": "x"}], {"labels": None, "title": "T"}),
    ("payload.pull_request.labels", [None], {"labels": None, "title": "T"}),
    ("payload.pull_request.created_at", "yesterday", {"opened_at": None, "title": "T"}),
    ("payload.pull_request.closed_at", "2016-02-30T00:00:00Z", {"closed_at": None}),
    ("payload.pull_request.base.repo.stargazers_count", 10**30, {"repo_stars": None, "repo_forks": 1}),
]


@pytest.mark.parametrize(("path", "value", "expected"), VALUES, ids=lambda value: str(value)[:30])
def test_a_bad_value_is_left_out_and_reported(path: str, value: object, expected: Raw, tmp_path: Path) -> None:
    bad = changed(OPENED, path, value)
    text = lines([GOOD[0], bad, GOOD[1]])
    slice_ = normalised(text, tmp_path)
    (row,) = (row for row in slice_.rows() if row["type"] == "PullRequestEvent")
    assert {name: row[name] for name in expected} == expected
    (reject,) = slice_.rejects()
    assert (reject["scope"], reject["line"], reject["bytes"]) == ("value", 2, line(bad))
    assert path.partition(".labels")[0] in reject["reason"]
    assert_accounted(text, slice_, [line(event) for event in (GOOD[0], bad, GOOD[1])])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("type", None), ("type", 5), ("created_at", None), ("created_at", 0), ("created_at", "2016-01-01"),
        ("created_at", "2016-13-01T00:00:00Z"), ("created_at", "1970-01-01T00:00:00Z"),
        ("created_at", "2999-01-01T00:00:00Z"), ("created_at", ""),
    ],
)  # fmt: skip
def test_without_a_type_or_a_possible_time_there_is_no_event(path: str, value: object, tmp_path: Path) -> None:
    bad = changed(OPENED, path, value)
    text = lines([GOOD[0], bad, GOOD[1]])
    slice_ = normalised(text, tmp_path)
    assert slice_.ids() == [1, 2]
    assert [reject["bytes"] for reject in slice_.lost()] == [line(bad)]
    assert_accounted(text, slice_, [line(event) for event in GOOD])


def test_events_that_lost_their_ids_keep_their_form_and_stay_apart(tmp_path: Path) -> None:
    events = [push(1, id="x", payload={"ref": ref}) for ref in ("a", "b", "a")]
    slice_ = normalised(lines([*events, push(2, id=None, created_at="2026-01-01T00:00:00Z")]), tmp_path)
    rows = [(row["era"], row["id"], row["ref"]) for row in slice_.rows()]
    trimmed = ("trimmed-2025", None, "refs/heads/x")
    assert sorted(rows, key=str) == [("api-2015", None, "a"), ("api-2015", None, "b"), trimmed]
    assert all(row["fingerprint"] is not None for row in slice_.rows())
    assert slice_.counts.duplicates == 1


@pytest.mark.parametrize("keys", [("id", "type", "created_at"), ("type", "created_at"), ("id", "type", "payload"), ()])
def test_an_object_that_is_no_event_is_rejected(keys: tuple[str, ...], tmp_path: Path) -> None:
    other = {key: OPENED[key] for key in keys} | {"login": "ada"}
    text = lines([GOOD[0], other, GOOD[1]])
    assert_accounted(text, normalised(text, tmp_path), [line(event) for event in GOOD])


def test_several_bad_values_of_one_event_are_one_repair(tmp_path: Path) -> None:
    bad = changed(changed(OPENED, "payload.number", "six"), "actor.id", "seven")
    slice_ = normalised(lines([bad]), tmp_path)
    (reject,) = slice_.rejects()
    assert "actor.id" in reject["reason"]
    assert "payload.number" in reject["reason"]
    assert slice_.counts.repaired == 1


UNUSUAL: dict[str, tuple[bytes, Raw]] = {
    "escapes": (rb'"login":"\u0061d\u0061 \ud83d\ude00"', {"actor_login": "ada \U0001f600"}),
    "a literal NUL": (rb'"login":"a\u0000b"', {"actor_login": "a\0b"}),
    "a very long text": (b'"login":"' + b"x" * 3_000_000 + b'"', {"actor_login": "x" * 3_000_000}),
    "further keys": (b'"login":"ada","extra":{"deep":[1,2.5,null,true,{"a":1e5}]}', {"actor_login": "ada"}),
    "a key twice": (b'"login":"bob","login":"ada"', {"actor_login": "ada"}),
    "a key twice, first of a wrong type": (b'"login":5,"login":"ada"', {"actor_login": "ada"}),
    "a number that no type holds, unused": (b'"login":"ada","n":' + b"1" * 6000, {"actor_login": "ada"}),
    "a number beyond floats, unused": (b'"login":"ada","n":1e999', {"actor_login": "ada"}),
    "nested deeply": (b'"login":"ada","n":' + b"[" * 200 + b"]" * 200, {"actor_login": "ada"}),
    "a byte that is no UTF-8, unused": (b'"login":"ada","n":"\xff"', {"actor_login": "ada"}),
}


@pytest.mark.parametrize("name", UNUSUAL)
@pytest.mark.parametrize("torn", [b"", b'{"torn":\n'], ids=["alone", "beside a torn line"])
def test_what_is_unusual_but_right_is_kept(name: str, torn: bytes, tmp_path: Path) -> None:
    login, expected = UNUSUAL[name]
    text = line(push(1)).replace(b'"login":"ada"', login) + b"\n" + torn
    slice_ = normalised(text, tmp_path)
    (row,) = slice_.rows()
    assert {key: row[key] for key in expected} == expected
    assert [reject["bytes"] for reject in slice_.rejects()] == ([torn.strip()] if torn else [])


@pytest.mark.parametrize(
    ("login", "read", "reason"),
    [
        (rb'"a\ud800b"', "a?b", "surrogate"),
        (b'"a\xffb"', "a\ufffdb", "invalid UTF-8"),
        (b'"a\xed\xa0\x80b"', "a\ufffd\ufffd\ufffdb", "invalid UTF-8"),
        (b"NaN", None, "actor.login"),
    ],
)
def test_text_that_cannot_be_kept_as_it_is_is_mended_and_reported(
    login: bytes, read: str | None, reason: str, tmp_path: Path
) -> None:
    text = lines([push(1), push(2)]).replace(b'"login":"ada"', b'"login":' + login, 1)
    slice_ = normalised(text, tmp_path)
    assert {row["id"]: row["actor_login"] for row in slice_.rows()} == {1: read, 2: "ada"}
    (reject,) = slice_.rejects()
    assert reject["scope"] == "value"
    assert reason in reject["reason"]
    assert reject["bytes"] == text.split(b"\n")[0]


def test_what_is_nested_beyond_reading_is_rejected_alone(tmp_path: Path) -> None:
    bad = line(push(2)).replace(b'"login":"ada"', b'"login":"ada","n":' + b"[" * 100_000 + b"]" * 100_000)
    text = lines([push(1)]) + bad + b"\n" + lines([push(3)])
    slice_ = normalised(text, tmp_path)
    assert_accounted(text, slice_, [line(push(1)), line(push(3))])
    assert "nested" in slice_.lost()[0]["reason"]


PATHS = [
    "id", "type", "created_at", "actor", "actor.id", "actor.login", "repo", "repo.id", "repo.name", "payload",
    "payload.action", "payload.number", "payload.pull_request", "payload.pull_request.id", "payload.pull_request.user",
    "payload.pull_request.base", "payload.pull_request.base.ref", "payload.pull_request.base.repo",
    "payload.pull_request.labels", "payload.pull_request.closed_at", "payload.pull_request.merged", "url", "extra",
]  # fmt: skip
ODD = ["-5", "0x1F", "007", "2016-01-01T01:00Z", "2016/01/01 00:00:00 -0800", "/", "1e3", 2**63, 2**64]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=5)
KEYS = st.sampled_from(["id", "name", "ref"])
JSON_VALUES = st.recursive(
    LEAVES | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=4,
)
EVENTS = [OPENED, timeline(3), *(push(3, created_at=f"{year}-03-01T00:00:00Z") for year in (2011, 2026))]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=st.sampled_from(EVENTS), path=st.sampled_from(PATHS), value=JSON_VALUES)
def test_any_value_anywhere_spares_the_neighbours_and_reads_the_same_beside_damage(
    event: Raw, path: str, value: object, tmp_path: Path
) -> None:
    try:
        bad = json.dumps(changed(event, path, value)).encode()
    except (KeyError, TypeError):
        assume(False)
        return
    text = line(push(1)) + b"\n" + bad + b"\n" + line(push(2)) + b"\n"
    alone, beside = normalised(text, tmp_path), normalised(text + b'{"torn', tmp_path)
    assert {1, 2} <= set(alone.ids())
    assert sorted(map(repr, alone.rows())) == sorted(map(repr, beside.rows()))
    lost = [reject["bytes"] for reject in beside.lost()]
    assert lost[-1] == b'{"torn'
    assert beside.counts.events + len(lost) == 4
    assert lost[:-1] in ([], [bad])
