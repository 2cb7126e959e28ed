"""The tables of the state. The migrations make them; a test compares the two.

``doc=`` of each column is its documentation everywhere: reference pages and ``forgelake tables`` read it here.
"""

from sqlalchemy import JSON, BigInteger, Column, Double, ForeignKey, Index, Integer, Table, Text

import forgelake.state.people_schema
import forgelake.state.schema_repos  # noqa: F401
from forgelake.state.columns import Days, UtcDateTime, described
from forgelake.state.metadata import metadata

slices = Table(
    "slices",
    metadata,
    Column("source", Text, primary_key=True, doc="The source, e.g. gharchive."),
    Column("name", Text, primary_key=True, doc="The slice's name within its source, e.g. 2016-01-01-1."),
    Column("origin", Text, primary_key=True, doc="Which of the source's places was asked."),
    Column("start", UtcDateTime, nullable=False, doc="First instant that the slice is named for."),
    Column("end", UtcDateTime, nullable=False, doc='First instant after the slice; write it "end" in SQL.'),
    Column("status", Text, nullable=False, doc="landed, received, awaited, missing, refused, empty or failed."),
    Column("reason", Text, doc="Why there are no rows of it; null when received."),
    Column("url", Text, doc="Where the bytes came from."),
    Column("etag", Text, doc="The origin's own version mark of the bytes, if it gave one."),
    Column("sha256", Text, doc="Hexadecimal digest of the bytes."),
    Column("size", BigInteger, doc="Number of bytes as received."),
    Column("path", Text, doc="Where the bytes lie in landing."),
    Column("received_at", UtcDateTime, doc="When the last byte arrived."),
    Column("attempts", Integer, nullable=False, doc="How often the origin was asked for it."),
    Column("first_asked_at", UtcDateTime, nullable=False, doc="When the origin was first asked for it."),
    Column("last_asked_at", UtcDateTime, nullable=False, doc="When the origin was last asked for it."),
    Column("next_ask_at", UtcDateTime, doc="When it is due to be asked for again; null when it is not."),
    Column("events", BigInteger, nullable=False, doc="Distinct events that it brought into the lake."),
    Column(
        "duplicates",
        BigInteger,
        nullable=False,
        doc="Further copies of an event within the slice, or events that the poll before had.",
    ),
    Column("rejected", BigInteger, nullable=False, doc="Stretches of input that could not be read as an event."),
    Column("repaired", BigInteger, nullable=False, doc="Events kept although one value had to be mended or left out."),
    Column("json_bytes", BigInteger, nullable=False, doc="Size of the text after inflating."),
    Column("first_event", UtcDateTime, doc="The earliest created_at in it."),
    Column("last_event", UtcDateTime, doc="The latest created_at in it."),
    Column("days", Days, nullable=False, doc="UTC days under which rows of it may lie in the lake."),
    Column("committed_at", UtcDateTime, doc="When its rows were last committed to the lake."),
    Column("changed", BigInteger, nullable=False, server_default="0", doc="The ledger's version that last changed it."),
    Index(None, "source", "start"),
    Index(None, "changed"),
    Index(None, "source", "status", "next_ask_at"),
)

