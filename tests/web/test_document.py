"""The OpenAPI document: right, whole, and enough for a client that nobody wrote by hand."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.frame import OWN
from tests.web.conftest import Serving
from tests.web.serving import bearer

CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture(scope="module")
def document(served: Serving) -> dict[str, Any]:
    """The document as it is served."""
    told: dict[str, Any] = served.get("/openapi.json").json()
    return told


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_route_is_described_with_its_answers(document: dict[str, Any]) -> None:
    described = {path.removeprefix("/api/v1") for path in document["paths"]}
    assert described == {
        "/metrics", "/metrics/{name}", "/metrics/{name}/data", "/metrics/{name}/data.{form}", "/repos", "/orgs",
        "/actors", "/tables", "/coverage", "/runs", "/jobs", "/jobs/{name}", "/jobs/{name}/run", "/jobs/{name}/pause",
        "/jobs/{name}/resume", "/alerts", "/alerts/{name}/test", "/sql", "/health", "/ready",
        "/answers/{answer}", "/answers/{answer}/result", "/answers/{answer}/result.{form}",
    }  # fmt: skip
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
            assert operation["description"]
            assert {"200", "400", "405", "421", "422", "500"} <= set(operation["responses"])
            assert all(one.get("description") for one in operation.get("parameters", []))


def test_every_metric_and_every_parameter_is_named(document: dict[str, Any]) -> None:
    listed = document["paths"]["/api/v1/metrics/{name}/data"]["get"]["parameters"]
    parameters = {one["name"]: one["schema"] for one in listed}
    catalogue = Catalogue.load()
    assert parameters["name"]["$ref"] == "#/components/schemas/MetricName"
    assert document["components"]["schemas"]["MetricName"]["enum"] == list(catalogue.names)
    of_metrics = {name for metric in catalogue for name in metric.parameters}
    assert set(parameters) == {"name", "from", "to", *OWN, *of_metrics}
    assert "PushEvent" in document["components"]["schemas"]["EventType"]["enum"]


def test_a_generated_client_asks_and_understands(
    served: Serving, document: dict[str, Any], tmp_path: Path, sql_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    tool = Path(sys.executable).with_name("openapi-python-client")
    command = [tool, "generate", "--path", file, "--output-path", tmp_path / "made_client", "--meta", "none"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout, done.stdout
    monkeypatch.syspath_prepend(tmp_path)
    made, models = importlib.import_module("made_client"), importlib.import_module("made_client.models")
    with made.AuthenticatedClient(base_url=served.url, token=sql_key) as client:

        def call(module: str, **given: Any) -> Any:
            return importlib.import_module(f"made_client.api.{module}").sync(client=client, **given)

        assert "events" in [metric.name for metric in call("metrics.list_metrics").data]
        asked = {"name": models.MetricName("events"), "interval": models.Interval("day")}
        answer = call("metrics.metric_data", **asked, from_="2016-01-01", to="2016-01-02")
        assert answer.data[0]["events"] > 0
        assert answer.coverage.expected == 24
        assert call("metrics.metric_data", **asked, from_="2016-01-02", to="2016-01-01").parameter == "to"
        assert call("sql.ask", body=models.SqlQuestion(sql="SELECT 1 AS one")).data[0]["one"] == 1
        assert [table.name for table in call("lake.list_tables").data]


def test_schemathesis_finds_no_fault_and_nothing_undocumented(day: Any, tmp_path: Path) -> None:
    # Its thousands of requests must not meet the limits, which are tested elsewhere.
    many = {
        "FORGELAKE_API_ADDRESS_PER_MINUTE": "0",
        "FORGELAKE_API_KEY_PER_MINUTE": "0",
        "FORGELAKE_API_SQL_SECONDS": "1",
    }
    with Serving(day, many) as serving:
        key = bearer(serving.key("fuzz", "admin"))["Authorization"]
        tool = Path(sys.executable).with_name("schemathesis")
        where = f"{serving.url}/api/v1/openapi.json"
        command = [tool, "--config-file", CONFIG, "run", where, "--header", f"Authorization: {key}", "--no-color"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "24 selected / 24 total" in done.stdout


def test_the_page_about_the_api_has_every_route(document: dict[str, Any]) -> None:
    page = (CONFIG.parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([A-Z]+ \S+)`", page, re.MULTILINE))
    routes = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert listed == routes
