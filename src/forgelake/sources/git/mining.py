"""From a history to a person's commits: walk it, choose theirs, count what those changed."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from forgelake.model.commits import NOTHING_SKIPPED, MinedCommit, MinedRepo, Package, Role, Skipped, Tally
from forgelake.model.counted import counted
from forgelake.normalise.allocator import without_collecting
from forgelake.normalise.git.changes import Change
from forgelake.normalise.git.headers import Header
from forgelake.normalise.git.kinds import purpose
from forgelake.normalise.git.paths import Classifier
from forgelake.sources.git.counting import Counting, left_out
from forgelake.sources.git.ends import End, read
from forgelake.sources.git.faults import GitError
from forgelake.sources.git.history import History
from forgelake.sources.git.packages import added, used

_MANY_OTHERS: Final = 50


@without_collecting()
def mined(
    history: History,
    label: str,
    emails: Container[str] | None,
    now: datetime,
    known: MinedRepo | None = None,
    skipped: Skipped = NOTHING_SKIPPED,
) -> MinedRepo:
    """The commits of a person on the default branch of a repository.

    Args:
        emails: the person's addresses in folded case; None for everybody's commits.
        now: times more than a day later are not believed.
        known: what was mined of it before, with the same settings and paths: its commits are not counted again.
        skipped: what the person leaves out.

    Raises:
        SkipError: the history cannot be read.
    """
    head = history.head()
    if head is None:
        return MinedRepo(label, None, (), notes=("it holds no commit",))
    # A shallow clone's last commits cannot be counted: without a parent git takes everything in them for new.
    boundary = history.boundary()
    classifier = Classifier(history.file(head, ".gitattributes"))
    counting = Counting(classifier, left_out(skipped.paths), boundary.union(skipped.commits))
    at_once = None if known or history.is_partial else _at_once(history, head, emails, now, counting)
    theirs = [one for one in at_once or history.commits(head, emails, now) if one.id not in skipped.commits]
    plain = [header for header in theirs if not header.is_merge]
    before = {one.id: one for one in known.commits if one.tallies is not None} if known else {}
    out = known.left_out if known else frozenset[str]()
    new = [header.id for header in plain if header.id not in before and header.id not in out]
    _count(history, [commit for commit in new if not counting.is_done_with(commit)], counting)
    counting.settle(history)
    names, out = added(history, counting.manifests), out | counting.left_out
    commits = tuple(
        replace(one, role=header.role, is_accepted=header.id in skipped.accepted)
        if (one := before.get(header.id))
        else _commit(header, counting.tallies(header.id), names.get(header.id, ()), skipped)
        for header in plain
        if header.id not in out
    )
    uses = used(history, head, counting.folders, known.uses if known else frozenset())
    notes = tuple(_notes(commits, uses, is_shallow=bool(boundary)))
    merges = sum(header.is_merge and header.role is Role.AUTHOR for header in theirs)
    by_others = 0 if theirs or skipped.commits else history.length(head)
    return MinedRepo(label, head, commits, merges, uses or frozenset(), notes, left_out=out, by_others=by_others)


def _at_once(
    history: History, head: str, emails: Container[str] | None, now: datetime, counting: Counting
) -> list[Header] | None:
    """Their commits, counted in the same pass; None where others have written more, or not all can be counted.

    A second pass over what is theirs alone costs the history's walk once more, a twentieth of what counting all of it
    does. What has been counted by then stays counted.
    """
    newer, older, others, met = list[Header](), list[Header](), set[str](), set[str]()

    def take(told: tuple[Header | None, Change], end: End) -> bool:
        header, change = told
        if header is None:
            others.add(change.commit)
            return len(others) <= len(met) + _MANY_OTHERS
        if header.id in met:
            return False
        met.add(header.id)
        (newer if end is End.NEWEST else older).append(header)
        if not header.is_merge:
            counting.take(change, end)
        return True

    try:
        read(lambda end: history.told(head, emails, now, end), take, history.spare)
    except GitError:
        return None
    return [*newer, *reversed(older)] if len(others) <= len(met) + _MANY_OTHERS else None


def _count(history: History, commits: Sequence[str], counting: Counting) -> None:
    """Count some commits, newest first."""

    def take(change: Change, end: End) -> bool:
        if counting.is_done_with(change.commit):
            return False
        counting.take(change, end)
        return True

    read(lambda end: history.changed(commits if end is End.NEWEST else commits[::-1]), take, history.spare)


def _commit(
    header: Header, counted: tuple[Tally, ...] | None, names: tuple[Package, ...], skipped: Skipped
) -> MinedCommit:
    """A commit without what must not be kept."""
    kind, is_breaking = purpose(header.subject)
    is_accepted = header.id in skipped.accepted
    at, offset = header.authored_at, header.utc_offset
    return MinedCommit(header.id, at, offset, kind, is_breaking, counted, names, header.role, is_accepted)


def _notes(commits: Sequence[MinedCommit], uses: frozenset[Package] | None, *, is_shallow: bool) -> Iterator[str]:
    unread = sum(one.tallies is None for one in commits)
    if is_shallow:
        yield "it is a shallow clone, so older commits are not in it; git fetch --unshallow brings them"
    if unread:
        of_which = counted(unread, "commit")
        yield f"the lines of {of_which} could not be counted, because their files are not in this clone"
    if uses is None:
        yield "the packages that it uses are not known, because its files are not in this clone"
