"""Tables of repositories, one row or some for each repository and day.

A repository is known by its id; names are those of that day. What is not known is NULL, never zero.
"""

from typing import Final

from forgelake.lake.columns import Column, Kind, Table

SOURCE_AND_DAY: Final = (
    Column("source", Kind.TEXT, "The slice that it came from, as source:slice@origin.", required=True),
    Column("day", Kind.DATE, "The UTC day that it was collected for.", required=True),
    Column("taken_at", Kind.INSTANT, "When GitHub said it, UTC.", required=True),
)
OF_A_REPO: Final = (
    *SOURCE_AND_DAY,
    Column("repo_id", Kind.INTEGER, "Repository id, which stays when the name changes.", required=True),
    Column("repo_name", Kind.TEXT, "Repository as owner/name, at that time.", required=True),
    Column("visibility", Kind.TEXT, "public, private or internal, at that time; NULL where it is not known."),
)

REPO_SNAPSHOTS: Final = Table(
    name="repo_snapshots",
    meaning="A tracked repository as it was on one day.",
    day_column="day",
    slices="snapshot",
    sort=("repo_id", "source"),
    columns=(
        *OF_A_REPO,
        Column("owner_login", Kind.TEXT, "Login of the account or organisation that owns it."),
        Column("stars", Kind.INTEGER, "Accounts that star it: those that took their star back are not counted."),
        Column("forks", Kind.INTEGER, "Forks of it."),
        Column("watchers", Kind.INTEGER, "Accounts that are notified of what happens in it (subscribers)."),
        Column("open_issues", Kind.INTEGER, "Open issues, without pull requests."),
        Column("open_pull_requests", Kind.INTEGER, "Open pull requests."),
        Column("size_kb", Kind.INTEGER, "Size of its git data on GitHub, in kilobytes."),
        Column("default_branch", Kind.TEXT, "Name of its default branch."),
        Column("language", Kind.TEXT, "Language that most of its bytes are written in."),
        Column("license", Kind.TEXT, "SPDX identifier of its licence; NOASSERTION for one that GitHub does not know."),
        Column("is_archived", Kind.FLAG, "Whether it is archived, that is read-only."),
        Column("is_fork", Kind.FLAG, "Whether it is a fork."),
        Column("is_disabled", Kind.FLAG, "Whether GitHub has disabled it."),
        Column("created_at", Kind.INSTANT, "When it was made, UTC."),
        Column("pushed_at", Kind.INSTANT, "When something was last pushed to it, UTC."),
        Column("topics", Kind.TEXTS, "Its topics.", element_id=26),
        Column("release_count", Kind.INTEGER, "Its releases."),
        Column("release_downloads", Kind.INTEGER, "Downloads of all releases' files; NULL on days it was not asked."),
        Column("community_health", Kind.INTEGER, "GitHub's community profile, percent; NULL on days it was not asked."),
    ),
)

REPO_LANGUAGES: Final = Table(
    name="repo_languages",
    meaning="One language of a tracked repository on one day.",
    day_column="day",
    slices="snapshot",
    sort=("repo_id", "source", "language"),
    columns=(
        *OF_A_REPO,
        Column("language", Kind.TEXT, "The language, as GitHub's Linguist calls it.", required=True),
        Column("bytes", Kind.INTEGER, "Bytes of code in it on the default branch.", required=True),
    ),
)

REPO_RELEASES: Final = Table(
    name="repo_releases",
    meaning="One release of a tracked repository on a day on which its downloads were asked for.",
    day_column="day",
    slices="snapshot",
    sort=("repo_id", "source", "tag"),
    columns=(
        *OF_A_REPO,
        Column("tag", Kind.TEXT, "The release's tag.", required=True),
        Column("published_at", Kind.INSTANT, "When it was published, UTC."),
        Column("is_prerelease", Kind.FLAG, "Whether it is a pre-release."),
        Column("assets", Kind.INTEGER, "Files of the release."),
        Column("downloads", Kind.INTEGER, "Downloads of all its files so far."),
    ),
)

REPO_STATES: Final = Table(
    name="repo_states",
    meaning="What became of a tracked repository: a row when it is first seen, and one whenever name or state change.",
    day_column="day",
    slices="state",
    sort=("repo_id", "taken_at"),
    columns=(
        *OF_A_REPO,
        Column("state", Kind.TEXT, "available, renamed, transferred, missing, private or blocked.", required=True),
        Column("former_name", Kind.TEXT, "The name until then, if it has another one now."),
        Column("detail", Kind.TEXT, "What GitHub said of it, for people."),
    ),
)
