"""Answers that are made by a worker because they take long."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table of answers."""
    op.create_table(
        "answers",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.Column("shown", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("expires_at", INSTANT),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Text),
        sa.Column("share", sa.Double),
        sa.Column("share_of", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("path", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
    )
