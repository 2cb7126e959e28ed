"""Weekly feedback by mail: each person's own, once a week, as long as they want it and have a verified address."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from forgelake.accounts.cv import Cvs
from forgelake.accounts.feedback import feedback_of
from forgelake.accounts.feedback_mail import FeedbackMail
from forgelake.alerts.channels import email
from forgelake.alerts.checking import KEPT
from forgelake.alerts.notices import made
from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.model.period import Period
from forgelake.pages.addresses import path_of
from forgelake.pages.feedback import mail
from forgelake.pages.weeks import last_week, name_of
from forgelake.pipelines.context import Context
from forgelake.query.snapshot import Snapshot
from forgelake.settings.alerts import ChannelSettings
from forgelake.state.notices import FEEDBACK, NoticeRow

PAGE: Final = ("account", "week")
END: Final = "end"
"""Below the page: where a mail's link leads that ends it."""


def feedback_mail(context: Context) -> FeedbackMail:
    """Who wants it by mail."""
    return FeedbackMail(context.state.profiles, context.state.identities)


def tell_feedback(context: Context, watch: Callable[[], None] = lambda: None) -> list[str]:
    """Mail the last week that is over to everybody who wants it and was not told it yet.

    Args:
        watch: called between two people; may end the run by an exception.

    Returns:
        What the mail server refuses for good, in words that name nobody.

    Raises:
        RetryError: some could not be told, and may be later.
        ConfigurationError: no mail can be sent.
    """
    found = email.for_people(context.settings)
    if found is None:
        message = "no mail can be sent; name a channel of kind email in [channels.NAME]"
        raise ConfigurationError(message)
    context.state.notices.forget_feedback(context.clock() - KEPT)
    period, wanted = last_week(context.clock()), feedback_mail(context)
    noted = [row for row in context.state.notices.about(name_of(period)) if row.event == FEEDBACK]
    telling = _Telling(context, *found, wanted, context.lake.now(0), period, {str(row.account): row for row in noted})
    lasting, passing = Counter[str](), Counter[str]()
    for account in wanted.wanted():
        watch()
        try:
            telling.tell(account)
        except RetryError as error:
            passing[str(error)] += 1
        except ConfigurationError as error:
            lasting[str(error)] += 1
    if passing:
        raise RetryError("; ".join(_not_told(passing)))
    return _not_told(lasting)


def _not_told(faults: Mapping[str, int]) -> list[str]:
    return [f"not told, {number:,} of the people who asked for it: {fault}" for fault, number in faults.items()]


@dataclass(frozen=True, slots=True)
class _Telling:
    """One week, told to one person after the other; what was noted before of whom is in ``noted``."""

    context: Context
    name: str
    channel: ChannelSettings
    wanted: FeedbackMail
    snapshot: Snapshot
    period: Period
    noted: Mapping[str, NoticeRow]

    def tell(self, account: str) -> None:
        """Mail it, unless that was done, or is not wanted by now; the notice keeps nothing of what it says.

        Raises:
            RetryError, ConfigurationError: the mail server does not take it.
        """
        state, now = self.context.state, self.context.clock()
        notice, person = self.noted.get(account), state.accounts.get(account)
        address = self.wanted.address(account)
        if (notice and notice.sent_at) or person is None or person.hidden_at is not None or not address:
            return
        if notice is None:
            [notice] = made(name_of(self.period), FEEDBACK, {}, now, [self.name])
            state.notices.add([replace(notice, account=account)])
        try:
            end = self._end(account)
            message = email.as_mail(self.channel, replace(notice, content=self._content(account, end)), [address])
            for name, value in _ending(end).items():
                message[name] = value
            email.deliver(self.channel, message, self.context.settings.http.timeout_seconds)
        except (RetryError, ConfigurationError) as error:
            state.notices.failed(notice.id, str(error))
            raise
        state.notices.sent(notice.id, None, now)

    def _content(self, account: str, end: str) -> dict[str, str]:
        profile = Cvs(self.context.state.profiles).of(account).profile
        found = feedback_of(self.context, self.snapshot, account, profile, self.period)
        page = self.context.settings.api.address + path_of(*PAGE, name_of(self.period))
        return mail(found, page, end)

    def _end(self, account: str) -> str:
        key = urlencode({"key": self.wanted.mark(account)})
        return f"{self.context.settings.api.address}{path_of(*PAGE, END)}?{key}"


def _ending(end: str) -> dict[str, str]:
    """Headers by which programs end it: RFC 2369, and with one click RFC 8058, which asks for TLS."""
    one_click = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if end.startswith("https://") else {}
    return {"List-Unsubscribe": f"<{end}>", **one_click}
