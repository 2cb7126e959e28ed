"""A number that every change of the ledger counts up, so that readers see at once whether anything is new."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and its only row."""
    table = op.create_table(
        "ledger_version",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_version"),
    )
    op.bulk_insert(table, [{"id": 1, "number": 0}])
