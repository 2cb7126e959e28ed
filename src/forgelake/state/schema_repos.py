"""The tables of what people choose to have collected: their identities and their repositories."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, Table, Text, text

from forgelake.state.columns import UtcDateTime
from forgelake.state.metadata import metadata

identities = Table(
    "identities",
    metadata,
    Column("account", Text, primary_key=True, doc="Whose it is; local where nobody logs in."),
    Column("kind", Text, primary_key=True, doc="email or forge_account."),
    Column("value", Text, primary_key=True, doc="The address, or the host and id of a forge's account, in lower case."),
    Column("forge", Text, nullable=False, doc="Which forge told of it; empty where a person did."),
    Column("login", Text, doc="What a forge's account was called when last seen."),
    Column("verified_at", UtcDateTime, doc="Since when it is known to be theirs; null while it is not."),
    Column("verified_by", Text, doc="How that is known: the forge's name, mail, or operator."),
    Column("suggested_by", Text, doc="Why it may be theirs, where a program found it."),
    Column("removed_at", UtcDateTime, doc="Since when its person does not want it to be told of; null if they do."),
    Column("code", Text, doc="SHA-256 of the code that was mailed; null when none is waited for."),
    Column("code_ends_at", UtcDateTime, doc="Until when the code counts."),
    Column("code_tries", Integer, nullable=False, doc="Wrong codes since one was mailed."),
    Column("codes_sent", Integer, nullable=False, doc="Codes mailed since code_day began."),
    Column("code_day", Text, doc="The UTC day that codes_sent counts."),
    # Two accounts never hold the same one.
    Index(
        "uq_identities_verified", "kind", "value", unique=True,
        sqlite_where=text("verified_at IS NOT NULL"), postgresql_where=text("verified_at IS NOT NULL"),
    ),
)  # fmt: skip

account_repos = Table(
    "account_repos",
    metadata,
    Column("account", Text, primary_key=True, doc="Whose choice it is; local where nobody logs in."),
    Column("key", Text, primary_key=True, doc="The repository's key in the lake; it outlives renames."),
    Column("token", Text, doc="The id of the token that reads it; null where none is needed."),
    Column("forge", Text, nullable=False, doc="github, gitlab, azure_devops; git where it was added by its address."),
    Column("forge_id", Text, doc="Its id at the forge; null where it was added by its address."),
    Column("url", Text, nullable=False, doc="Where git finds it now."),
    Column("name", Text, nullable=False, doc="What it is called now, with its owner."),
    Column("owner", Text, nullable=False, doc="The person, group or project that it belongs to."),
    Column("visibility", Text, nullable=False, doc="public or private."),
    Column("is_own", Boolean, nullable=False, doc="Whether it belongs to the person."),
    Column("is_fork", Boolean, nullable=False, doc="Whether it is a fork."),
    Column("is_archived", Boolean, nullable=False, doc="Whether it is archived."),
    Column("stars", BigInteger, doc="Stars when last listed; null where the forge has none."),
    Column("origin", Text, nullable=False, doc="listed by a forge, or added by its address."),
    Column("choice", Text, nullable=False, doc="active or inactive."),
    Column("status", Text, nullable=False, doc="inactive, queued, in_progress, up_to_date or error."),
    Column("message", Text, doc="What to do about it, or what to know."),
    Column("last_commit_at", UtcDateTime, doc="The person's last commit in it."),
    Column("checked_at", UtcDateTime, doc="When it was last asked where it stands."),
    Column("collected_at", UtcDateTime, doc="When its commits were last counted."),
    Column("gone_at", UtcDateTime, doc="Since when the forge no longer lists it; its commits stay."),
    Column("skip", JSON, nullable=False, doc="What is left out: lists of paths and commits; accepted large commits."),
    Column("large", JSON, nullable=False, doc="Commits that wait for a decision, each with its number of files."),
    Index(None, "choice", "account"),
)
