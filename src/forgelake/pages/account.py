"""What stands on the pages of who is logged in."""

from typing import Any, Final

from forgelake.accounts.people import People
from forgelake.accounts.sessions import Sessions

SECTIONS: Final = (
    ("You", "/account", False),
    ("Tokens", "/account/tokens", False),
    ("Repositories", "/account/repos", False),
    ("Identities", "/account/identities", False),
    ("CV", "/account/cv", False),
    ("Week", "/account/week", False),
    ("People", "/admin/people", True),
)
"""Where the navigation of these pages leads: title, address, and whether it is for administrators only."""


def myself(people: People, sessions: Sessions, account: str, session: str) -> dict[str, Any]:
    """Who one is, how one logs in, where one is logged in, and what was done.

    Args:
        people: to ask about the account.
        sessions: to ask where one is logged in.
        account: whose page it is.
        session: the digest of the session that asks, empty without one.
    """
    listed = [(one, one.sha256 == session) for one in sessions.of(account)]
    return {"logins": people.logins(account), "held": listed, "log": people.log(account)}
