"""A metric's answer over HTTP: the same rows in every format, with what they are worth."""

import csv
import io
import json
import xml.dom.minidom

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forgelake.metrics.catalogue import Catalogue
from tests.pipelines.archive import PER_HOUR
from tests.web.conftest import Serving
from tests.web.serving import DAY

EVENTS = "/metrics/events/data"
CATALOGUE = Catalogue.load()


def test_an_answer_carries_its_columns_period_and_coverage(served: Serving) -> None:
    told = served.get(EVENTS, **DAY, interval="d").json()
    assert told["data"] == [{"bucket": "2016-01-01T00:00:00Z", "events": 23 * PER_HOUR}]
    assert [column["name"] for column in told["columns"]] == ["bucket", "events"]
    assert told["columns"][1]["additivity"] == "sum"
    assert told["period"] == {"from": "2016-01-01T00:00:00Z", "to": "2016-01-02T00:00:00Z", "interval": "d"}
    assert told["as_of"] == "2016-01-02T00:00:00Z"
    assert (told["coverage"]["expected"], told["coverage"]["received"]) == (24, 23)
    assert told["coverage"]["gaps"][0]["reason"] == "not collected"


@pytest.mark.parametrize(
    ("suffix", "accept"),
    [
        ("csv", "text/csv"),
        ("parquet", "application/vnd.apache.parquet"),
        ("arrow", "application/vnd.apache.arrow.stream"),
        ("json", "application/json"),
    ],
)
def test_every_format_holds_the_same_rows_by_accept_and_by_suffix(served: Serving, suffix: str, accept: str) -> None:
    wanted = served.get(EVENTS, **DAY, interval="h").json()["data"]
    by_accept = served.get(EVENTS, {"Accept": f"text/plain;q=0.3, {accept}"}, **DAY, interval="h")
    by_suffix = served.get(f"{EVENTS}.{suffix}", **DAY, interval="h")
    assert by_accept.headers["content-type"].partition(";")[0] == accept
    assert by_accept.content == by_suffix.content
    assert _rows(suffix, by_suffix.content) == wanted


def _rows(form: str, content: bytes) -> list[dict[str, object]]:
    if form == "json":
        rows: list[dict[str, object]] = json.loads(content)["data"]
        return rows
    if form == "csv":
        listed = csv.DictReader(io.StringIO(content.decode()))
        return [{"bucket": row["bucket"], "events": int(row["events"]) if row["events"] else None} for row in listed]
    source = io.BytesIO(content)
    table = pq.read_table(source) if form == "parquet" else pa.ipc.open_stream(source).read_all()
    assert json.loads(table.schema.metadata[b"forgelake"])["coverage"]["expected"] == 24
    return [{**row, "bucket": f"{row['bucket']:%Y-%m-%dT%H:%M:%SZ}"} for row in table.to_pylist()]


def test_a_drawing_is_whole_and_loads_nothing(served: Serving) -> None:
    response = served.get(EVENTS + ".svg", **DAY, interval="h")
    assert response.headers["content-type"] == "image/svg+xml"
    drawing = xml.dom.minidom.parseString(response.content)  # noqa: S318 - our own
    assert drawing.documentElement is not None
    assert drawing.documentElement.tagName == "svg"
    assert "prefers-color-scheme:dark" in response.text
    assert "http" not in response.text.replace("http://www.w3.org/", "")


def test_names_in_a_drawing_are_text_only(served: Serving) -> None:
    response = served.get("/metrics/busiest_repos/data.svg", **DAY, limit="1000", bots="include")
    assert response.status_code == 200
    assert "<script" not in response.text
    assert "alert(1)" in response.text


def test_a_metric_without_a_chart_offers_no_drawing(served: Serving) -> None:
    without = [metric.name for metric in CATALOGUE if metric.chart is None]
    for name in without[:1]:
        assert served.get(f"/metrics/{name}/data.svg", **DAY).status_code == 406


@pytest.mark.parametrize("name", CATALOGUE.names)
def test_every_metric_answers_and_is_described(served: Serving, name: str) -> None:
    definition = served.get(f"/metrics/{name}").json()
    assert definition["name"] == name
    assert definition["sql"]
    example = {key: str(value) for key, value in definition["example"].items()}
    answer = served.client.get(definition["data_url"].removeprefix("/api/v1"), params=example)
    assert answer.status_code == 200, answer.text
    assert [column["name"] for column in answer.json()["columns"]] == [c["name"] for c in definition["columns"]]


def test_the_list_names_every_metric_with_its_addresses(served: Serving) -> None:
    listed = served.get("/metrics").json()["data"]
    assert [metric["name"] for metric in listed] == list(CATALOGUE.names)
    first = listed[0]
    assert served.client.get(served.url + first["definition_url"]).json()["name"] == first["name"]
    assert served.client.get(served.url + first["data_url"]).json()["metric"] == first["name"]


@pytest.mark.parametrize("path", ["/metrics", "/tables", "/health", "/ready", EVENTS, EVENTS + ".csv", "/nothing"])
def test_head_has_the_headers_of_get_and_no_body(served: Serving, path: str) -> None:
    asked = served.client.get(path, headers={"Accept-Encoding": "identity"})
    head = served.client.head(path, headers={"Accept-Encoding": "identity"})
    assert head.status_code == asked.status_code
    assert head.content == b""
    for name in ("content-type", "content-length", "etag", "cache-control"):
        assert head.headers.get(name) == asked.headers.get(name)


def test_tables_are_described_with_what_is_in_them(served: Serving) -> None:
    tables = {table["name"]: table for table in served.get("/tables").json()["data"]}
    assert tables["events"]["rows"] == 24 * PER_HOUR
    assert (tables["events"]["first_day"], tables["events"]["last_day"]) == ("2016-01-01", "2016-01-02")
    assert {"slices", "runs", "rejects"} <= set(tables)
    assert all(column["meaning"] for table in tables.values() for column in table["columns"])


def test_coverage_comes_in_pages_that_join_without_a_seam(served: Serving) -> None:
    whole = served.get("/coverage", **DAY, by="hour").json()
    assert len(whole["data"]) == 24
    assert whole["next"] is None
    assert (whole["coverage"]["expected"], whole["coverage"]["received"]) == (24, 23)
    page = served.get("/coverage", **DAY, by="hour", limit=7).json()
    rows = page["data"]
    while page["next"]:
        page = served.get("/coverage", **DAY, by="hour", limit=7, cursor=page["next"]).json()
        rows += page["data"]
    assert rows == whole["data"]
    (row,) = served.get("/coverage", **DAY, by="day").json()["data"]
    assert (row["expected"], row["received"], row["events"]) == (24, 23, 23 * PER_HOUR)
    assert row["gaps"] == [{"from": "2016-01-01T00:00:00Z", "to": "2016-01-01T01:00:00Z", "reason": "not collected"}]


def test_runs_tell_what_ran_and_keep_arguments_for_the_operator(served: Serving) -> None:
    (run,) = served.get("/runs").json()["data"]
    assert (run["job"], run["status"], run["events"]) == ("collect gharchive", "done", 24 * PER_HOUR)
    assert run["arguments"] is None
    key = served.key("operator", "admin")
    (told,) = served.get("/runs", {"Authorization": f"Bearer {key}"}).json()["data"]
    assert told["arguments"]


def test_health_and_readiness(served: Serving) -> None:
    assert served.get("/health").json()["status"] == "ok"
    assert served.get("/ready").json()["status"] == "ready"
