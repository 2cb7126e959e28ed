"""A lake with a token of a forge whose repositories git can read over HTTP."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forgelake.accounts.repos.collecting import Gathered, collect_accounts
from forgelake.accounts.repos.listing import Listing, refresh
from forgelake.accounts.vault.tokens import NewToken
from forgelake.app.collecting import accounts_at_work, choices, means
from forgelake.app.vault import forges, vault
from forgelake.state.account_repos import AccountRepo
from tests.accounts.places import OTHER, SECRET, TOKEN, Place
from tests.pipelines.lakes import Lake, text_of
from tests.servers.git_http import GitServer
from tests.servers.git_repos import Repo


@dataclass
class World:
    """A forge with repositories that git can read, and a lake with a token."""

    lake: Lake
    at: Place[Any]
    server: GitServer
    repo: Repo

    @property
    def secret(self) -> str:
        """The private repository, as it is listed."""
        return self.at.listed[0][0]

    @property
    def asked(self) -> tuple[int, int]:
        """Requests that came to the API, and to git's server."""
        return len(self.at.server.requests), self.server.requests

    def listed(self, account: str = "local") -> Listing:
        with self.lake.open() as context:
            return refresh(means(context), account, context.clock())

    def collect(self, now: str = "2026-01-01T10:00:00Z", *, again: bool = False) -> Gathered:
        with self.lake.open(FORGELAKE_NOW=now) as context:
            return collect_accounts(means(context), accounts_at_work(context), again=again)

    def activate(self, *names: str, account: str = "local") -> None:
        with self.lake.open() as context:
            for name in names or [self.secret]:
                choices(context, account).activate(name)

    def repos(self, account: str = "local") -> dict[str, AccountRepo]:
        with self.lake.open() as context:
            return {one.name: one for one in context.state.account_repos.of_account(account)}

    def add_token(self, account: str, secret: str) -> None:
        with self.lake.open() as context:
            known = forges(context.settings)
            base = known.base(self.at.forge, self.at.url)
            new = NewToken("work", self.at.forge, base, secret, known.inspect(self.at.forge, base, secret))
            vault(context.settings, context.state, account).add(new)

    def move(self, name: str) -> None:
        """Git finds the private repository elsewhere."""
        self.repo.folder = self.repo.folder.rename(self.repo.folder.with_name(name))

    def found(self, words: Iterable[str], under: str = "") -> set[tuple[str, str]]:
        """Which of these words stand in which of the files that forgelake wrote."""
        written = [path for path in (self.lake.home / under).rglob("*") if path.is_file()]
        return {(path.name, word) for path in written for word in words if word.encode() in text_of(path)}


@contextmanager
def world_on(folder: Path, on: type[Place[Any]]) -> Iterator[World]:
    repo, other = Repo.at(folder / "served" / SECRET), Repo.at(folder / "served" / OTHER)
    repo.commit({"planted-path/a.py": "planted-code\n2\n"}, "feat: planted-message", email=on.own)
    repo.commit({"b.py": "1\n"}, f"fix: x\n\nCo-authored-by: O <{on.made_up[0]}>")
    repo.commit({"c.py": "1\n"}, "docs: x", email=on.made_up[1])
    other.commit({"d.py": "1\n"}, "test: x", email=on.own)
    with GitServer(folder / "served", TOKEN) as server:
        at = on(server.url, lambda: repo.tips["main"])
        with at.server:
            variables = {at.variable: at.api, "FORGELAKE_NOW": "2026-01-01T10:00:00Z"}
            lake = Lake(folder / "home", (folder / "none").as_uri(), variables)
            made = World(lake, at, server, repo)
            lake.variables["FORGELAKE_GIT_SCRATCH"] = str(lake.home / "scratch")
            made.add_token("local", TOKEN)
            yield made
