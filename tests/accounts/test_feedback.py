"""Weekly feedback: a week beside one's own usual week, mailed once to who wants it, and to nobody else."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from forgelake.accounts.deleting import delete
from forgelake.accounts.feedback import Feedback, feedback_of
from forgelake.accounts.people import OPERATOR, People
from forgelake.app.compose import mining
from forgelake.app.feedback import feedback_mail, tell_feedback
from forgelake.app.jobs import JOBS
from forgelake.cv.profile import profile_of
from forgelake.model.addresses import Addresses
from forgelake.model.errors import ConfigurationError, RetryError, UsageError
from forgelake.model.forge_repos import ContributionKind
from forgelake.pages.feedback import QUIET, UNKNOWN, mail, page
from forgelake.pages.weeks import last_week, week_named
from forgelake.pipelines.commits.collect import collect_commits
from forgelake.pipelines.commits.wanted import repo_key
from forgelake.pipelines.context import Context
from forgelake.pipelines.contributions import Contribution, keep_contributions
from forgelake.state.account_repos import ACTIVE, AccountRepo, RepoStatus
from forgelake.state.accounts import LoginRow
from forgelake.state.identities import EMAIL, Identity
from forgelake.state.people import listed_mark
from tests.pipelines.lakes import Lake, put_back
from tests.servers.git_repos import ME, Repo
from tests.servers.mailbox import Mailbox

MONDAY = datetime(2026, 1, 5, 7, 30, tzinfo=UTC)
WEEK = timedelta(weeks=1)
REBUKES = re.compile(
    r"\b(only|just|merely|fewer|less|lower|below|behind|drop|dropped|fell|down|declin\w+|decreas\w+|worse|worst|bad|poor"
    r"|miss|missed|fail\w*|streak|lazy|should|must|unfortunately|sadly|harder|lost|broke\w*|keep up)\b|[↓▼⬇↘]"
    r"|[-\N{MINUS SIGN}]\d",
    re.IGNORECASE,
)


@dataclass
class Told:
    """A lake with Ada in it, who has a public and a private repository, and the mails that were sent."""

    lake: Lake
    ada: str
    mailbox: Mailbox

    @contextmanager
    def open(self, now: datetime = MONDAY) -> Iterator[Context]:
        (self.lake.home.parent / "own.toml").write_text(self.mailbox.channel)
        variables = {
            "FORGELAKE_CONFIG": str(self.lake.home.parent / "own.toml"),
            "FORGELAKE_API_PUBLIC_URL": "https://lake.example",
        }
        with self.lake.open(FORGELAKE_NOW=now.isoformat(), **variables) as context:
            yield context

    def tell(self, now: datetime = MONDAY) -> list[str]:
        with self.open(now) as context:
            return tell_feedback(context)

    def week(self, name: str = "2026-W01", now: datetime = MONDAY) -> Feedback:
        with self.open(now) as context:
            profile = profile_of({"private_label": "At work"})
            return feedback_of(context, context.lake.now(0), self.ada, profile, week_named(name, now))


def _history(repo: Repo) -> None:
    """A commit in each of seven of the twelve weeks before the week and one long ago; in the week three on two days."""
    start = last_week(MONDAY).start
    days = [start - WEEK * number for number in (30, 7, 6, 5, 4, 3, 2, 1)] + [start, start, start + timedelta(days=6)]
    for number, day in enumerate(days):
        ending = "go" if number == len(days) - 1 else "py"
        repo.commit({f"{number}.{ending}": "1\n"}, date=f"{int(day.timestamp()) + 3600 + number} +0000")


def _enter(context: Context, name: str, address: str) -> str:
    state, now = context.state, context.clock()
    account = People(state.accounts, state.audit).enter(LoginRow("github", name, "", name, now, now), name, ()).id
    state.identities.put(Identity(account, EMAIL, address, verified_at=now))
    return account


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, str]:
    folder = tmp_path_factory.mktemp("feedback")
    repo = Repo.at(folder / "open.git")
    _history(repo)
    lake = Lake(folder / "home", (folder / "none").as_uri(), {"FORGELAKE_GIT_SCRATCH": str(folder / "scratch")})
    with lake.open(FORGELAKE_NOW=(MONDAY - timedelta(hours=1)).isoformat()) as context:
        ada = _enter(context, "ada", "ada@example.org")
        collect_commits(context, mining(context.settings, Addresses.of([ME])), [repo.folder], account=ada)
        start = last_week(MONDAY).start
        deeds = [
            Contribution(str(n), ContributionKind.REVIEWED, start + timedelta(hours=n), "r", "public") for n in (1, 2)
        ]
        keep_contributions(context, ada, "github.com/1", deeds)
        now = context.clock()
        context.state.bookmarks.set(listed_mark(ada), now, "1" * 32, now)
        kept = {"visibility": "public", "choice": ACTIVE, "status": RepoStatus.UP_TO_DATE, "checked_at": now}
        public = AccountRepo(ada, repo_key(repo.folder), "github", "https://e.example/o.git", "ada/open", "ada", **kept)
        context.state.account_repos.put_many([public])
    return lake, ada


@pytest.fixture
def told(first: tuple[Lake, str]) -> Iterator[Told]:
    with put_back(first[0]) as lake, Mailbox() as mailbox:
        yield Told(lake, first[1], mailbox)


def _add_private(context: Context, account: str) -> None:
    waiting = AccountRepo(account, "waiting", "github", "https://e.example/p.git", "ada/planted", "ada", choice=ACTIVE)
    context.state.account_repos.put_many([waiting])


def test_a_week_stands_beside_the_median_of_ones_own_twelve_weeks(told: Told) -> None:
    found = told.week()
    assert [(one.what, one.number, one.usual) for one in found.week.numbers] == [
        ("commits", 3, 1), ("days", 2, 1), ("opened", 0, 0), ("merged", 0, 0), ("reviewed", 2, 0),
    ]  # fmt: skip
    assert [(one.name, one.commits, one.is_new) for one in found.week.languages] == [
        ("Python", 2, False), ("Go", 1, True),
    ]  # fmt: skip
    assert (found.week.weeks, found.is_whole) == (12, True)
    said = page(found, MONDAY)
    assert said["said"] == "3 commits, 2 days with commits, 2 requests reviewed."
    assert [row[3] for row in said["rows"]] == ["more than usual", "more than usual", "", "", "more than usual"]
    assert said["complete"][0] == "1 of 1 repository was collected since the week was over."
    assert all(line[0].upper() == line[0] and line.endswith(".") for line in said["complete"])
    assert said["around"] == ["2025-W52"]


def test_weeks_before_the_first_that_is_known_are_nothing_and_no_zeros(told: Told) -> None:
    first = "2025-W23"
    assert [(one.number, one.usual) for one in told.week(first).week.numbers[:2]] == [(1, None), (1, None)]
    second = told.week("2025-W24").week
    assert (second.weeks, [one.usual for one in second.numbers[:2]]) == (1, [1, 1])


def test_a_quiet_week_is_told_kindly_and_one_that_is_not_known_is_not_called_quiet(told: Told) -> None:
    quiet = told.week("2025-W45")
    assert page(quiet, MONDAY)["said"] == QUIET
    later = told.week("2026-W02", MONDAY + WEEK)
    assert page(later, MONDAY + WEEK)["said"] == UNKNOWN
    assert "ada/open: not collected since the week was over." in page(later, MONDAY + WEEK)["complete"]
    assert [row[1] for row in page(later, MONDAY + WEEK)["rows"]] == ["0"] * 5
    never = told.week("2026-W03", MONDAY + 2 * WEEK)
    assert [row[1] for row in page(never, MONDAY + 2 * WEEK)["rows"]] == ["\N{EN DASH}"] * 5


def test_no_words_of_rebuke_are_used_whatever_the_week_was(told: Told) -> None:
    with told.open() as context:
        _add_private(context, told.ada)
        values = {"status": RepoStatus.ERROR, "checked_at": MONDAY - WEEK}
        context.state.account_repos.note(told.ada, ["waiting"], **values)
    for name, now in (("2026-W01", MONDAY), ("2025-W45", MONDAY), ("2025-W52", MONDAY), ("2026-W02", MONDAY + WEEK)):
        found = told.week(name, now)
        said = [mail(found, "https://p.example", "https://e.example")[form] for form in ("text", "html")]
        words = [re.sub(r"<[^>]+>", " ", re.sub(r"\d{4}-\d\d-\d\d|20\d\d-W\d\d", "", text)) for text in said]
        assert [REBUKES.findall(text) for text in [*words, repr(page(found, now)["said"])]] == [[], [], []]


def test_it_is_mailed_once_a_week_and_a_private_repository_goes_by_the_persons_word(told: Told) -> None:
    with told.open() as context:
        _add_private(context, told.ada)
        context.state.vault.all(told.ada)
        feedback_mail(context).start(told.ada, "ada@example.org")
    told.mailbox.answers = ["451 too much at once"]
    with pytest.raises(RetryError, match="not told, 1 of the people"):
        told.tell()
    assert [told.tell(), told.tell()] == [[], []]
    [sent] = told.mailbox.mails
    assert (sent["Subject"], sent["To"], sent["From"]) == (
        "[forgelake] Your week 2026-W01", "ada@example.org", "lake@example.org",
    )  # fmt: skip
    bodies = [sent.get_body((form,)) for form in ("plain", "html")]
    for body in bodies:
        assert body is not None
        text = body.get_content()
        for said in (
            "3 commits, 2 days with commits",
            "1 of 2 repositories",
            "Private work, 1 of them: not collected yet",
            "https://lake.example/account/week/2026-W01",
            "12 weeks before",
            "New beside the weeks before: Go",
        ):
            assert said in text
        assert "planted" not in text
    with told.open() as context:
        [notice] = context.state.notices.about("2026-W01")
        assert (notice.account, notice.content, notice.tries) == (told.ada, {}, 2)
        assert context.state.notices.waiting(digests=False) == []
    told.tell(MONDAY + WEEK)
    told.tell(MONDAY + 13 * WEEK)
    assert [one["Subject"][-8:] for one in told.mailbox.mails] == ["2026-W01", "2026-W02", "2026-W14"]
    with told.open() as context:
        assert [len(context.state.notices.about(name)) for name in ("2026-W01", "2026-W02", "2026-W14")] == [0, 1, 1]


def test_nobody_is_told_who_did_not_ask_is_hidden_deleted_or_has_no_verified_address_any_more(told: Told) -> None:
    with told.open() as context:
        wanted, people = feedback_mail(context), People(context.state.accounts, context.state.audit)
        bob, eve, joe = (_enter(context, name, f"{name}@example.org") for name in ("bob", "eve", "joe"))
        assert JOBS["weekly_feedback"].off(context) == "nobody asked for it on /account/week"
        assert tell_feedback(context) == []
        with pytest.raises(UsageError, match=r"one of ada@example\.org"):
            wanted.start(told.ada, "bob@example.org")
        for account, name in ((bob, "bob"), (eve, "eve"), (joe, "joe")):
            wanted.start(account, f"{name}@example.org")
        assert JOBS["weekly_feedback"].off(context) == ""
        people.hide("bob", OPERATOR, hidden=True)
        context.state.identities.remove(eve)
        told.mailbox.answers = ["451 later"]
        with pytest.raises(RetryError):
            tell_feedback(context)
        assert [row.account for row in context.state.notices.about("2026-W01")] == [joe]
        delete(context, people, "joe", OPERATOR)
        assert context.state.notices.about("2026-W01") == []
        assert tell_feedback(context) == []
    assert told.mailbox.mails == []


def test_an_address_that_is_refused_for_good_is_told_to_the_operator_and_keeps_nobody_else_from_theirs(
    told: Told,
) -> None:
    with told.open() as context:
        bob = _enter(context, "bob", "bob@example.org")
        for account, name in ((told.ada, "ada"), (bob, "bob")):
            feedback_mail(context).start(account, f"{name}@example.org")
        told.mailbox.answers = ["554 no such mailbox"]
        [fault] = tell_feedback(context)
        assert ("1 of the people" in fault, "554" in fault, "@" in fault) == (True, True, False)
        assert len(told.mailbox.mails) == 1
        settings = context.settings.model_copy(update={"channels": {}})
        with pytest.raises(ConfigurationError, match="no mail can be sent"):
            tell_feedback(replace(context, settings=settings))
