"""People with CVs, for sites of files."""

from pathlib import Path

from forgelake.accounts.cv import Cvs
from forgelake.accounts.people import People
from forgelake.app.compose import mining
from forgelake.cv.profile import Publication
from forgelake.model.addresses import Addresses
from forgelake.pipelines.commits.collect import collect_commits
from forgelake.pipelines.commits.wanted import repo_key
from forgelake.pipelines.context import Context
from forgelake.state.account_repos import ACTIVE, AccountRepo
from forgelake.state.accounts import LoginRow
from tests.servers.git_repos import ME, Repo

PEOPLE = {"ada": Publication.PUBLIC, "bob": Publication.PUBLIC, "eve": Publication.LINK, "joe": Publication.PRIVATE}
"""All want to be ranked."""


def people_with_cvs(context: Context, folder: Path) -> None:
    """Ada has a commit in a public and a private repository; the others have none."""
    repos = [Repo.at(folder / name) for name in ("open.git", "planted-secret.git")]
    for repo in repos:
        repo.seconds = 1_451_000_000
        repo.commit({f"{repo.folder.stem}.py": "1\n"}, "feat: begin")
    state, now = context.state, context.clock()
    places, cvs = [repo.folder for repo in repos], Cvs(state.profiles)
    for name, publication in PEOPLE.items():
        account = People(state.accounts, state.audit).enter(LoginRow("github", name, "", name, now, now), name, ()).id
        cvs.rank(account, wanted=True)
        cvs.publish(account, publication)
        if name == "ada":
            collect_commits(context, mining(context.settings, Addresses.of([ME])), places, account=account)
            public = AccountRepo(account, repo_key(places[0]), "github", "https://e.example/o/open.git", "o/open", "o",
                                 visibility="public", choice=ACTIVE)  # fmt: skip
            state.account_repos.put_many([public])
