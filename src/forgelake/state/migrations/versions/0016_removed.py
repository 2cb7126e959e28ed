"""Identities that their person removed, and that nothing is to tell of again."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("identities", sa.Column("removed_at", sa.DateTime(timezone=True)))
