"""Forms of events that the sample hours lack, as invented examples, with the values that they must give."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.normalise.events import Raw, lines, push, timeline
from tests.normalise.slices import normalised

_2012 = "2012-02-20T10:00:00Z"
_LINKS_TO_NOTHING: Raw = {"html_url": None, "diff_url": None, "patch_url": None}
_USER: Raw = {"id": 8, "login": "grace"}


def _at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def _issue(**more: Any) -> Raw:
    issue: Raw = {"id": 500, "number": 5, "title": "Slow", "state": "open", "user": _USER, "comments": 2, "labels": []}
    return issue | more


def _pull(**more: Any) -> Raw:
    branch = {"ref": "main", "repo": {"id": 70, "language": "C", "stargazers_count": 3, "forks_count": 1}}
    return _issue(id=600, number=6, base=branch, head={"ref": "fix", "repo": None}) | more


def _event(type_: str, payload: object, **more: Any) -> Raw:
    return push(1, type=type_, payload=payload) | more


def test_private_events_are_left_out(tmp_path: Path) -> None:
    secret = push(2, public=False, repo={"id": 99, "name": "ada/secret"})
    for number, text in enumerate((lines([push(1), secret]), b"torn" + lines([push(1), secret]))):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert {row["repo_name"] for row in normalised(text, folder).rows()} == {"ada/engine"}


FORMS: dict[str, tuple[Raw, Raw]] = {
    "push of 2012 with commits in full": (
        push(1, created_at=_2012, payload={"push_id": 3, "size": 2, "head": "ab", "commits": [{"sha": "1"}, {}]}),
        {"era": "api-2011", "push_id": 3, "push_size": 2, "push_head": "ab", "commit_count": 2, "actor_id": 7},
    ),
    "issue of 2012 in full, with links to no pull request": (
        _event("IssuesEvent", {"action": "opened", "issue": _issue(pull_request=_LINKS_TO_NOTHING)}, created_at=_2012),
        {"number": 5, "item_id": 500, "is_pull_request": False, "author_login": "grace", "labels": []},
    ),
    "comment of 2012 on a pull request": (
        _event(
            "IssueCommentEvent",
            {"action": "created", "issue": _issue(pull_request={"html_url": "https://x"}), "comment": {"id": 9}},
            created_at=_2012,
        ),
        {"is_pull_request": True, "comment_id": 9, "number": 5},
    ),
    "pull request of 2012 in full": (
        _event(
            "PullRequestEvent",
            {"action": "closed", "number": 6, "pull_request": _pull(merged=True, merged_at=_2012, merged_by=_USER)},
            created_at=_2012,
        ),
        {
            "merged": True, "merged_at": _at(2012, 2, 20, 10), "merged_by_id": 8, "base_ref": "main", "head_ref": "fix",
            "repo_stars": None, "is_pull_request": True,
        },
    ),
    "fork of 2012": (
        _event("ForkEvent", {"forkee": {"id": 71, "full_name": "bob/engine"}}, created_at=_2012),
        {"forkee_id": 71, "forkee_name": "bob/engine"},
    ),
    "fork queue of 2011, whose head is a branch": (
        _event("ForkApplyEvent", {"head": "main", "commit": "ab"}, created_at="2011-03-01T00:00:00Z"),
        {"push_head": None, "era": "api-2011"},
    ),
    "repository named / in 2011": (
        _event("GistEvent", {"action": "create"}, created_at="2011-03-01T00:00:00Z", repo={"name": "/"}, actor={}),
        {"repo_id": None, "repo_name": None, "actor_id": None, "actor_login": None, "action": "create"},
    ),
    "created repository of 2011": (
        _event("CreateEvent", {"object": "tag", "object_name": "v1"}, created_at="2011-03-01T00:00:00Z"),
        {"ref_type": "tag", "ref": "v1"},
    ),
    "timeline with a slashed date and an offset": (
        timeline(1, created_at="2012/04/11 20:01:33 -0700"),
        {"created_at": _at(2012, 4, 12, 3, 1, 33), "id": None, "commit_count": 1, "repo_stars": 3},
    ),
    "timeline after stars and watchers were parted": (
        timeline(1, repository={"id": 70, "name": "engine", "owner": "ada", "stargazers": 0, "watchers": 9}),
        {"repo_stars": 0, "repo_name": "ada/engine", "repo_id": 70},
    ),
    "timeline without an owner, who stands in the address": (
        timeline(1, repository={"name": "engine", "owner": "", "watchers": 9}),
        {"repo_name": "ada/engine"},
    ),
    "timeline fork without an owner, whose address is the new repository's": (
        timeline(1, type="ForkEvent", url="https://github.com/bob/engine", payload={})
        | {"repository": {"name": "engine", "owner": "", "organization": "works"}},
        {"repo_name": "works/engine", "org_login": "works"},
    ),
    "timeline with an owner nowhere": (
        timeline(1, repository={"name": "engine", "owner": ""}, url="https://github.com/"),
        {"repo_name": None},
    ),
    "timeline without actor, repository and payload": (
        {"type": "GistEvent", "actor": None, "url": "https://x/1", "created_at": "2012-04-11T15:01:33-07:00"},
        {"actor_login": None, "repo_name": None, "era": "timeline-2012", "created_at": _at(2012, 4, 11, 22, 1, 33)},
    ),
    "timeline comment whose number stands in its address": (
        timeline(1, type="IssueCommentEvent", url="https://github.com/ada/engine/issues/12#issuecomment-9")
        | {"payload": {"issue_id": 500, "comment_id": 9}},
        {"number": 12, "item_id": 500, "comment_id": 9, "is_pull_request": None},
    ),
    "timeline comment on a pull request": (
        timeline(1, type="IssueCommentEvent", url="https://github.com/ada/engine/pull/12#issuecomment-9")
        | {"payload": {"issue_id": 500, "comment_id": 9}},
        {"number": 12, "item_id": 500, "comment_id": 9, "is_pull_request": True},
    ),
    "timeline review comment": (
        timeline(1, type="PullRequestReviewCommentEvent", url="https://github.com/ada/engine/pull/12#discussion_r9")
        | {"payload": {"comment": {"id": 9}}},
        {"number": 12, "comment_id": 9, "is_pull_request": True, "item_id": None},
    ),
    "timeline commit comment in a repository named issues": (
        timeline(1, type="CommitCommentEvent", url="https://github.com/ada/issues/commit/ab#issues/12")
        | {"payload": {"comment_id": 9, "commit": "ab"}},
        {"number": None, "comment_id": 9},
    ),
    "timeline pull request with slashed times": (
        timeline(1, type="PullRequestEvent", url="https://github.com/ada/engine/pull/6")
        | {"payload": {"number": 6, "pull_request": _pull(merged_at="2012/04/11 10:00:00 -0700")}},
        {"merged_at": _at(2012, 4, 11, 17), "repo_language": "C", "repo_stars": 3},
    ),
    "release": (
        _event("ReleaseEvent", {"action": "published", "release": {"id": 4, "tag_name": "v1", "prerelease": False}}),
        {"release_id": 4, "release_tag": "v1", "release_prerelease": False, "action": "published"},
    ),
    "review": (
        _event(
            "PullRequestReviewEvent",
            {
                "action": "created",
                "review": {"id": 3, "state": "approved", "author_association": "MEMBER"},
                "pull_request": _pull(draft=True, author_association="NONE", labels=[{"name": "bug"}, {"name": "ui"}]),
            },
        ),
        {
            "review_id": 3, "review_state": "approved", "actor_association": "MEMBER", "author_association": "NONE",
            "is_draft": True, "labels": ["bug", "ui"], "number": 6, "comment_id": None, "repo_stars": 3,
        },
    ),
    "review comment": (
        _event(
            "PullRequestReviewCommentEvent",
            {"action": "created", "comment": {"id": 9, "author_association": "OWNER"}, "pull_request": _pull()},
        ),
        {"comment_id": 9, "actor_association": "OWNER", "item_id": 600},
    ),
    "review thread, a type that nothing is known of": (
        _event("PullRequestReviewThreadEvent", {"action": "resolved", "pull_request": _pull(), "thread": {}}),
        {"action": "resolved", "number": 6, "is_pull_request": True},
    ),
    "discussion": (
        _event("DiscussionEvent", {"discussion": {"id": 40, "number": 4, "title": "Why", "user": _USER}}),
        {"item_id": 40, "number": 4, "title": "Why", "author_id": 8, "is_pull_request": None},
    ),
    "sponsorship": (
        _event("SponsorshipEvent", {"action": "created", "sponsorship": {"id": 1}}),
        {"action": "created", "item_id": None},
    ),
    "merge since payloads were trimmed": (
        _event(
            "PullRequestEvent",
            {"action": "merged", "number": 6, "pull_request": {"id": 600, "number": 6, "base": {"ref": "main"}}},
            created_at="2026-06-01T15:00:00Z",
        ),
        {"era": "trimmed-2025", "merged": True, "merged_at": None, "title": None, "base_ref": "main"},
    ),
    "pull request opened since payloads were trimmed": (
        _event(
            "PullRequestEvent",
            {"action": "opened", "number": 6, "pull_request": {"id": 600, "number": 6}},
            created_at="2026-06-01T15:00:00Z",
        ),
        {"merged": None, "comments": None, "is_draft": None, "labels": None, "additions": None},
    ),
    "push since payloads were trimmed": (
        push(1, created_at="2026-06-01T15:00:00Z", payload={"push_id": 3, "ref": "r", "head": "ab", "before": "cd"}),
        {"push_size": None, "push_distinct_size": None, "commit_count": None, "push_head": "ab", "push_before": "cd"},
    ),
    "comment on a draft since payloads were trimmed": (
        _event(
            "IssueCommentEvent",
            {"issue": _issue(draft=True, pull_request={"html_url": "https://x"}), "comment": {"id": 9}},
            created_at="2026-06-01T15:00:00Z",
        ),
        {"is_draft": True, "is_pull_request": True, "comment_id": 9},
    ),
    "member": (_event("MemberEvent", {"action": "added", "member": _USER}), {"member_id": 8, "member_login": "grace"}),
    "no payload": ({k: v for k, v in push(1).items() if k != "payload"}, {"id": 1, "ref": None, "push_size": None}),
    "null for actor, repo, org and payload": (
        push(1, actor=None, repo=None, org=None, payload=None),
        {"actor_id": None, "repo_id": None, "repo_name": None, "org_id": None, "push_id": None},
    ),
    "null for actor": (push(1, actor=None), {"actor_id": None, "actor_login": None, "repo_name": "ada/engine"}),
    "id as a number": (push(1, id=12), {"id": 12, "era": "api-2015"}),
    "an offset that moves the day": (
        push(1, created_at="2016-01-01T23:30:00-01:00"),
        {"created_at": _at(2016, 1, 2, 0, 30)},
    ),
    "keys that are ours only": (
        push(1, era="invented", fingerprint=5, facts={"language": "Ada"}, sources=["x"]),
        {"era": "api-2015", "fingerprint": None, "repo_language": None, "id": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_form_gives_its_values(form: str, tmp_path: Path) -> None:
    raw, expected = FORMS[form]
    slice_ = normalised(lines([raw]), tmp_path)
    (row,) = slice_.rows()
    assert slice_.rejects() == []
    assert {name: row[name] for name in expected} == expected


def test_forms_may_be_mixed_in_one_slice(tmp_path: Path) -> None:
    raws = [raw | ({"id": str(number)} if "id" in raw else {}) for number, (raw, _) in enumerate(FORMS.values())]
    alone = [normalised(lines([raw]), tmp_path / str(number)).rows()[0] for number, raw in enumerate(raws)]
    together = normalised(lines(raws), tmp_path / "together")
    assert sorted(map(repr, together.rows())) == sorted(map(repr, alone))
    assert (together.counts.events, together.counts.rejected) == (len(raws), 0)
