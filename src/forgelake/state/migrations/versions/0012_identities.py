"""Identities: addresses and accounts that are a person's own; account_repos: what they choose to have collected."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
VERIFIED = sa.text("verified_at IS NOT NULL")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "identities",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("forge", sa.Text, nullable=False),
        sa.Column("login", sa.Text),
        sa.Column("verified_at", INSTANT),
        sa.Column("verified_by", sa.Text),
        sa.Column("suggested_by", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("code_ends_at", INSTANT),
        sa.Column("code_tries", sa.Integer, nullable=False),
        sa.Column("codes_sent", sa.Integer, nullable=False),
        sa.Column("code_day", sa.Text),
        sa.PrimaryKeyConstraint("account", "kind", "value", name="pk_identities"),
    )
    op.create_index(
        "uq_identities_verified", "identities", ["kind", "value"], unique=True,
        sqlite_where=VERIFIED, postgresql_where=VERIFIED,
    )  # fmt: skip
    op.create_table(
        "account_repos",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("token", sa.Text),
        sa.Column("forge", sa.Text, nullable=False),
        sa.Column("forge_id", sa.Text),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("visibility", sa.Text, nullable=False),
        sa.Column("is_own", sa.Boolean, nullable=False),
        sa.Column("is_fork", sa.Boolean, nullable=False),
        sa.Column("is_archived", sa.Boolean, nullable=False),
        sa.Column("stars", sa.BigInteger),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("choice", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("message", sa.Text),
        sa.Column("last_commit_at", INSTANT),
        sa.Column("checked_at", INSTANT),
        sa.Column("collected_at", INSTANT),
        sa.Column("gone_at", INSTANT),
        sa.Column("skip", sa.JSON, nullable=False),
        sa.Column("large", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("account", "key", name="pk_account_repos"),
    )
    op.create_index("ix_account_repos_choice_account", "account_repos", ["choice", "account"])
