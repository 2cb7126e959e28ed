"""Whatever is wrong with a request is answered with a problem document that says what would be right."""

import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.web.conftest import Serving
from tests.web.serving import API, DAY, problem

DATA = "/metrics/events/data"


def test_an_unknown_metric_is_answered_with_the_nearest_ones(served: Serving) -> None:
    told = problem(served.get("/metrics/event/data"), 404)
    assert told["value"] == "event"
    assert told["good"][0] == "events"


def test_an_unknown_address_is_a_problem_too(served: Serving) -> None:
    told = problem(served.get("/nothing"), 404)
    assert told["value"] == f"{API}/nothing"
    assert told["detail"] == f"there is nothing at {API}/nothing; see {API}/openapi.json"
    assert problem(served.client.get("/../../elsewhere"), 404)["status"] == 404


def test_an_unknown_parameter_is_refused_with_the_good_ones(served: Serving) -> None:
    told = problem(served.get(DATA, form="2016-01-01"), 422)
    assert (told["parameter"], told["value"]) == ("form", "2016-01-01")
    assert told["type"].endswith("unknown-parameter")
    assert 'did you mean "from"?' in told["detail"]
    assert {"from", "to", "interval"} <= set(told["good"])


@pytest.mark.parametrize("path", ["/metrics", "/metrics/events", "/tables", "/health", "/ready", "/runs", "/repos"])
def test_no_route_takes_parameters_that_change_nothing(served: Serving, path: str) -> None:
    assert problem(served.get(path, nonsense="1"), 422)["parameter"] == "nonsense"


@pytest.mark.parametrize(("path", "name"), [(DATA, "repo"), ("/repos", "q"), ("/coverage", "from")])
def test_a_parameter_that_is_given_twice_is_refused(served: Serving, path: str, name: str) -> None:
    told = problem(served.client.get(f"{path}?{name}=a%2Fb&{name}=c%2Fd"), 422)
    assert told["parameter"] == name
    assert "more than once" in told["detail"]


@pytest.mark.parametrize(
    ("path", "parameters", "parameter", "good"),
    [
        (DATA, {"interval": "fortnight"}, "interval", "w (week)"),
        (DATA, {"from": "yesterday"}, "from", "2016-01-31"),
        (DATA, {"from": "2016-01-02", "to": "2016-01-01"}, "to", "later than from"),
        (DATA, {"bots": "maybe"}, "bots", "exclude"),
        (DATA, {"type": "PushEvents"}, "type", "PushEvent"),
        ("/metrics/busiest_repos/data", {"limit": "0"}, "limit", "1 to 1000"),
        ("/repos", {"limit": "0"}, "limit", "at least 1"),
        ("/repos", {"from": "2016-01-01", "to": "2017-01-01"}, "from", "at most 31 days"),
        ("/repos", {"limit": "many"}, "limit", "a whole number"),
        ("/coverage", {"by": "week"}, "by", "day"),
        ("/coverage", {"from": "2016-01-02", "to": "2016-01-01"}, "from", "before to"),
        ("/runs", {"cursor": "nonsense"}, "cursor", ""),
        ("/runs", {"cursor": "no sense"}, "cursor", "of the page before"),
    ],
)
def test_a_wrong_value_is_told_with_its_parameter_and_what_is_good(
    served: Serving, path: str, parameters: dict[str, str], parameter: str, good: str
) -> None:
    told = problem(served.client.get(path, params=parameters), 422)
    assert told["parameter"] == parameter
    assert told["value"] == parameters[parameter]
    assert "Input should be" not in told["detail"]
    assert any(good in text for text in told.get("good", [""]))


def test_a_wrong_id_of_an_answer_is_told_in_words(served: Serving) -> None:
    told = problem(served.get("/answers/nope"), 422)
    assert told["detail"].startswith(
        'answer = "nope" is wrong; it should be 32 hexadecimal digits, as Location has them'
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"])
def test_other_methods_are_refused_with_those_that_are_offered(served: Serving, method: str) -> None:
    response = served.client.request(method, "/metrics")
    problem(response, 405)
    assert response.headers["allow"] == "GET"


def test_reading_from_sql_is_not_offered(served: Serving, sql_key: str) -> None:
    response = served.get("/sql", {"Authorization": f"Bearer {sql_key}"})
    problem(response, 405)
    assert response.headers["allow"] == "POST"


def test_formats_that_are_not_offered_are_refused_with_those_that_are(served: Serving) -> None:
    told = problem(served.get(DATA, {"Accept": "application/pdf"}, **DAY), 406)
    assert told["parameter"] == "Accept"
    assert {"application/json", "text/csv", "image/svg+xml"} <= set(told["good"])
    problem(served.get("/tables", {"Accept": "text/csv"}), 406)


def test_a_suffix_that_is_no_format_names_the_formats(served: Serving) -> None:
    told = problem(served.get("/metrics/events/data.xml"), 422)
    assert told["parameter"] == "form"
    assert told["good"][:5] == ["json", "csv", "parquet", "arrow", "svg"]
    assert told["detail"].startswith('form = "xml" is wrong; it should be one of json, csv, parquet, arrow, svg')


def test_a_body_that_is_not_json_is_refused(served: Serving, sql_key: str) -> None:
    headers = {"Authorization": f"Bearer {sql_key}", "Content-Type": "text/plain"}
    told = problem(served.client.post("/sql", content="SELECT 1", headers=headers), 415)
    assert told["good"] == ["application/json"]
    headers["Content-Type"] = "application/json"
    problem(served.client.post("/sql", content="{torn", headers=headers), 400)
    assert problem(served.client.post("/sql", content="[]", headers=headers), 422)["parameter"] == "body"
    told = problem(served.client.post("/sql", content=json.dumps({"sq": "SELECT 1"}), headers=headers), 422)
    assert told["parameter"] == "sql"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(served: Serving, sql_key: str, chunked: bool) -> None:
    whole = json.dumps({"sql": "SELECT 1" + " " * 200_000}).encode()
    body = iter([whole[:100_000], whole[100_000:]]) if chunked else whole
    headers = {"Authorization": f"Bearer {sql_key}", "Content-Type": "application/json"}
    told = problem(served.client.post("/sql", content=body, headers=headers), 413)
    assert "64 kB" in told["detail"]


def test_a_request_line_without_end_does_not_disturb_the_server(served: Serving) -> None:
    place = urlsplit(served.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=30) as raw:
        raw.sendall(b"GET /api/v1/health?" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        first = raw.recv(1000)
    assert first.startswith((b"HTTP/1.1 4", b""))
    assert served.get("/health").status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example"]
)
def test_a_server_on_loopback_answers_to_no_other_name(served: Serving, host: str) -> None:
    told = problem(served.get("/metrics", {"Host": host}), 421)
    assert told["parameter"] == "Host"


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "[::1]:8000", "LOCALHOST."])
def test_a_server_on_loopback_answers_to_all_loopback_names(served: Serving, host: str) -> None:
    assert served.get("/health", {"Host": host}).status_code == 200


def test_every_answer_has_security_headers(served: Serving) -> None:
    for response in (served.get("/health"), served.get("/nothing"), served.get(DATA + ".svg", **DAY)):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        assert response.headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in response.headers


def test_what_goes_wrong_inside_is_not_told_outside(served: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        message = "the secret place /srv/lake broke"
        raise RuntimeError(message)

    monkeypatch.setattr(served.context.state.runs, "page", broken)
    told = problem(served.get("/runs"), 500)
    assert "secret" not in json.dumps(told)
