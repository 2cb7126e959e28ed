"""The weekly digest: made once for a week, and told on its channels."""

from collections.abc import Mapping

from forgelake.alerts.notices import made
from forgelake.alerts.telling import tell
from forgelake.metrics.catalogue import Catalogue, folders
from forgelake.metrics.svg import Drawer
from forgelake.model.period import Period
from forgelake.pages.addresses import asked, path_of
from forgelake.pages.digest import mail
from forgelake.pages.site import Site
from forgelake.pages.weeks import last_week, name_of
from forgelake.pipelines.clock import Clock
from forgelake.pipelines.context import Context
from forgelake.state.notices import DIGEST


class MailAddresses:
    """Addresses in mails: those of the server, if the settings say where others reach it."""

    static = True

    def __init__(self, public_url: str) -> None:
        self._base = public_url.rstrip("/")

    def page(self, *parts: str, query: Mapping[str, str] | None = None) -> str | None:
        """A page's address."""
        return f"{self._base}{path_of(*parts)}{asked(query)}" if self._base else None

    def data(self, metric: str, form: str, query: Mapping[str, str]) -> str | None:
        """Nothing: mails hold no data."""
        del metric, form, query

    def card(self, kind: str, metric: str, query: Mapping[str, str]) -> str | None:
        """Nothing: mails hold no images."""
        del kind, metric, query

    def asset(self, name: str) -> str:
        """Nothing: mails load no files."""
        del name
        return ""


def tell_digest(context: Context, clock: Clock) -> None:
    """Tell the last week that is over to every channel that was not told it yet.

    Raises:
        RetryError, ConfigurationError: a channel could not be told; the digest is kept for it.
    """
    week = last_week(context.clock())
    told = {notice.channel for notice in context.state.notices.about(name_of(week)) if notice.event == DIGEST}
    wanted = [channel for channel in context.settings.jobs.weekly_digest.to if channel not in told]
    if wanted:
        _make(context, week, wanted)
    tell(context, clock, digests=True)


def _make(context: Context, week: Period, channels: list[str]) -> None:
    catalogue = Catalogue.load(folders(context.settings.metrics.folder))
    addresses = MailAddresses(context.settings.api.public_url)
    now = context.clock()
    found = mail(Site(context, context.lake.now(0), catalogue, Drawer(), addresses, now), week)
    content = {
        "title": found.title,
        "text": found.text,
        "summary": found.summary,
        "html": found.html,
        "repositories": found.data,
    }
    context.state.notices.add(made(name_of(week), DIGEST, content, now, channels))
