"""What an API left a token to spend, and the version marks of its answers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "budgets",
        sa.Column("api", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("allowance", sa.BigInteger),
        sa.Column("remaining", sa.BigInteger),
        sa.Column("reset_at", INSTANT),
        sa.Column("blocked_until", INSTANT),
        sa.Column("refusals", sa.Integer, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("api", "token", "resource", name="pk_budgets"),
    )
    op.create_table(
        "validators",
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("etag", sa.Text),
        sa.Column("ask_after", INSTANT),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("token", "url", name="pk_validators"),
    )
