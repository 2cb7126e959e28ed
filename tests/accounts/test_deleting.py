"""Who is deleted is gone from every byte below the home; everybody else keeps everything."""

import gzip
import zlib
from pathlib import Path

import pyarrow.parquet as pq

from forgelake.accounts.deleting import delete
from forgelake.accounts.people import OPERATOR, People
from forgelake.accounts.sessions import Sessions
from forgelake.accounts.vault.keys import Keys
from forgelake.accounts.vault.tokens import NewToken, Vault
from forgelake.app.compose import mining
from forgelake.model.addresses import Addresses
from forgelake.model.forge_tokens import TokenFacts
from forgelake.pipelines.commits.collect import collect_commits
from forgelake.pipelines.context import Context
from forgelake.state.accounts import LoginRow
from tests.pipelines.lakes import Lake
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
    return row.id, newest


def test_a_deleted_person_is_in_no_byte_and_others_keep_theirs(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "home", (tmp_path / "none").as_uri())
    with lake.open(FORGELAKE_GIT_SCRATCH=str(tmp_path / "scratch")) as context:
        gone, kept = (_enter(context, tmp_path / "repos", name) for name in ("gone", "kept"))
        (lake.home / "cards" / "ab").mkdir(parents=True)
        (lake.home / "cards" / "ab" / "cd").write_text("planted-gone")
        words = [gone[0], gone[1], "planted-gone", "Planted gone", "planted-subject-gone", "planted-token-gone"]
        assert _found(lake.home, words) == set(words)
        people = People(context.state.accounts, context.state.audit)
        delete(context, people, "planted-gone", OPERATOR)
        assert [one.name for one in people.all()] == ["planted-kept"]
        assert [one.what for one in people.log("")] == ["account deleted"]
    assert lake.query("SELECT DISTINCT account FROM commits") == [(kept[0],)]
    assert lake.query("SELECT count(*) FROM commits") == [(2,)]
    assert _found(lake.home, words) == set()
    assert _found(lake.home, [kept[0], kept[1], "planted-token-kept"]) == {kept[0], kept[1], "planted-token-kept"}


def _found(home: Path, words: list[str]) -> set[str]:
    texts = [_text(path) for path in home.rglob("*") if path.is_file()]
    return {word for word in words for text in texts if word.encode() in text}


def _text(path: Path) -> bytes:
    """A file's bytes, and what is in it where it is compressed."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        return data + gzip.decompress(data)
    if path.suffix == ".parquet":
        return data + repr(pq.read_table(path).to_pylist()).encode()
    try:
        return data + zlib.decompress(data)
    except zlib.error:
        return data
