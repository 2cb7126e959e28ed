"""From a history to a person's commits: walk it, choose theirs, count what those changed."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from posixpath import dirname

from forgelake.model.commits import NOTHING_SKIPPED, MinedCommit, MinedRepo, Package, PathClass, Role, Skipped, Tally
from forgelake.normalise.git.attributes import pattern_of
from forgelake.normalise.git.changes import FileChange
from forgelake.normalise.git.headers import Header
from forgelake.normalise.git.kinds import purpose
from forgelake.normalise.git.paths import Classifier
from forgelake.sources.git.history import History
from forgelake.sources.git.packages import added, is_manifest, used


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
    theirs = [header for header in history.commits(head, emails, now) if header.id not in skipped.commits]
    plain = [header for header in theirs if not header.is_merge]
    before = {one.id: one for one in known.commits if one.tallies is not None} if known else {}
    out = known.left_out if known else frozenset[str]()
    new = [header for header in plain if header.id not in before and header.id not in out]
    counted = counts(history, new, Classifier(history.file(head, ".gitattributes")), left_out(skipped.paths))
    names, out = added(history, counted.naming), out | counted.left_out
    commits = tuple(
        replace(
            before.get(header.id) or commit(header, counted.tallies.get(header.id), names.get(header.id, ())),
            role=header.role,
            is_accepted=header.id in skipped.accepted,
        )
        for header in plain
        if header.id not in out
    )
    uses = used(history, head, counted.folders, known.uses if known else frozenset())
    notes = tuple(_notes(history, commits, uses))
    merges = sum(header.is_merge and header.role is Role.AUTHOR for header in theirs)
    return MinedRepo(label, head, commits, merges, uses or frozenset(), notes, left_out=out)


@dataclass(frozen=True, slots=True)
class Counted:
    """What commits changed.

    Attributes:
        tallies: by commit; of a commit that cannot be counted there is none.
        folders: of all files.
        naming: the commits that touch a manifest of packages.
        left_out: the commits that touch nothing but what is left out.
    """

    tallies: dict[str, tuple[Tally, ...]] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    naming: list[str] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)


def left_out(paths: Iterable[str]) -> Callable[[bytes], bool] | None:
    """Whether a file is one that the person leaves out; None where they leave out none."""
    patterns = [pattern_of(path.rstrip("/")) for path in paths]
    if not patterns:
        return None

    def matches(path: bytes) -> bool:
        text = path.decode("utf-8", errors="replace")
        folders = [text[:at] for at, sign in enumerate(text) if sign == "/"]
        return any(pattern.fullmatch(place) for pattern in patterns for place in (text, *folders))

    return cache(matches)


def counts(
    history: History, plain: Sequence[Header], classifier: Classifier, skips: Callable[[bytes], bool] | None = None
) -> Counted:
    """Count what commits changed.

    A shallow clone's last commits cannot be counted: without a parent git takes everything in them for new.
    """
    boundary = history.boundary()
    counted, naming = Counted(), _Manifests()
    for change in history.changed([header.id for header in plain if header.id not in boundary]):
        files = [file for file in change.files if not skips(file.path)] if skips else change.files
        if change.files and not files:
            counted.left_out.add(change.commit)
            continue
        counted.tallies[change.commit] = tallies(files, classifier)
        if naming.looked_at(files):
            counted.naming.append(change.commit)
    counted.folders.update(naming.folders)
    return counted


class _Manifests:
    """Looks at every path once."""

    def __init__(self) -> None:
        self.folders = set[str]()
        self._known: dict[bytes, bool] = {}

    def looked_at(self, files: Iterable[FileChange]) -> bool:
        """Whether one of the files is a manifest."""
        known, found = self._known, False
        for path, _, _ in files:
            if path not in known:
                known[path] = is_manifest(path)
                self.folders.add(dirname(path.decode("utf-8", errors="replace")))
            found |= known[path]
        return found


def tallies(files: Iterable[FileChange], classifier: Classifier) -> tuple[Tally, ...]:
    """Counts of files by their class."""
    sums: dict[PathClass, list[int]] = {}
    of = classifier.of
    for path, plus, minus in files:
        held = sums.setdefault(of(path), [0, 0, 0, 0])
        held[0] += 1
        if plus is None or minus is None:
            held[1] += 1
        else:
            held[2] += plus
            held[3] += minus
    return tuple(Tally(path_class, *numbers) for path_class, numbers in sums.items())


def commit(header: Header, counted: tuple[Tally, ...] | None, names: tuple[Package, ...] = ()) -> MinedCommit:
    """A commit without what must not be kept."""
    kind, is_breaking = purpose(header.subject)
    return MinedCommit(header.id, header.authored_at, header.utc_offset, kind, is_breaking, counted, names)


def _notes(history: History, commits: Sequence[MinedCommit], uses: frozenset[Package] | None) -> Iterator[str]:
    unread = sum(one.tallies is None for one in commits)
    if history.boundary():
        yield "it is a shallow clone, so older commits are not in it; git fetch --unshallow brings them"
    if unread:
        yield f"the lines of {unread:,} commits could not be counted, because their files are not in this clone"
    if uses is None:
        yield "the packages that it uses are not known, because its files are not in this clone"