ledger_version = Table(
    "ledger_version",
    metadata,
    Column("id", Integer, primary_key=True, doc="There is one row."),
    Column("number", BigInteger, nullable=False, doc="How often the table slices was changed."),
    Column(
        "forgotten", BigInteger, nullable=False, server_default="0", doc="The number at which a row was last removed."
    ),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True, doc="What is leased."),
    Column("run_id", Text, nullable=False, doc="The run that holds it."),
    Column("host", Text, nullable=False, doc="The host that the run is on."),
    Column("pid", BigInteger, nullable=False, doc="The process that holds it."),
    Column("process_started", BigInteger, doc="The kernel's start mark of the process, where there is one."),
    Column("acquired_at", UtcDateTime, nullable=False, doc="Since when it is held."),
    Column("expires_at", UtcDateTime, nullable=False, doc="When it is anybody's again unless renewed."),
    Index(None, "run_id"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True, doc="The run's id, 32 hexadecimal digits."),
    Column("job", Text, nullable=False, doc="What ran, e.g. collect gharchive."),
    Column("started_at", UtcDateTime, nullable=False, doc="When it started."),
    Column("finished_at", UtcDateTime, doc="When it ended; for an interrupted run its last sign of life."),
    Column("status", Text, nullable=False, doc="running, done, done_with_gaps, failed or interrupted."),
    Column("host", Text, nullable=False, doc="The host it ran on."),
    Column("pid", BigInteger, nullable=False, doc="Its process."),
    Column("process_started", BigInteger, doc="The kernel's start mark of the process, where there is one."),
    Column("arguments", JSON, nullable=False, doc="What it was asked to do, without secrets."),
    Column("slices_done", BigInteger, nullable=False, doc="Slices dealt with so far."),
    Column("events", BigInteger, nullable=False, doc="Events committed so far."),
    Column("rejected", BigInteger, nullable=False, doc="Stretches of input rejected so far."),
    Column("bytes", BigInteger, nullable=False, doc="Bytes received so far."),
    Column("error", Text, doc="Why it failed or was given up."),
    Column("heartbeat_at", UtcDateTime, nullable=False, doc="Its last sign of life."),
    Column("cause", Text, doc="Why a worker began it, e.g. schedule or asked for; null when begun by a command."),
    Index(None, "started_at"),
    Index(None, "status"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("name", Text, primary_key=True, doc="The job, e.g. collect_gharchive."),
    Column("schedule", Text, nullable=False, doc="Its cron expression, in UTC; empty when it has none."),
    Column("scheduled_at", UtcDateTime, doc="When the schedule wants it next; null when it has none."),
    Column("wanted_at", UtcDateTime, doc="Since when a run is wanted besides; null when none is."),
    Column("wanted_by", Text, doc="Why: asked for, stopped, or after another job."),
    Column("retry_at", UtcDateTime, doc="When it is tried again after it failed; null when it is not."),
    Column("failures", Integer, nullable=False, doc="Runs in a row that failed."),
    Column("paused_at", UtcDateTime, doc="Since when it is paused; null while it is not."),
    Column("run_id", Text, doc="The run that is at it now; null while none is."),
    Column("started_at", UtcDateTime, doc="When its last run began."),
    Column("finished_at", UtcDateTime, doc="When its last run ended."),
    Column("status", Text, doc="How its last run ended: done, done_with_gaps, failed or interrupted."),
    Column("succeeded_at", UtcDateTime, doc="When a run last ended that did not fail."),
    Column("error", Text, doc="What the last run could not do, and what a person can do about it."),
)

alerts = Table(
    "alerts",
    metadata,
    Column("name", Text, primary_key=True, doc="The alert, as the settings call it."),
    Column("state", Text, nullable=False, doc="quiet, pending or firing."),
    Column("since", UtcDateTime, nullable=False, doc="Since when it is so."),
    Column("told_at", UtcDateTime, doc="When its channels were last told that it fires; null while it does not."),
    Column("value", Double, doc="The last value that was known; null when none ever was."),
    Column("words", Text, nullable=False, doc="What was seen at the last check."),
    Column("unknown_since", UtcDateTime, doc="Since when it cannot be said; null while it can."),
    Column("checked_at", UtcDateTime, nullable=False, doc="When it was last checked."),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Text, primary_key=True, doc="The notice's id, 32 hexadecimal digits."),
    Column("channel", Text, nullable=False, doc="The channel that is told."),
    Column("subject", Text, nullable=False, doc="What it is about: an alert, or a week."),
    Column("event", Text, nullable=False, doc="firing, repeated, recovered, digest or feedback."),
    Column("content", JSON, nullable=False, doc="What is told."),
    Column("made_at", UtcDateTime, nullable=False, doc="When there was something to tell."),
    Column("tries", Integer, nullable=False, doc="How often the channel was tried."),
    Column("sent_at", UtcDateTime, doc="When the channel took it; null until then."),
    Column("receipt", Text, doc="What the channel called it, e.g. an issue's number."),
    Column("error", Text, doc="Why the last try failed."),
    Column("account", Text, doc="Whose weekly feedback it is; null for what channels are told."),
    Index(None, "subject"),
    Index(None, "sent_at"),
)

