"""People: accounts, how they log in, their sessions, and what was done to them; an API key may be somebody's."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, INSTANT, nullable=nullable)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "accounts",
        *map(_text, ("id", "name", "display_name")),
        sa.Column("is_admin", sa.Boolean, nullable=False),
        _instant("created_at"),
        _instant("last_login_at", nullable=True),
        _instant("hidden_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_table(
        "logins",
        *map(_text, ("provider", "subject", "account", "login")),
        *map(_instant, ("created_at", "last_used_at")),
        sa.PrimaryKeyConstraint("provider", "subject", name="pk_logins"),
    )
    op.create_table(
        "sessions",
        *map(_text, ("sha256", "account", "csrf")),
        *map(_instant, ("created_at", "seen_at", "expires_at")),
        _text("agent"),
        sa.PrimaryKeyConstraint("sha256", name="pk_sessions"),
    )
    op.create_table(
        "login_flows",
        *map(_text, ("state", "browser", "provider", "nonce", "verifier", "next")),
        _text("account", nullable=True),
        _instant("expires_at"),
        sa.PrimaryKeyConstraint("state", name="pk_login_flows"),
    )
    op.create_table(
        "audit",
        _text("id"),
        _instant("at"),
        *map(_text, ("account", "by", "what", "subject")),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_accounts_name", "accounts", ["name"], unique=True)
    op.create_index("ix_logins_account", "logins", ["account"])
    op.create_index("ix_sessions_account", "sessions", ["account"])
    op.create_index("ix_audit_account_at", "audit", ["account", "at"])
    op.add_column("api_keys", _text("account", nullable=True))
