"""What a person chooses of their repositories: which are collected, and what of them is left out."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from forgelake.model.errors import UsageError, nearest
from forgelake.pipelines.commits.wanted import repo_key
from forgelake.sources.git.isolation import Remote
from forgelake.state.account_repos import ACTIVE, ADDED, INACTIVE, AccountRepo, AccountRepos, RepoStatus

MOST_PATHS: Final = 200
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Choices:
    """The repositories of one account.

    ``forget`` takes the commits of some keys out of the lake: what is not active is not in it.
    """

    def __init__(self, held: AccountRepos, account: str, forget: Callable[[Sequence[str]], None]) -> None:
        self._held = held
        self._account = account
        self._forget = forget

    def all(self) -> list[AccountRepo]:
        """Every repository, by owner and name."""
        return self._held.of_account(self._account)

    def named(self, selector: str) -> list[AccountRepo]:
        """The repositories of an owner, or the one of that name or key.

        Raises:
            UsageError: there is none.
        """
        wanted, repos = selector.strip().lower(), self.all()
        found = [one for one in repos if wanted in (one.key, one.name.lower(), one.owner.lower(), one.url.lower())]
        if not found:
            hint = nearest(wanted, [name for one in repos for name in (one.name.lower(), one.owner.lower())])
            message = f'there is no repository or owner "{selector}"{hint}; see: forgelake accounts repos list'
            raise UsageError(message)
        return found

    def one(self, selector: str) -> AccountRepo:
        """One repository; of an owner who has several, the one that is called so itself.

        Raises:
            UsageError: there is none, or there are several.
        """
        found, wanted = self.named(selector), selector.strip().lower()
        itself = [one for one in found if wanted in (one.key, one.name.lower(), one.url.lower())]
        if len(itself) == 1:
            return itself[0]
        if len(found) != 1:
            message = f'"{selector}" stands for {len(found)} repositories; name one'
            raise UsageError(message)
        return found[0]

    def activate(self, selector: str) -> list[AccountRepo]:
        """Have repositories collected; those that are already are tried again."""
        found = self.named(selector)
        values = {"choice": ACTIVE, "status": RepoStatus.QUEUED, "message": None}
        self._held.note(self._account, [one.key for one in found if one.gone_at is None], **values)
        return found

    def deactivate(self, selector: str) -> list[AccountRepo]:
        """Collect repositories no more, and take what was collected of them out of the lake."""
        found = [one for one in self.named(selector) if one.choice == ACTIVE]
        keys = [one.key for one in found]
        values: dict[str, object] = {"choice": INACTIVE, "status": RepoStatus.INACTIVE, "message": None, "large": {}}
        self._held.note(self._account, keys, **values, last_commit_at=None, collected_at=None)
        self._forget(keys)
        return found

    def add(self, url: str) -> AccountRepo:
        """Have a repository collected that no forge lists, by its address.

        Raises:
            UsageError: it is there already.
            ConfigurationError: it is no address that git may be sent to.
        """
        place = Remote.at(url)
        key, path = repo_key(place), urlsplit(place.url).path.strip("/").removesuffix(".git")
        if any(key == one.key or place.url == one.url for one in self.all()):
            message = f"{place.url} is among your repositories; activate it there"
            raise UsageError(message)
        new = AccountRepo(
            self._account, key, "git", place.url, path, path.rpartition("/")[0] or place.host,
            origin=ADDED, choice=ACTIVE, status=RepoStatus.QUEUED,
        )  # fmt: skip
        self._held.put_many([new])
        return new

    def remove(self, selector: str) -> AccountRepo:
        """Forget a repository that was added by its address, or that is gone, with its commits.

        Raises:
            UsageError: its forge lists it, so that it would come back.
        """
        one = self.one(selector)
        if one.origin != ADDED and one.gone_at is None:
            message = f"{one.name} is listed by its forge and would come back; deactivate it"
            raise UsageError(message)
        self._forget([one.key])
        self._held.remove(self._account, one.key)
        return one

    def skip(self, selector: str, paths: Sequence[str] | None, commits: Sequence[str] | None) -> AccountRepo:
        """Leave paths, commits or both out of a repository, in place of those that were left out before.

        Args:
            paths, commits: None for as they are.

        Raises:
            UsageError: a commit is not given by its whole id, or there are too many paths.
        """
        one = self.one(selector)
        ids = one.skip.commits if commits is None else [commit.strip().lower() for commit in commits if commit.strip()]
        chosen = one.skip.paths if paths is None else paths
        if bad := [commit for commit in ids if not _COMMIT.fullmatch(commit)]:
            message = f'"{bad[0][:64]}" is no commit; give its whole id, 40 or 64 hexadecimal digits'
            raise UsageError(message)
        if len(chosen) > MOST_PATHS:
            message = f"{len(chosen)} paths are too many; {MOST_PATHS} are the most, and a folder stands for all in it"
            raise UsageError(message)
        kept = tuple(dict.fromkeys(path.strip() for path in chosen if path.strip()))
        changed = replace(one, skip=replace(one.skip, paths=kept, commits=tuple(dict.fromkeys(ids))))
        self._keep(changed)
        return changed

    def decide(self, selector: str, commit: str, *, accept: bool) -> None:
        """Say whether a commit of more than 200 files counts.

        Raises:
            UsageError: no decision is waited for.
        """
        one = self.one(selector)
        found = [large for large in one.large if commit and large.startswith(commit.strip().lower())]
        if len(found) != 1:
            waiting = ", ".join(large[:12] for large in one.large) or "none"
            message = f'"{commit[:64]}" is not one that waits for a decision; waiting: {waiting}'
            raise UsageError(message)
        kind = "accepted" if accept else "commits"
        skip = replace(one.skip, **{kind: (*getattr(one.skip, kind), found[0])})
        large = {name: files for name, files in one.large.items() if name != found[0]}
        self._keep(replace(one, skip=skip, large=large))

    def _keep(self, one: AccountRepo) -> None:
        queued = {"status": RepoStatus.QUEUED} if one.choice == ACTIVE else {}
        self._held.note(self._account, [one.key], skip=one.skip, large=one.large, **queued)