unfinished = Table(
    "unfinished",
    metadata,
    Column("source", Text, primary_key=True, doc="The source."),
    Column("name", Text, primary_key=True, doc="The slice's name within its source."),
    Column("times", Integer, nullable=False, doc="How often work on it was begun and not brought to an end."),
    Column("run_id", Text, nullable=False, doc="The run that began it last."),
    Column("begun_at", UtcDateTime, nullable=False, doc="When it was last begun."),
)

answers = Table(
    "answers",
    metadata,
    Column("id", Text, primary_key=True, doc="The answer's id, 32 hexadecimal digits that nobody can guess."),
    Column("question", Text, nullable=False, doc="Digest of all that was asked: the same for the same question."),
    Column("metric", Text, nullable=False, doc="The metric."),
    Column("definition", Text, nullable=False, doc="Digest of its definition."),
    Column("parameters", JSON, nullable=False, doc="What was asked, defaults included: texts by name."),
    Column("engine", Text, nullable=False, doc="What runs its SQL: duckdb or spark."),
    Column("snapshot", Text, nullable=False, doc="The state of the lake that it is made from, or was asked of."),
    Column("shown", Text, nullable=False, doc="Digest of what may be shown of repositories."),
    Column("asked_by", Text, nullable=False, doc="Digest of the key or address that asked first, for limits."),
    Column("state", Text, nullable=False, doc="queued, running, done, failed, cancelled or expired."),
    Column("created_at", UtcDateTime, nullable=False, doc="When it was asked for."),
    Column("started_at", UtcDateTime, doc="When a worker last began it."),
    Column("ended_at", UtcDateTime, doc="When it was done, failed or was cancelled."),
    Column("expires_at", UtcDateTime, doc="Until when it is kept; null while it is under way."),
    Column("tries", Integer, nullable=False, doc="How often a worker began it."),
    Column("attempt", Text, doc="Which of its beginnings is at it; null while none is."),
    Column("share", Double, doc="How much of the work is done, from 0 to 1; null where that is not known."),
    Column("share_of", Text, doc="What that share counts, in words."),
    Column("error", Text, doc="Why it failed, for who asked."),
    Column("path", Text, doc="Where its result lies in the storage; null without one."),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    Column("source", Text, primary_key=True, doc="The source."),
    Column("position", UtcDateTime, nullable=False, doc="Where the source continues."),
    Column("run_id", Text, nullable=False, doc="The run that set it."),
    Column("moved_at", UtcDateTime, nullable=False, doc="When it was last set."),
)

bookmark_moves = Table(
    "bookmark_moves",
    metadata,
    Column("id", Integer, primary_key=True, doc="Order of the moves."),
    Column("source", Text, ForeignKey("bookmarks.source"), nullable=False, doc="The source."),
    Column("position", UtcDateTime, nullable=False, doc="Where the bookmark went."),
    Column("previous", UtcDateTime, doc="Where it was before; null at the first move."),
    Column("run_id", Text, nullable=False, doc="The run that moved it."),
    Column("moved_at", UtcDateTime, nullable=False, doc="When it was moved."),
    Index(None, "source", "id"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True, doc="The key's id, the first 12 digits of its hash."),
    Column("sha256", Text, nullable=False, doc="Hexadecimal SHA-256 of the key; the key itself is kept nowhere."),
    Column("name", Text, nullable=False, doc="What its maker called it; no two live keys share a name."),
    Column("scopes", JSON, nullable=False, doc="What it allows: a list of read, sql, jobs and admin."),
    Column("created_at", UtcDateTime, nullable=False, doc="When it was made."),
    Column("expires_at", UtcDateTime, doc="When it ends by itself; null means never."),
    Column("last_used_at", UtcDateTime, doc="When it was last used, to the minute."),
    Column("revoked_at", UtcDateTime, doc="When it was revoked; null while it is not."),
    Column("account", Text, doc="Who asks with it; null means nobody."),
    Index(None, "sha256", unique=True),
    Index(None, "name"),
)

