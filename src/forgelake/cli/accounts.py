"""``forgelake accounts``: repositories and identities of people."""

from cyclopts import App

from forgelake.cli import accounts_identities, accounts_repos

app = App(name="accounts", help="People's repositories and identities.")
app.command(accounts_repos.app)
app.command(accounts_identities.app)
