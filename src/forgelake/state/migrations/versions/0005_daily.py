"""What is tracked day by day, the repositories it is about, and what is known of tokens and their costs."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and the place of an answer's bytes beside its version mark."""
    op.add_column("validators", sa.Column("path", sa.Text))
    op.create_table(
        "tracked",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("former", sa.JSON, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_tracked"),
    )
    op.create_table(
        "repos",
        sa.Column("api", sa.Text, nullable=False),
        sa.Column("repo_id", sa.BigInteger, nullable=False),
        sa.Column("node_id", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("asked_as", sa.Text, nullable=False),
        sa.Column("owner_id", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("visibility", sa.Text),
        sa.Column("seen_day", sa.Text, nullable=False),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("api", "repo_id", name="pk_repos"),
    )
    op.create_table(
        "tokens",
        sa.Column("api", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("api", "token", name="pk_tokens"),
    )
    op.create_table(
        "permissions",
        sa.Column("api", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("missing", sa.Text, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("api", "token", "subject", name="pk_permissions"),
    )
    op.create_table(
        "costs",
        sa.Column("api", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("points", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("api", "token", "resource", "job", "day", name="pk_costs"),
    )
