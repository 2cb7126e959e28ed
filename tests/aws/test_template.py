"""The template: valid, bounded in what it allows, and naming what there is."""

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from forgelake.lake.catalog import TABLES
from forgelake.settings import load
from forgelake.state.dynamo import items
from forgelake.state.dynamo.definition import definition
from tests.aws.stack import TEMPLATE, of_type, template
from tests.deploy import image
from tests.deploy.files import ROOT, check

FUNCTIONS = of_type("AWS::Lambda::Function")


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every policy, with the resource that it belongs to."""
    for name, resource in template()["Resources"].items():
        found = resource.get("Properties", {})
        documents = [found.get("PolicyDocument"), found.get("AssumeRolePolicyDocument")]
        documents += [policy["PolicyDocument"] for policy in found.get("Policies", ())]
        for document in filter(None, documents):
            yield from ((name, statement) for statement in document["Statement"])


STATEMENTS = list(statements())


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_cloudformation_would_take_it() -> None:
    check("cfn-lint", TEMPLATE)


@pytest.mark.parametrize(("name", "statement"), STATEMENTS)
def test_nothing_is_allowed_on_everything(name: str, statement: dict[str, Any]) -> None:
    if statement["Effect"] == "Deny":
        return
    for action in listed(statement["Action"]):
        assert re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action), f"{name}: {action}"
    for resource in listed(statement.get("Resource", [])):
        # An ARN names a service and a place in it; a star stands only for what is below one of ours.
        assert written(resource) != "*"
        assert not re.search(r":\*|^\*|/\*.*/", written(resource).strip('"}')), f"{name}: {resource}"
    assert statement.get("Principal") != "*", name


def test_each_function_has_a_role_of_its_own_and_a_log_that_ends() -> None:
    roles = [one["Properties"]["Role"]["Fn::GetAtt"][0] for one in FUNCTIONS.values()]
    assert len(set(roles)) == len(FUNCTIONS) == 3
    logs = of_type("AWS::Logs::LogGroup")
    for one in FUNCTIONS.values():
        log = one["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
        assert logs[log]["Properties"]["RetentionInDays"] == {"Ref": "LogDays"}


def test_only_those_that_change_the_lake_may_write_to_it() -> None:
    writing = template()["Resources"]["Writing"]["Properties"]
    assert [one["Ref"] for one in writing["Roles"]] == ["JobsRole", "TransformRole"]
    others = [action for name, one in STATEMENTS if name != "Writing" for action in listed(one["Action"])]
    assert not [one for one in others if one.startswith(("s3:Put", "s3:Delete", "glue:Create", "glue:Update"))]


def test_the_table_is_the_one_that_the_state_would_make() -> None:
    table = dict(template()["Resources"]["State"]["Properties"])
    recovery = table.pop("PointInTimeRecoverySpecification")
    made = definition("any")
    # CloudFormation chooses the name.
    del made["TableName"]
    assert (table, recovery) == (made, {"PointInTimeRecoveryEnabled": True})


def test_the_state_is_allowed_what_it_asks_dynamodb_for_and_the_page_says_the_same() -> None:
    source = Path(items.__file__).read_text(encoding="utf-8")
    called = {one.title().replace("_", "") for one in re.findall(r"_client\.([a-z_]+)\(", source)} - {"Close"}
    # A transaction goes by the rights of what is in it, and a waiter by those of what it asks.
    assert {"TransactWriteItems", "GetWaiter", "CreateTable"} < called
    needed = called - {"TransactWriteItems", "GetWaiter", "CreateTable"}
    allowed = {action for _, one in STATEMENTS for action in listed(one["Action"]) if action.startswith("dynamodb:")}
    assert allowed == {f"dynamodb:{action}" for action in needed}
    page = (ROOT / "docs" / "dynamodb.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"A role that only works needs(.*?) on\s+the table", page, re.DOTALL)
    assert {one.removeprefix("dynamodb:") for one in re.findall(r"`([^`]+)`", told)} == needed


def test_only_one_module_asks_dynamodb() -> None:
    modules = Path(items.__file__).parent.glob("*.py")
    assert [one.name for one in modules if "boto3.client(" in one.read_text(encoding="utf-8")] == ["items.py"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_calls_a_handler_that_there_is_with_settings_that_there_are(name: str, tmp_path: Path) -> None:
    properties = FUNCTIONS[name]["Properties"]
    module, _, handler = properties["ImageConfig"]["Command"][0].rpartition(".")
    assert callable(getattr(importlib.import_module(module), handler))
    assert properties["ImageConfig"]["EntryPoint"] == [f"{image.PLACE}/bin/python", "-m", "awslambdaric"]
    known = {"Bucket": "b", "State": "state", "GlueDatabase": "lake", "AWS::Region": "eu-central-1"}
    given = {
        variable: value if isinstance(value, str) else re.sub(r"\$\{([^}]+)\}", lambda m: known[m[1]], value["Fn::Sub"])
        for variable, value in properties["Environment"]["Variables"].items()
        if isinstance(value, str) or "Fn::Sub" in value
    }
    settings = load(given, tmp_path)
    assert (settings.storage.uri, settings.catalog.url) == ("s3://b/lake", "glue://lake?region=eu-central-1")
    assert settings.state.url == "dynamodb://state?region=eu-central-1"
    others = {variable for variable in properties["Environment"]["Variables"] if variable not in given}
    assert all(variable.startswith("FORGELAKE_") for variable in others)
    assert settings.sql.memory_mb <= properties["MemorySize"] / 2


def test_what_fails_is_kept_and_told() -> None:
    alarms = [one["Properties"] for one in of_type("AWS::CloudWatch::Alarm").values()]
    assert {one["Dimensions"][0]["Value"].get("Ref") for one in alarms} >= FUNCTIONS.keys()
    assert all(one["AlarmActions"] == [{"Ref": "Alarms"}] for one in alarms)
    resources = template()["Resources"]
    dead = {"Fn::GetAtt": ["DeadQueue", "Arn"]}
    assert resources["LandedQueue"]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"] == dead
    assert resources["Schedule"]["Properties"]["Target"]["DeadLetterConfig"]["Arn"] == dead
    assert resources["JobsCalls"]["Properties"]["DestinationConfig"]["OnFailure"]["Destination"] == dead


@pytest.mark.parametrize("query", re.findall(r"(?s)```sql\n(.*?)```", (ROOT / "docs" / "aws.md").read_text()))
def test_a_query_of_the_page_is_athenas(query: str) -> None:
    (parsed,) = sqlglot.parse(query, dialect="athena", error_level=sqlglot.ErrorLevel.RAISE)
    assert isinstance(parsed, exp.Query | exp.Create)
    own = {table.name for table in parsed.find_all(exp.Table) if table.db == "forgelake"}
    assert {name.partition("$")[0] for name in own} <= TABLES.keys()


def test_a_message_is_hidden_for_longer_than_a_function_may_take() -> None:
    queue = template()["Resources"]["LandedQueue"]["Properties"]
    assert queue["VisibilityTimeout"] >= 6 * FUNCTIONS["Transform"]["Properties"]["Timeout"]
