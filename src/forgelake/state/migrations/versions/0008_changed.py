"""Which version of the ledger changed a slice last, so that readers need not read what they know."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the numbers; all that is there counts as unchanged since the beginning."""
    op.add_column("slices", sa.Column("changed", sa.BigInteger, nullable=False, server_default="0"))
    op.create_index("ix_slices_changed", "slices", ["changed"])
    op.add_column("ledger_version", sa.Column("forgotten", sa.BigInteger, nullable=False, server_default="0"))
