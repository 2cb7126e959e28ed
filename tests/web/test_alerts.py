"""Alerts over HTTP and on the status page: how they stand, and tests of their channels for whom they are."""

from collections.abc import Iterator

import pytest

from forgelake.alerts.checking import check
from forgelake.state.runs import RunStatus
from tests.alerts.watching import watched
from tests.jobs.bench import Stop
from tests.pipelines.lakes import Lake
from tests.servers.hooks import Hooks
from tests.servers.mirror import Fault
from tests.web.serving import Serving, bearer, problem

ALERT = """
[alerts.failed]
kind = "job_failed"
to = ["team"]
"""


@pytest.fixture(scope="module")
def hooks() -> Iterator[Hooks]:
    with Hooks() as server:
        yield server


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, hooks: Hooks) -> Iterator[Serving]:
    """A lake with an alert that fires."""
    folder = tmp_path_factory.mktemp("alerts")
    with watched(folder, hooks, ALERT) as lake:
        lake.job_ends("collect_traffic", RunStatus.FAILED, "octo/private is gone")
        check(lake.context, Stop())
    again = Lake(folder / "home", (folder / "hours").as_uri(), {"HOOK_SECRET": "only-we-know"})
    with Serving(again) as serving:
        yield serving


def test_everybody_sees_that_an_alert_fires_and_few_see_why(own: Serving) -> None:
    [one] = own.get("/alerts").json()["data"]
    assert (one["name"], one["state"], one["channels"]) == ("failed", "firing", ["team"])
    assert (one["words"], one["value"], one["error"]) == (None, None, None)
    key = own.key("operator", "read", "jobs")
    assert "octo/private is gone" in own.get("/alerts", bearer(key)).json()["data"][0]["words"]


def test_a_test_needs_a_key_for_it_and_says_which_channel_took_it(own: Serving, hooks: Hooks) -> None:
    reader, worker = own.key("reader", "read"), own.key("worker", "read", "jobs")
    problem(own.client.post("/alerts/failed/test"), 401)
    problem(own.client.post("/alerts/failed/test", headers=bearer(reader)), 403)
    told = own.client.post("/alerts/failed/test", headers=bearer(worker)).json()
    assert told == {"data": [{"channel": "team", "told": True, "error": ""}]}
    test = hooks.told()[-1]
    assert (test["event"], test["state"], test["value"]) == ("test", "firing", 1)
    hooks.faults = [Fault(status=500)]
    [failed] = own.client.post("/alerts/failed/test", headers=bearer(worker)).json()["data"]
    assert (failed["told"], "answered 500" in failed["error"]) == (False, True)
    assert problem(own.client.post("/alerts/faild/test", headers=bearer(worker)), 404)["good"] == ["failed"]


def test_the_button_on_the_status_page_tests_the_channels(own: Serving, hooks: Hooks) -> None:
    page = own.client.get(own.url + "/status").text
    assert 'action="/status/alerts/failed"' in page
    assert "octo/private is gone" in page
    before = len(hooks.requests)
    address = own.url + "/status/alerts/failed"
    assert own.client.post(address, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert len(hooks.requests) == before
    tested = own.client.post(address, headers={"Origin": own.url, "Sec-Fetch-Site": "same-origin"})
    assert (tested.status_code, tested.headers["location"]) == (303, "/status")
    status = own.url + tested.headers["location"]
    assert "failed: team: told" in own.client.get(status).text
    assert "failed: team: told" not in own.client.get(status).text
    assert len(hooks.requests) == before + 1
