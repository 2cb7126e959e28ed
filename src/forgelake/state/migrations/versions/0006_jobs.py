"""Jobs: when each is due and how it last went; why a run began; slices whose work was not brought to an end."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and the cause beside each run."""
    op.add_column("runs", sa.Column("cause", sa.Text))
    op.create_table(
        "jobs",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("schedule", sa.Text, nullable=False),
        sa.Column("scheduled_at", INSTANT),
        sa.Column("wanted_at", INSTANT),
        sa.Column("wanted_by", sa.Text),
        sa.Column("retry_at", INSTANT),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("paused_at", INSTANT),
        sa.Column("run_id", sa.Text),
        sa.Column("started_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        sa.Column("status", sa.Text),
        sa.Column("succeeded_at", INSTANT),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("name", name="pk_jobs"),
    )
    op.create_table(
        "unfinished",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("source", "name", name="pk_unfinished"),
    )
