"""Questions that take long over HTTP: accepted, made by the job, had in every format, cancelled, hidden, bounded."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from forgelake.app.jobs import JOBS
from forgelake.jobs.foreground import run_now
from forgelake.pipelines.clock import RealClock
from forgelake.state.answers import AnswerState
from forgelake.state.repos import RepoRow
from tests.pipelines.archive import hours, published
from tests.pipelines.lakes import Lake
from tests.web.serving import API, DAY, Serving, bearer, problem

ASYNC = {"Prefer": "respond-async"}
PATH = "/metrics/events/data"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Two hours of a day."""
    folder = tmp_path_factory.mktemp("answers")
    made = Lake(folder / "home", published(folder / "hours", 2))
    made.collect(*hours(2))
    return made


@pytest.fixture(scope="module")
def serving(lake: Lake) -> Iterator[Serving]:
    """A server over it."""
    with Serving(lake) as served:
        yield served


@pytest.fixture(autouse=True)
def _nothing_asked(serving: Serving) -> Iterator[None]:
    yield
    for row in serving.context.state.answers.all_rows():
        serving.context.storage.delete(row.path or "answers/none")
        serving.context.state.answers.remove(row.id)


def accepted(answer: httpx2.Response) -> dict[str, Any]:
    """The document of an accepted question."""
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{API}/answers/{told['id']}" == told["links"]["self"]
    assert answer.headers["cache-control"] == "no-store"
    return told


def ask(serving: Serving, **given: str) -> dict[str, Any]:
    """Ask for a day's events without waiting; returns what is told of the answer."""
    return accepted(serving.get(PATH, ASYNC, **{**DAY, **given}))


def work(serving: Serving) -> None:
    """What a worker does."""
    run_now(serving.context, JOBS, JOBS["make_answers"], RealClock())


def stands(serving: Serving, told: dict[str, Any]) -> dict[str, Any]:
    """How an answer stands now."""
    now: dict[str, Any] = serving.get(f"/answers/{told['id']}").json()
    return now


def test_a_question_is_accepted_made_by_the_job_and_answered_as_at_once(serving: Serving) -> None:
    answer = serving.get(PATH, ASYNC, **DAY)
    told = accepted(answer)
    assert answer.headers["preference-applied"] == "respond-async"
    assert int(answer.headers["retry-after"]) >= 1
    assert (told["state"], told["engine"], told["links"]["result"]) == ("queued", "duckdb", None)
    assert "no worker lives" in told["note"]
    waiting = serving.get(f"/answers/{told['id']}/result")
    assert "queued" in problem(waiting, 409)["detail"]
    assert waiting.headers["retry-after"]
    work(serving)
    done = stands(serving, told)
    assert (done["state"], done["progress"]["share"], done["error"], done["note"]) == ("done", 1.0, None, None)
    assert done["expires_at"] > done["ended_at"] >= done["started_at"] >= done["created_at"]
    for form, address in done["links"]["formats"].items():
        at_once = serving.get(f"{PATH}.{form}", **DAY)
        later = serving.client.get(serving.url + address)
        assert (later.status_code, later.headers["etag"]) == (200, at_once.headers["etag"])
        assert later.headers["content-type"] == at_once.headers["content-type"]
        assert later.content == at_once.content
    result = f"/answers/{told['id']}/result"
    as_csv = serving.get(result, {"Accept": "text/csv"})
    assert as_csv.text == serving.get(f"{PATH}.csv", **DAY).text
    assert serving.get(result, {"Accept": "text/csv", "If-None-Match": as_csv.headers["etag"]}).status_code == 304
    assert serving.client.get(serving.url + done["links"]["question"]).json() == serving.get(PATH, **DAY).json()


def test_a_result_is_drawn_as_it_is_asked_for(serving: Serving) -> None:
    told = ask(serving, interval="h")
    work(serving)
    for form in ("svg", "vegalite"):
        at_once = serving.get(f"{PATH}.{form}", **{**DAY, "interval": "h"}, log="1")
        later = serving.get(f"/answers/{told['id']}/result.{form}", log="1")
        assert (later.content, later.headers["etag"]) == (at_once.content, at_once.headers["etag"])
        assert later.content != serving.get(f"/answers/{told['id']}/result.{form}").content
    result = f"/answers/{told['id']}/result"
    assert problem(serving.get(f"{result}.csv", log="1"), 422)["parameter"] == "log"
    assert problem(serving.get(f"{result}.svg", column="none"), 422)["parameter"] == "column"


