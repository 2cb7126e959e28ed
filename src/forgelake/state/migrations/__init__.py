"""Alembic's scripts; ``forgelake.state.migrating`` runs them without a configuration file."""
