"""What people say of themselves on their CV, and who may see it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of profiles."""
    op.create_table(
        "profiles",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("publication", sa.Text, nullable=False),
        sa.Column("link_token", sa.Text),
        sa.Column("in_ranking", sa.Boolean, nullable=False),
        sa.Column("feedback", sa.Text, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_profiles"),
    )