def test_the_same_question_is_one_answer_and_another_is_another(serving: Serving) -> None:
    first = ask(serving)
    assert ask(serving)["id"] == first["id"]
    assert ask(serving, interval="h")["id"] != first["id"]
    work(serving)
    again = ask(serving)
    assert (again["id"], again["state"]) == (first["id"], "done")
    assert len(serving.context.state.answers.all_rows()) == 2


def test_what_is_about_much_is_a_job_and_what_is_about_little_is_not(lake: Lake) -> None:
    with Serving(lake, {"FORGELAKE_ANSWERS_INLINE_MB": "0"}) as strict:
        told = accepted(strict.get(PATH, **DAY))
        assert "preference-applied" not in strict.get(PATH, **DAY).headers
        assert accepted(strict.get(f"{PATH}.svg", **DAY))["id"] == told["id"]
        assert strict.get(PATH, from_="2015-01-01", to="2015-01-02").json()["coverage"]["received"] == 0


def test_a_page_says_that_a_worker_counts_and_shows_what_it_counted(lake: Lake) -> None:
    with Serving(lake, {"FORGELAKE_ANSWERS_INLINE_MB": "0"}) as strict:
        page = f"{strict.url}/explore/events?from=2016-01-01&to=2016-01-02&interval=h"
        being_counted = strict.client.get(page)
        assert (being_counted.status_code, being_counted.headers["cache-control"]) == (202, "no-store")
        assert "no worker lives" in being_counted.text
        [again] = re.findall(r'href="(/explore/events[^"]+)" data-again="5"', being_counted.text)
        work(strict)
        for address in (strict.url + html.unescape(again), page):
            shown = strict.client.get(address)
            assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
            assert "data-again" not in shown.text
            [csv] = re.findall(r'href="(/api/v1/answers/[0-9a-f]{32}/result\.csv)"', shown.text)
            assert '"2016-01-01T01:00:00Z",40' in strict.client.get(strict.url + csv).text
        state = strict.context.state.answers
        [row] = state.all_rows()
        state.change(row.id, lambda one: replace(one, state=AnswerState.FAILED, error="too much"))
        assert "It could not be counted: too much" in strict.client.get(strict.url + html.unescape(again)).text


def test_a_question_about_more_than_is_allowed_is_refused(lake: Lake) -> None:
    with Serving(lake, {"FORGELAKE_ANSWERS_MOST_GB": "1e-9"}) as small:
        assert "answers.most_gb" in problem(small.get(PATH, ASYNC, **DAY), 422)["detail"]


def test_who_asked_may_cancel_and_others_may_not(serving: Serving) -> None:
    told = ask(serving)
    mine = f"/answers/{told['id']}"
    other, worker = serving.key("other", "read"), serving.key("canceller", "read", "jobs")
    assert "somebody else" in problem(serving.client.delete(mine, headers=bearer(other)), 403)["detail"]
    assert serving.client.delete(mine).json()["state"] == "cancelled"
    work(serving)
    assert stands(serving, told)["state"] == "cancelled"
    assert "cancelled" in problem(serving.get(f"{mine}/result"), 409)["detail"]
    anew = ask(serving)
    assert anew["id"] != told["id"]
    work(serving)
    assert serving.client.delete(f"/answers/{anew['id']}", headers=bearer(worker)).json()["state"] == "expired"
    problem(serving.get(f"/answers/{anew['id']}/result"), 410)
    work(serving)
    row = serving.context.state.answers.get(anew["id"])
    assert row is not None
    assert row.path is None
    assert list(serving.context.storage.list("answers")) == []


def test_a_result_goes_when_its_time_is_over(serving: Serving) -> None:
    told = ask(serving)
    work(serving)
    state, now = serving.context.state.answers, serving.context.clock()
    state.change(told["id"], lambda row: replace(row, expires_at=now))
    assert stands(serving, told)["state"] == "expired"
    problem(serving.get(f"/answers/{told['id']}/result"), 410)
    assert ask(serving)["id"] != told["id"]
    state.change(told["id"], lambda row: replace(row, expires_at=now - timedelta(hours=25)))
    work(serving)
    assert problem(serving.get(f"/answers/{told['id']}"), 404)["parameter"] == "answer"


