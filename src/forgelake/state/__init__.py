"""What forgelake remembers between runs: ledger, leases, runs and bookmarks, in SQLite or PostgreSQL.

Nothing is imported here, so that naming the package costs nothing; begin with ``forgelake.state.database.State``.
"""
