"""Who is deleted is gone from every byte below the home; everybody else keeps everything."""

import json
from pathlib import Path

from forgelake.accounts.deleting import delete
from forgelake.accounts.exporting import everything
from forgelake.accounts.keys import Keys as ApiKeys
from forgelake.accounts.people import OPERATOR, People
from forgelake.accounts.sessions import Sessions
from forgelake.accounts.vault.keys import Keys
from forgelake.accounts.vault.tokens import NewToken, Vault
from forgelake.app.compose import mining
from forgelake.lake.landing import object_path
from forgelake.model.addresses import Addresses
from forgelake.model.forge_repos import ContributionKind
from forgelake.model.forge_tokens import TokenFacts
from forgelake.model.slices import SliceKey
from forgelake.pipelines.commits.collect import collect_commits
from forgelake.pipelines.context import Context
from forgelake.pipelines.contributions import SOURCE as FORGES
from forgelake.pipelines.contributions import Contribution, keep_contributions
from forgelake.state.account_repos import AccountRepo
from forgelake.state.accounts import LoginRow
from forgelake.state.identities import EMAIL, Identity
from forgelake.state.notices import FEEDBACK, NoticeRow
from forgelake.state.people import listed_mark
from forgelake.state.profiles import ProfileRow
from tests.pipelines.lakes import Lake, text_of
from tests.servers.git_repos import ME, Repo

FACTS = TokenFacts("classic", "planted-owner", ("repo",), None, (), ())


def _enter(context: Context, folder: Path, name: str) -> tuple[str, str]:
    """A person with a login, a session, a token and a repository; their id, and their commit's."""
    state = context.state
    now = state.rows.now()
    login = LoginRow("github", f"planted-subject-{name}", "", f"planted-{name}", now, now)
    row = People(state.accounts, state.audit).enter(login, f"Planted {name}", ())
    Sessions(state.sessions, context.settings.login).open(row.id, f"planted-agent-{name}")
    token = NewToken(f"planted-token-{name}", "github", "https://api.github.com", "secret", FACTS)
    Vault(state.vault, Keys(context.settings.vault), row.id).add(token)
    repo = Repo.at(folder / name)
    repo.commit({"a.py": f"{name}\n"})
    collect_commits(context, mining(context.settings, Addresses.of([ME])), [repo.folder], row.id)
    newest = repo.commit({"b.py": f"{name}\n"})
    collect_commits(context, mining(context.settings, Addresses.of([ME])), [repo.folder], row.id)
    _fill(context, row.id, name)
    return row.id, newest


def _fill(context: Context, account: str, name: str) -> None:
    """An address, repositories, a profile, a key, and what they did in pull requests, told twice."""
    state, now = context.state, context.state.rows.now()
    state.identities.put(Identity(account, EMAIL, f"planted-address-{name}@example.org", verified_at=now))
    planted = AccountRepo(
        account, f"planted-key-{name}", "github", "https://github.com/o/r", f"planted-repo-{name}", "o"
    )
    state.account_repos.put_many([planted])
    state.bookmarks.set(listed_mark(account), now, "1" * 32, now)
    told = NoticeRow(f"planted-notice-{name}", "mail", "2026-W01", FEEDBACK, {}, now, account=account)
    state.notices.add([told])
    words = {"headline": f"planted-words-{name}"}
    state.profiles.put(ProfileRow(account, words, "link", f"planted-link-{name}", False, "", now))
    ApiKeys(state.api_keys).create(f"planted-api-{name}", ["read"], account=account)
    for count in (1, 2):
        deeds = [
            Contribution(f"planted-deed-{name}-{one}", ContributionKind.OPENED, now, f"planted-done-{name}", "public")
            for one in range(count)
        ]
        keep_contributions(context, account, f"github.com/{name}", deeds)
    # What a run landed that died before it told the ledger.
    died = object_path(
        SliceKey(FORGES, f"contributions/{account}/planted-died", "api"), now, "0" * 64, origin_slug="api"
    )
    context.storage.put(died, f"planted-left-{name}".encode())


def test_a_deleted_person_is_in_no_byte_and_others_keep_theirs(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "home", (tmp_path / "none").as_uri())
    with lake.open(FORGELAKE_GIT_SCRATCH=str(tmp_path / "scratch")) as context:
        gone, kept = (_enter(context, tmp_path / "repos", name) for name in ("gone", "kept"))
        (lake.home / "cards" / "ab").mkdir(parents=True)
        (lake.home / "cards" / "ab" / "cd").write_text("planted-gone")
        kinds = ("subject", "token", "address", "key", "repo", "words", "link", "api", "done", "left", "notice")
        words = [gone[0], gone[1], "planted-gone", "Planted gone", *(f"planted-{kind}-gone" for kind in kinds)]
        words += [f"planted-deed-gone-{one}" for one in range(2)]
        assert _found(lake.home, words) == set(words)
        _is_exported(context, *gone, "gone")
        people = People(context.state.accounts, context.state.audit)
        delete(context, people, "planted-gone", OPERATOR)
        assert [one.name for one in people.all()] == ["planted-kept"]
        assert [one.what for one in people.log("")] == ["account deleted"]
    assert lake.query("SELECT DISTINCT account FROM commits") == [(kept[0],)]
    assert lake.query("SELECT count(*) FROM commits") == [(2,)]
    assert lake.query("SELECT DISTINCT account, count(*) FROM contributions GROUP BY 1") == [(kept[0], 2)]
    assert _found(lake.home, words) == set()
    others = [kept[0], kept[1], *(word.replace("gone", "kept") for word in words[2:])]
    assert _found(lake.home, others) == set(others)


def _is_exported(context: Context, account: str, commit: str, name: str) -> None:
    """Whole, but for what opens something and what died on its way; and nobody else's."""
    text = json.dumps(everything(context, context.lake.now(0), account, context.clock()))
    kinds = ("subject", "token", "address", "key", "repo", "words", "api", "notice", "agent", "done", "deed")
    assert [kind for kind in kinds if f"planted-{kind}-{name}" not in text] == []
    assert (account in text, commit in text) == (True, True)
    assert [word for word in ("planted-link", "-kept", "sha256", "sealed", '"mark"') if word in text] == []


def _found(home: Path, words: list[str]) -> set[str]:
    texts = [text_of(path) for path in home.rglob("*") if path.is_file()]
    return {word for word in words for text in texts if word.encode() in text}
