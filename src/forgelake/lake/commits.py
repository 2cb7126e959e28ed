"""Tables of a person's commits: ids, times, kinds, languages and counts; never a path, a message or an address.

Rows lie under the UTC day on which they were mined. What a repository holds is replaced whole when it has changed, so a
commit that was taken back leaves no row.
"""

from typing import Final

from forgelake.lake.columns import Column, Kind, Table

OF_A_PERSON: Final = (
    Column("source", Kind.TEXT, "The slice that it came from, as source:slice@origin.", required=True),
    Column("day", Kind.DATE, "The UTC day that it was mined on.", required=True),
    Column("taken_at", Kind.INSTANT, "When it was mined, UTC.", required=True),
    Column("account", Kind.TEXT, "Whose commits: the account that the e-mails belong to.", required=True),
    Column("repo", Kind.TEXT, "The repository, by a key that does not tell its name.", required=True),
    Column("visibility", Kind.TEXT, "private, unless the repository is known to be public.", required=True),
)
_NUMBERS: Final = (
    Column("files", Kind.INTEGER, "Files that were changed; NULL where they could not be read."),
    Column("binary_files", Kind.INTEGER, "Of these, files without lines."),
    Column("lines_added", Kind.INTEGER, "Lines added, as git diff --numstat has them."),
    Column("lines_deleted", Kind.INTEGER, "Lines deleted."),
)

COMMITS: Final = Table(
    name="commits",
    meaning=(
        "A person's commit on a repository's default branch, no merge. Forks hold the same one: count ids, not rows."
    ),
    day_column="day",
    slices="commits",
    sort=("account", "repo", "authored_at", "commit_id"),
    late=True,
    columns=(
        *OF_A_PERSON,
        Column("commit_id", Kind.TEXT, "The commit's id.", required=True),
        Column("authored_at", Kind.INSTANT, "When its author wrote it, UTC; NULL where no date is believable."),
        Column("utc_offset", Kind.INTEGER, "Minutes by which the author's clock was ahead of UTC."),
        Column("kind", Kind.TEXT, "feat, fix, docs, test, ci, refactor or other.", required=True),
        Column("is_breaking", Kind.FLAG, "Whether it announces a break.", required=True),
        Column(
            "is_large",
            Kind.FLAG,
            "Whether it changed more than 200 files, and its person has not said that it counts.",
            required=True,
        ),
        *_NUMBERS,
        Column("counted_by", Kind.TEXT, "The mark of the settings that lines were counted with.", required=True),
        Column("role", Kind.TEXT, "author, or co_author of a commit that somebody else wrote; NULL is author."),
    ),
)

COMMIT_LANGUAGES: Final = Table(
    name="commit_languages",
    meaning="What a commit changed in files of one language and flags; over a commit they sum up to its own numbers.",
    day_column="day",
    slices="commits",
    sort=("account", "repo", "commit_id", "language"),
    late=True,
    columns=(
        *OF_A_PERSON,
        Column("commit_id", Kind.TEXT, "The commit's id.", required=True),
        Column("language", Kind.TEXT, "As GitHub's Linguist calls it; NULL where it knows none."),
        Column("is_vendored", Kind.FLAG, "Whether it is somebody else's code.", required=True),
        Column("is_generated", Kind.FLAG, "Whether a program wrote it.", required=True),
        Column("is_documentation", Kind.FLAG, "Whether it is documentation.", required=True),
        *_NUMBERS,
    ),
)

COMMIT_PACKAGES: Final = Table(
    name="commit_packages",
    meaning="A third-party package that a commit added to a manifest, or that manifests near the person's files name.",
    day_column="day",
    slices="commits",
    sort=("account", "repo", "ecosystem", "package"),
    late=True,
    columns=(
        *OF_A_PERSON,
        Column("commit_id", Kind.TEXT, "The commit that added it; NULL in the row that says that it is used now."),
        Column("ecosystem", Kind.TEXT, "Where it comes from, e.g. pypi.", required=True),
        Column("package", Kind.TEXT, "Its name there.", required=True),
    ),
)

COMMIT_TABLES: Final = (COMMITS, COMMIT_LANGUAGES, COMMIT_PACKAGES)
