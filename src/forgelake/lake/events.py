"""The ``events`` table: one row per public event, one schema for every era."""

from forgelake.lake.columns import Column, Era, Kind, Table

_A, _T, _B, _C = Era.API_2011, Era.TIMELINE_2012, Era.API_2015, Era.TRIMMED_2025
_IDS = (_A, _B, _C)
_FULL = (_T, _B)
_MODERN = (_B, _C)
_UNTRIMMED = (_A, _T, _B)

EVENTS = Table(
    name="events",
    meaning="One public event of GitHub, once, whichever sources hold it.",
    day_column="created_at",
    sort=("type", "repo_id", "created_at", "id", "fingerprint", "actor_login"),
    columns=(
        Column("id", Kind.INTEGER, "GitHub's event id; not unique by itself: ids restarted and repeat.", _IDS),
        Column("type", Kind.TEXT, "Event type, e.g. PushEvent.", required=True),
        Column("action", Kind.TEXT, "What was done, e.g. opened, closed, merged, started, created."),
        Column("created_at", Kind.INSTANT, "When it happened, to the second, UTC.", required=True),
        Column("era", Kind.TEXT, "The form in which the event was published.", required=True),
        Column("sources", Kind.TEXTS, "The slices that hold it, as source:slice@origin.", required=True, element_id=63),
        Column(
            "fingerprint", Kind.INTEGER, "Hash of address and payload where there is no id; tells such events apart."
        ),
        Column("actor_id", Kind.INTEGER, "Account id of who did it.", _IDS),
        Column("actor_login", Kind.TEXT, "Login of who did it, at that time."),
        Column("actor_type", Kind.TEXT, "User or Organization.", (_T,)),
        Column("repo_id", Kind.INTEGER, "Repository id."),
        Column("repo_name", Kind.TEXT, "Repository as owner/name, at that time."),
        Column("org_id", Kind.INTEGER, "Id of the organisation that the repository belongs to.", _IDS),
        Column("org_login", Kind.TEXT, "Login of the organisation that the repository belongs to."),
        Column("ref", Kind.TEXT, "Git ref pushed (refs/heads/…), or branch or tag created or deleted (bare name)."),
        Column("ref_type", Kind.TEXT, "repository, branch or tag, for created and deleted refs."),
        Column("push_id", Kind.INTEGER, "GitHub's id of the push.", _IDS),
        Column("push_size", Kind.INTEGER, "Commits in the push.", _UNTRIMMED),
        Column("push_distinct_size", Kind.INTEGER, "Commits in the push that were new to the repository.", (_B,)),
        Column("push_head", Kind.TEXT, "Commit SHA that the ref points at after the push."),
        Column("push_before", Kind.TEXT, "Commit SHA that the ref pointed at before the push.", _MODERN),
        Column("commit_count", Kind.INTEGER, "Commits listed in the event: at most 20 of push_size.", _UNTRIMMED),
        Column("number", Kind.INTEGER, "Issue, pull request or discussion number within the repository."),
        Column("item_id", Kind.INTEGER, "Global id of the issue, pull request or discussion."),
        Column("is_pull_request", Kind.FLAG, "Whether the numbered item is a pull request."),
        Column("title", Kind.TEXT, "Title of the issue or pull request (not of trimmed pull requests)."),
        Column("state", Kind.TEXT, "open or closed, after the event (not of trimmed pull requests)."),
        Column("is_draft", Kind.FLAG, "Whether the pull request is a draft.", _MODERN),
        Column("author_id", Kind.INTEGER, "Account id of who opened the issue or pull request."),
        Column("author_login", Kind.TEXT, "Login of who opened the issue or pull request."),
        Column("author_association", Kind.TEXT, "The author's relation to the repository, e.g. MEMBER.", (_B,)),
        Column("opened_at", Kind.INSTANT, "When the issue or pull request was opened, UTC."),
        Column("closed_at", Kind.INSTANT, "When it was closed, UTC."),
        Column("merged", Kind.FLAG, "Whether it is merged; since 2025-10 only true, on action merged."),
        Column("merged_at", Kind.INSTANT, "When it was merged, UTC.", _UNTRIMMED),
        Column("merged_by_id", Kind.INTEGER, "Account id of who merged it.", _UNTRIMMED),
        Column("merged_by_login", Kind.TEXT, "Login of who merged it.", _UNTRIMMED),
        Column("additions", Kind.INTEGER, "Lines added by the pull request.", _UNTRIMMED),
        Column("deletions", Kind.INTEGER, "Lines deleted by the pull request.", _UNTRIMMED),
        Column("changed_files", Kind.INTEGER, "Files changed by the pull request.", _UNTRIMMED),
        Column("pull_commits", Kind.INTEGER, "Commits in the pull request.", _UNTRIMMED),
        Column("comments", Kind.INTEGER, "Comments on the issue or pull request so far."),
        Column("review_comments", Kind.INTEGER, "Review comments on the pull request so far.", _UNTRIMMED),
        Column("labels", Kind.TEXTS, "Names of the labels of the issue or pull request.", _IDS, element_id=64),
        Column("base_ref", Kind.TEXT, "Branch that the pull request goes into."),
        Column("head_ref", Kind.TEXT, "Branch that the pull request comes from."),
        Column("review_id", Kind.INTEGER, "Id of the review.", _MODERN),
        Column("review_state", Kind.TEXT, "approved, changes_requested, commented or dismissed.", _MODERN),
        Column("comment_id", Kind.INTEGER, "Id of the comment."),
        Column("actor_association", Kind.TEXT, "The commenter's or reviewer's relation to the repository.", (_B,)),
        Column("release_id", Kind.INTEGER, "Id of the release.", _MODERN),
        Column("release_tag", Kind.TEXT, "Tag of the release.", _MODERN),
        Column("release_prerelease", Kind.FLAG, "Whether the release is a pre-release.", _MODERN),
        Column("forkee_id", Kind.INTEGER, "Id of the new repository that a fork made."),
        Column("forkee_name", Kind.TEXT, "The new repository as owner/name.", _IDS),
        Column("member_id", Kind.INTEGER, "Account id of the collaborator added."),
        Column("member_login", Kind.TEXT, "Login of the collaborator added."),
        Column("target_id", Kind.INTEGER, "Account id of who was followed.", (_A, _T)),
        Column("target_login", Kind.TEXT, "Login of who was followed.", (_A, _T)),
        Column("repo_language", Kind.TEXT, "Main language of the repository at that time.", _FULL),
        Column("repo_stars", Kind.INTEGER, "Stars of the repository at that time.", _FULL),
        Column("repo_forks", Kind.INTEGER, "Forks of the repository at that time.", _FULL),
    ),
)
"""Sources of the meanings: GitHub's "GitHub event types" reference and the published hours themselves."""

IDENTITY = ("id", "fingerprint", "type", "created_at", "repo", "actor")
"""What makes two rows the same event: ``repo`` and ``actor`` mean the id where there is one, else the name."""

IDENTITY_SQL = (
    "id, fingerprint, type, created_at, "
    "coalesce(CAST(repo_id AS VARCHAR), repo_name), coalesce(CAST(actor_id AS VARCHAR), actor_login)"
)
"""The identity as DuckDB grouping expressions (GROUP BY treats NULLs as equal)."""
