"""What a person did in pull and merge requests, of repositories that they have chosen and public ones they have not."""

from collections import defaultdict
from collections.abc import Mapping
from urllib.parse import urlsplit

from forgelake.accounts.repos.listing import FAULTS
from forgelake.accounts.repos.means import Means
from forgelake.model.forge_repos import ForgePerson, FoundContribution
from forgelake.pipelines.commits.wanted import repo_key
from forgelake.pipelines.contributions import Contribution, contribution_id, keep_contributions
from forgelake.sources.git.isolation import Remote
from forgelake.state.account_repos import ACTIVE, AccountRepo


def contribute(means: Means, account: str, people: Mapping[str, ForgePerson]) -> list[str]:
    """Ask every forge of an account; returns the tokens that could not be asked, in words.

    What several tokens of one person tell is put together; where one of them fails, what was kept before stays.
    """
    rows = {row.id: row for row in means.vault(account).all()}
    repos = means.context.state.account_repos.of_account(account)
    told: dict[str, list[Contribution] | None] = defaultdict(list)
    faults = list[str]()
    for token, person in people.items():
        row = rows[token]
        host = means.forges.host(row.forge, row.url)
        name = f"{host}/{person.id}"
        known = {one.forge_id: one for one in repos if one.forge == row.forge and _is_of(one, row.url, host)}
        try:
            found = means.read(row, lambda reader, person=person: list(reader.contributions(person)))
        except FAULTS as error:
            faults.append(f'token "{row.name}": {error}')
            told[name] = None
            continue
        if (listed := told[name]) is not None:
            listed += [kept for one in found if (kept := _kept(one, known, row.url)) is not None]
    for name, contributions in told.items():
        if contributions is not None:
            keep_contributions(means.context, account, name, contributions)
    return faults


def _is_of(repo: AccountRepo, base: str, host: str) -> bool:
    return urlsplit(repo.url).hostname in (host, urlsplit(base).hostname)


def _kept(one: FoundContribution, known: Mapping[str | None, AccountRepo], base: str) -> Contribution | None:
    """As it may be kept; None where its repository is not to be told of."""
    repo = known.get(one.repo)
    made = contribution_id(base, one.request, one.kind)
    if repo is not None:
        return Contribution(made, one.kind, one.at, repo.key, repo.visibility) if repo.choice == ACTIVE else None
    if one.is_public and one.url is not None:
        return Contribution(made, one.kind, one.at, repo_key(Remote(one.url)), "public")
    return None
