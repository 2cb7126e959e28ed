"""From a history to a person's commits: walk it, choose theirs, count what those changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from posixpath import dirname

from forgelake.model.commits import MinedCommit, MinedRepo, Package, PathClass, Tally
from forgelake.normalise.git.changes import FileChange
from forgelake.normalise.git.headers import Header
from forgelake.normalise.git.kinds import purpose
from forgelake.normalise.git.paths import Classifier
from forgelake.sources.git.history import History
from forgelake.sources.git.packages import added, is_manifest, used


def mined(
    history: History, label: str, emails: Iterable[str] | None, now: datetime, known: MinedRepo | None = None
) -> MinedRepo:
    """The commits of a person on the default branch of a repository.

    Args:
        emails: the person's addresses, in any case; None for everybody's commits.
        now: times more than a day later are not believed.
        known: what was mined of it before, with the same settings: its commits are not counted again.

    Raises:
        SkipError: the history cannot be read.
    """
    head = history.head()
    if head is None:
        return MinedRepo(label, None, (), notes=("it holds no commit",))
    wanted = None if emails is None else frozenset(email.casefold() for email in emails)
    theirs = list(history.commits(head, wanted, now))
    plain = [header for header in theirs if not header.is_merge]
    before = {one.id: one for one in known.commits if one.tallies is not None} if known else {}
    new = [header for header in plain if header.id not in before]
    counted = counts(history, new, Classifier(history.file(head, ".gitattributes")))
    names = added(history, counted.naming)
    commits = tuple(
        before.get(header.id) or commit(header, counted.tallies.get(header.id), names.get(header.id, ()))
        for header in plain
    )
    uses = used(history, head, counted.folders, known.uses if known else frozenset())
    notes = tuple(_notes(history, commits, uses))
    return MinedRepo(label, head, commits, len(theirs) - len(plain), uses or frozenset(), notes)


@dataclass(frozen=True, slots=True)
class Counted:
    """What commits changed.

    Attributes:
        tallies: by commit; of a commit that cannot be counted there is none.
        folders: of all files.
        naming: the commits that touch a manifest of packages.
    """

    tallies: dict[str, tuple[Tally, ...]] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    naming: list[str] = field(default_factory=list)


def counts(history: History, plain: Sequence[Header], classifier: Classifier) -> Counted:
    """Count what commits changed.

    A shallow clone's last commits cannot be counted: without a parent git takes everything in them for new.
    """
    boundary = history.boundary()
    counted, naming = Counted(), _Manifests()
    for change in history.changed([header.id for header in plain if header.id not in boundary]):
        counted.tallies[change.commit] = tallies(change.files, classifier)
        if naming.looked_at(change.files):
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
