"""What collecting for people works with, as the settings name it."""

import time
from collections.abc import Callable
from email.message import EmailMessage
from functools import partial

from forgelake.accounts.identities import Mailer, OwnIdentities
from forgelake.accounts.repos.choosing import Choices
from forgelake.accounts.repos.means import Means
from forgelake.accounts.vault.tokens import LOCAL
from forgelake.alerts.channels import email
from forgelake.app.compose import mining
from forgelake.app.vault import forges, vault
from forgelake.pipelines.commits.collect import forget_commits
from forgelake.pipelines.context import Context
from forgelake.settings.alerts import ChannelSettings


def means(context: Context, sleep: Callable[[float], None] = time.sleep) -> Means:
    """Tokens, forges and git."""
    chosen = context.settings
    return Means(context, forges(chosen), partial(vault, chosen, context.state), partial(mining, chosen), sleep)


def accounts_at_work(context: Context) -> list[str]:
    """The accounts that have something to be collected."""
    return context.state.account_repos.accounts()


def choices(context: Context, account: str = LOCAL) -> Choices:
    """The repositories of an account, to be chosen from."""
    return Choices(context.state.account_repos, account, partial(forget_commits, context, account))


def own_identities(context: Context, account: str = LOCAL) -> OwnIdentities:
    """The identities of an account; codes are mailed through the first channel of kind email."""
    found = email.for_people(context.settings)
    mail = None if found is None else _mailer(found[1], context.settings.http.timeout_seconds)
    return OwnIdentities(context.state.identities, account, mail)


def _mailer(channel: ChannelSettings, timeout_seconds: float) -> Mailer:
    def send(to: str, subject: str, text: str) -> None:
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = subject, channel.sender, to
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        email.deliver(channel, message, timeout_seconds)

    return send
