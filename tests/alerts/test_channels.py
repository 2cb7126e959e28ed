"""Channels, each against a real server: what it gets, and what its refusals mean."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgelake.alerts.telling import test as tell_all
from forgelake.model.errors import ConfigurationError, RetryError, UsageError
from forgelake.settings.loading import load
from forgelake.state.runs import RunStatus
from tests.alerts.watching import SECRET, Watched, watched
from tests.jobs.bench import Stop
from tests.servers.hooks import Hooks, Issues
from tests.servers.mailbox import Mailbox, certificate

FAILED = """
[alerts.failed]
kind = "job_failed"
repeat = "1d"
to = ["here"]
"""
MAIL = """
[channels.here]
kind = "email"
host = "localhost"
from = "lake@example.org"
to = ["one@example.org", "two@example.org"]
"""
ACCOUNT = ("lake", "pass word")


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A certificate that this machine trusts for now."""
    file = certificate(tmp_path_factory.mktemp("certificate"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        yield file


def fails(lake: Watched) -> None:
    lake.job_ends("collect_traffic", RunStatus.FAILED, "no token for <octo/cat> & others")


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mail_goes_by_tls_with_an_account(tmp_path: Path, hooks: Hooks, trusted: Path, security: str) -> None:
    (tmp_path / "password").write_text(ACCOUNT[1] + "\n")
    with Mailbox(security, trusted, ACCOUNT) as mailbox:
        own = f'port = {mailbox.port}\nsecurity = "{security}"\nuser = "lake"\nsecret = "file:{tmp_path}/password"\n'
        with watched(tmp_path, hooks, FAILED, MAIL + own) as lake:
            fails(lake)
            lake.check()
            [mail] = mailbox.mails
            assert mail["Subject"] == "[forgelake] failed: fires"
            assert (mail["From"], mail["To"]) == ("lake@example.org", "one@example.org, two@example.org")
            assert "no token for <octo/cat> & others" in mail.get_content()
            [notice] = lake.context.state.notices.about("failed")
            assert mail["Message-ID"] == f"<{notice.id}@forgelake>"
            (tmp_path / "password").write_text("wrong")
            [tried] = tell_all(lake.context, Stop(), "failed")
            assert "refuses account or password (535)" in tried.told
            assert "wrong" not in tried.told


def test_mail_that_is_refused_for_now_is_sent_later(tmp_path: Path, hooks: Hooks) -> None:
    with Mailbox() as mailbox:
        own = MAIL + f'port = {mailbox.port}\nsecurity = "none"\n'
        with watched(tmp_path, hooks, FAILED, own) as lake:
            fails(lake)
            mailbox.answers = ["451 too much at once", "554 no such sender: <lake@example.org>"]
            with pytest.raises(RetryError, match="too much at once"):
                lake.check()
            with pytest.raises(ConfigurationError, match="no such sender: <…>"):
                lake.check()
            lake.check()
            assert [mail["Subject"] for mail in mailbox.mails] == ["[forgelake] failed: fires"]
            port = mailbox.port
    (tmp_path / "later").mkdir()
    with watched(tmp_path / "later", hooks, FAILED, MAIL + f'port = {port}\nsecurity = "none"\n') as lake:
        fails(lake)
        with pytest.raises(RetryError, match="channel here: the mail server localhost cannot be reached"):
            lake.check()


def test_a_mail_server_that_is_not_trusted_gets_nothing(tmp_path: Path, hooks: Hooks, trusted: Path) -> None:
    stranger = certificate(tmp_path)
    assert stranger != trusted
    with Mailbox("tls", stranger) as mailbox:
        with watched(tmp_path, hooks, FAILED, MAIL + f"port = {mailbox.port}\n") as lake:
            fails(lake)
            with pytest.raises(ConfigurationError, match="cannot be trusted"):
                lake.check()
        assert mailbox.mails == []


def test_a_webhook_is_signed_as_the_page_says(tmp_path: Path, hooks: Hooks) -> None:
    page = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text()
    known: dict[str, object] = {}
    exec(re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0], known)  # noqa: S102 - the page's own lines
    is_ours = known["is_ours"]
    assert callable(is_ours)
    with watched(tmp_path, hooks, FAILED.replace("here", "team")) as lake:
        fails(lake)
        lake.check()
    [request] = hooks.requests
    header = request.headers["forgelake-signature"]
    assert is_ours(header, request.body, SECRET)
    assert not is_ours(header, request.body + b" ", SECRET)
    assert request.headers["forgelake-notice"] == json.loads(request.body)["id"]
    seconds = re.match(r"t=(\d+),", header)
    assert seconds is not None
    made = hmac.new(SECRET.encode(), seconds[1].encode() + b"." + request.body, hashlib.sha256)
    assert header.endswith(made.hexdigest())


def test_slack_gets_text_in_which_nothing_is_a_command(tmp_path: Path, hooks: Hooks) -> None:
    slack = '[channels.here]\nkind = "slack"\nurl = "env:PLACE"\n'
    with watched(tmp_path, hooks, FAILED, slack, PLACE=f"{hooks.url}/T0/B0/secret") as lake:
        fails(lake)
        lake.check()
        [told] = hooks.told()
        assert told["text"].startswith("*[forgelake] failed: fires*\n")
        assert "&lt;octo/cat&gt; &amp; others" in told["text"]
        assert hooks.requests[0].path == "/T0/B0/secret"
        assert "/T0/" not in repr(lake.context.settings)


def test_an_issue_is_opened_commented_on_and_closed(tmp_path: Path, hooks: Hooks) -> None:
    with Issues("octo/cat", "writes") as github:
        own = '[channels.here]\nkind = "github_issue"\nrepo = "octo/cat"\nlabels = ["lake"]\ntoken = "env:WRITES"\n'
        variables = {"WRITES": "writes", "FORGELAKE_GITHUB_API_URL": github.url, "FORGELAKE_GITHUB_TOKEN": "reads"}
        with watched(tmp_path, hooks, FAILED, own, **variables) as lake:
            for _ in range(2):
                fails(lake)
                lake.check()
                lake.passes(days=1)
            lake.job_ends("collect_traffic", RunStatus.DONE)
            lake.check()
            [issue] = github.issues
            assert (issue["title"], issue["labels"], issue["state"]) == (
                "[forgelake] failed: fires",
                ["lake"],
                "closed",
            )
            assert issue["body"].startswith("~~~text\ncollect_traffic failed 1 time in a row")
            assert ["It fires since" in comment for comment in issue["comments"]] == [True, False]
            fails(lake)
            lake.check()
            assert [one["state"] for one in github.issues] == ["closed", "open"]
            assert [tried.told for tried in tell_all(lake.context, Stop(), "failed")] == [""]
            assert [one["state"] for one in github.issues] == ["closed", "open", "closed"]


def test_a_token_that_may_not_write_is_told_with_what_it_needs(tmp_path: Path, hooks: Hooks) -> None:
    with Issues("octo/cat", "writes") as github:
        own = '[channels.here]\nkind = "github_issue"\nrepo = "octo/cat"\n'
        variables = {"FORGELAKE_GITHUB_API_URL": github.url, "FORGELAKE_GITHUB_TOKEN": "reads"}
        with watched(tmp_path, hooks, FAILED, own, **variables) as lake:
            fails(lake)
            with pytest.raises(ConfigurationError, match=r"answered 403 .* \(issues=write\)"):
                lake.check()


def test_a_test_goes_to_every_channel_and_changes_nothing(tmp_path: Path, hooks: Hooks) -> None:
    with watched(tmp_path, hooks, FAILED.replace("here", "team")) as lake:
        assert [(one.channel, one.told) for one in tell_all(lake.context, Stop(), "failed")] == [("team", "")]
        assert lake.events() == ["test"]
        assert lake.named("failed").state == "unchecked"
        with pytest.raises(UsageError, match='there is no alert "faild"; did you mean "failed"'):
            tell_all(lake.context, Stop(), "faild")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[alerts.a]\nkind = "threshold"\nmetric = "events"', "needs above, below or both"),
        ('[alerts.a]\nkind = "missing"', "needs a metric"),
        ('[alerts.a]\nkind = "job_failed"\nto = ["tem"]\n' + MAIL, 'names the channel "tem"'),
        (
            '[alerts.a]\nkind = "job_failed"\nfor = "soon"',
            'line 3: alerts.a.for = "soon" is wrong: write a length of time',
        ),
        ('[alerts.a]\nkind = "job_failed"\nperiods = "1d"', '[alerts.a] has no key "periods"; did you mean "period"?'),
        ('[alerts.A]\nkind = "job_failed"', '"A" is no name'),
        ("[alerts]\nkind = 1", "write a section with a name of your own like [alerts.NAME]"),
        ('[channels.a]\nkind = "slack"\nurl = "https://hooks.example/T0/secret"', "name it as env:VARIABLE"),
        ('[channels.a]\nkind = "webhook"\nurl = "https://a.example"\nsecret = "s3cret"', "never written here itself"),
        ('[channels.a]\nkind = "email"', "needs host, from, to"),
    ],
)
def test_a_wrong_setting_is_told_with_its_place_and_without_secrets(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "forgelake.toml").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load({}, tmp_path)
    assert told in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "/T0/" not in str(caught.value)
