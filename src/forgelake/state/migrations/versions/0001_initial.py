"""The first tables: slices, leases, runs, bookmarks and their moves."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make all tables."""
    _slices()
    _leases()
    _runs()
    _bookmarks()


def _slices() -> None:
    op.create_table(
        "slices",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("start", INSTANT, nullable=False),
        sa.Column("end", INSTANT, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("etag", sa.Text),
        sa.Column("sha256", sa.Text),
        sa.Column("size", sa.BigInteger),
        sa.Column("path", sa.Text),
        sa.Column("received_at", INSTANT),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_asked_at", INSTANT, nullable=False),
        sa.Column("last_asked_at", INSTANT, nullable=False),
        sa.Column("next_ask_at", INSTANT),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("duplicates", sa.BigInteger, nullable=False),
        sa.Column("rejected", sa.BigInteger, nullable=False),
        sa.Column("repaired", sa.BigInteger, nullable=False),
        sa.Column("json_bytes", sa.BigInteger, nullable=False),
        sa.Column("first_event", INSTANT),
        sa.Column("last_event", INSTANT),
        sa.Column("days", sa.JSON, nullable=False),
        sa.Column("committed_at", INSTANT),
        sa.PrimaryKeyConstraint("source", "name", "origin", name="pk_slices"),
    )
    op.create_index("ix_slices_source_start", "slices", ["source", "start"])
    op.create_index("ix_slices_source_status_next_ask_at", "slices", ["source", "status", "next_ask_at"])


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("process_started", sa.BigInteger),
        sa.Column("acquired_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_index("ix_leases_run_id", "leases", ["run_id"])


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("process_started", sa.BigInteger),
        sa.Column("arguments", sa.JSON, nullable=False),
        sa.Column("slices_done", sa.BigInteger, nullable=False),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("rejected", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("heartbeat_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_started_at", "runs", ["started_at"])
    op.create_index("ix_runs_status", "runs", ["status"])


def _bookmarks() -> None:
    op.create_table(
        "bookmarks",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("position", INSTANT, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("moved_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_bookmarks"),
    )
    op.create_table(
        "bookmark_moves",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("position", INSTANT, nullable=False),
        sa.Column("previous", INSTANT),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("moved_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bookmark_moves"),
        sa.ForeignKeyConstraint(["source"], ["bookmarks.source"], name="fk_bookmark_moves_source"),
    )
    op.create_index("ix_bookmark_moves_source_id", "bookmark_moves", ["source", "id"])
