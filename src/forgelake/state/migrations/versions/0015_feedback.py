"""Notices that are one person's, and what ends the mail of their feedback."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("notices", sa.Column("account", sa.Text))
    op.add_column("profiles", sa.Column("feedback_key", sa.Text))