budgets = Table(
    "budgets",
    metadata,
    Column("api", Text, primary_key=True, doc="The API's base address."),
    Column("token", Text, primary_key=True, doc="The first 12 digits of the token's SHA-256, or anonymous."),
    Column("resource", Text, primary_key=True, doc="Which of the API's budgets, e.g. core or search."),
    Column("allowance", BigInteger, doc="Requests that one period allows."),
    Column("remaining", BigInteger, doc="Requests that were left when the API last said so."),
    Column("reset_at", UtcDateTime, doc="When the period ends and the budget is whole again."),
    Column("blocked_until", UtcDateTime, doc="Until when the API asked to be left alone."),
    Column("refusals", Integer, nullable=False, doc="How often in a row it asked for that without saying how long."),
    Column("seen_at", UtcDateTime, nullable=False, doc="When the API last said any of this."),
)

validators = Table(
    "validators",
    metadata,
    Column("token", Text, primary_key=True, doc="The first 12 digits of the token's SHA-256, or anonymous."),
    Column("url", Text, primary_key=True, doc="What was asked for."),
    Column("etag", Text, doc="Version mark of the last answer that is safe in landing."),
    Column("ask_after", UtcDateTime, doc="When the API wants to be asked for it again, at the earliest."),
    Column("seen_at", UtcDateTime, nullable=False, doc="When it was last asked for."),
    Column("path", Text, doc="Where the answer's bytes lie in landing, if they are needed again."),
)

tracked = Table(
    "tracked",
    metadata,
    Column("kind", Text, primary_key=True, doc="The kind of daily slice, e.g. snapshot."),
    Column("subject", Text, primary_key=True, doc="What it is of: a repository's id, or a topic's or search's name."),
    Column("title", Text, nullable=False, doc="What a person calls it."),
    Column("former", JSON, nullable=False, doc="What it was called before: a list."),
    Column("since", UtcDateTime, nullable=False, doc="The first day that is expected."),
    Column("until", UtcDateTime, doc="The first day that is no longer expected; null while it is tracked."),
)

repos = Table(
    "repos",
    metadata,
    Column("api", Text, primary_key=True, doc="The API's base address."),
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False, doc="The repository's id."),
    Column("node_id", Text, doc="Its id in GraphQL."),
    Column("name", Text, nullable=False, doc="Its name when last seen."),
    Column("asked_as", Text, nullable=False, doc="The name under which the settings brought it in, in lower case."),
    Column("owner_id", Text, doc="Its owner's id in GraphQL."),
    Column("state", Text, nullable=False, doc="What it was when last asked for, e.g. available or missing."),
    Column("visibility", Text, doc="public, private or internal."),
    Column("seen_day", Text, nullable=False, doc="The day on which it was last asked for."),
    Column("before", JSON, nullable=False, doc="Name, owner and state as they were before that day."),
    Column("facts", JSON, nullable=False, doc="What is asked for only when something has changed."),
)

tokens = Table(
    "tokens",
    metadata,
    Column("api", Text, primary_key=True, doc="The API's base address."),
    Column("token", Text, primary_key=True, doc="The first 12 digits of the token's SHA-256."),
    Column("expires_at", UtcDateTime, doc="When the token ends; null if the API does not say."),
    Column("seen_at", UtcDateTime, nullable=False, doc="When it was last used."),
)

permissions = Table(
    "permissions",
    metadata,
    Column("api", Text, primary_key=True, doc="The API's base address."),
    Column("token", Text, primary_key=True, doc="The first 12 digits of the token's SHA-256, or anonymous."),
    Column("subject", Text, primary_key=True, doc="What could not be read, e.g. traffic of octo/cat."),
    Column("missing", Text, nullable=False, doc="The permission that is missing, e.g. administration=read."),
    Column("since", UtcDateTime, nullable=False, doc="When that was first found."),
)

costs = Table(
    "costs",
    metadata,
    Column("api", Text, primary_key=True, doc="The API's base address."),
    Column("token", Text, primary_key=True, doc="The first 12 digits of the token's SHA-256, or anonymous."),
    Column("resource", Text, primary_key=True, doc="Which of the API's budgets, e.g. core or graphql."),
    Column("job", Text, primary_key=True, doc="What spent it, e.g. collect repos."),
    Column("day", Text, primary_key=True, doc="The UTC day, e.g. 2026-11-23."),
    Column("requests", BigInteger, nullable=False, doc="Requests made."),
    Column("points", BigInteger, nullable=False, doc="Points that they cost: not modified costs none."),
)

SLICES_COLUMNS = described(slices)
RUNS_COLUMNS = described(runs)