def test_of_too_many_results_the_oldest_go(lake: Lake) -> None:
    with Serving(lake, {"FORGELAKE_ANSWERS_KEPT": "1"}) as small:
        first, second = ask(small), ask(small, interval="h")
        work(small)
        state = small.context.state.answers
        state.change(second["id"], lambda row: replace(row, created_at=row.created_at + timedelta(seconds=1)))
        work(small)
        problem(small.get(f"/answers/{first['id']}"), 404)
        assert [info.path[:40] for info in small.context.storage.list("answers")] == [f"answers/{second['id']}"]


def test_what_is_hidden_after_it_was_counted_is_not_given_any_more(serving: Serving) -> None:
    told = ask(serving)
    work(serving)
    result = f"/answers/{told['id']}/result"
    before = serving.get(result)
    assert before.status_code == 200
    hidden = RepoRow("https://api.github.com", 1, None, "a/secret", "a/secret", None, "available", "private", "x")
    serving.context.state.repos.put_many([hidden])
    assert "has changed" in problem(serving.get(result), 410)["detail"]
    assert stands(serving, told)["state"] == "expired"
    anew = ask(serving)
    assert anew["id"] != told["id"]
    work(serving)
    after = serving.get(f"/answers/{anew['id']}/result")
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    serving.context.state.repos.put_many([replace(hidden, visibility="public")])


def test_a_result_that_is_not_where_it_was_is_gone(serving: Serving) -> None:
    told = ask(serving, interval="q")
    work(serving)
    [kept] = [info.path for info in serving.context.storage.list("answers") if told["id"] in info.path]
    serving.context.storage.delete(kept)
    assert "ask again" in problem(serving.get(f"/answers/{told['id']}/result.parquet"), 410)["detail"]


def test_no_more_answers_are_taken_than_there_may_be(lake: Lake) -> None:
    with Serving(lake, {"FORGELAKE_ANSWERS_PER_CLIENT": "1", "FORGELAKE_ANSWERS_QUEUE": "2"}) as busy:
        ask(busy)
        refused = busy.get(PATH, ASYNC, **DAY, interval="h")
        assert "answers.per_client" in problem(refused, 429)["detail"]
        assert refused.headers["retry-after"]
        one, two = busy.key("one"), busy.key("two")
        accepted(busy.get(PATH, {**ASYNC, **bearer(one)}, **DAY, interval="h"))
        full = busy.get(PATH, {**ASYNC, **bearer(two)}, **DAY, interval="w")
        assert "answers.queue" in problem(full, 503)["detail"]
        assert full.headers["retry-after"]


def test_a_page_is_not_refused_for_longer_than_there_are_too_many(lake: Lake) -> None:
    with Serving(lake, {"FORGELAKE_ANSWERS_INLINE_MB": "0", "FORGELAKE_ANSWERS_PER_CLIENT": "1"}) as busy:
        told = ask(busy)
        page = f"{busy.url}/explore/events?from=2016-01-01&to=2016-01-02&interval=h"
        refused = busy.client.get(page)
        assert (refused.status_code, "answers.per_client" in refused.text) == (200, True)
        assert refused.headers["cache-control"] == "no-store"
        busy.context.state.answers.remove(told["id"])
        assert busy.client.get(page).status_code == 202


def test_what_fails_says_so_to_who_asked_and_why_to_the_operator(serving: Serving) -> None:
    told = ask(serving, interval="m")
    state = serving.context.state.answers
    state.change(told["id"], lambda row: replace(row, definition="of another time"))
    work(serving)
    failed = stands(serving, told)
    assert (failed["state"], failed["links"]["result"]) == ("failed", None)
    assert "definition of events has changed" in failed["error"]
    assert "definition of events" in problem(serving.get(f"/answers/{told['id']}/result"), 409)["detail"]


def test_an_answer_that_is_not_there_or_cannot_be_is_told(serving: Serving) -> None:
    assert "ask the metric again" in problem(serving.get(f"/answers/{'0' * 32}"), 404)["detail"]
    problem(serving.get("/answers/7"), 422)
    refused = serving.client.post(f"/answers/{'0' * 32}")
    assert (problem(refused, 405)["status"], refused.headers["allow"]) == (405, "DELETE, GET")
    assert AnswerState.QUEUED in ask(serving)["state"]
