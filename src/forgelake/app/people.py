"""The accounts of an open lake."""

from forgelake.accounts.people import People
from forgelake.pipelines.context import Context


def people(context: Context) -> People:
    """Who there is."""
    return People(context.state.accounts, context.state.audit)
