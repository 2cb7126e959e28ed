"""The functions in AWS's own runtime client, on a stack deployed from the template: from the archive to an answer."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

import pytest
from sqlalchemy import Engine, text

from forgelake.accounts.cv import Cvs
from forgelake.accounts.keys import Keys
from forgelake.cv.profile import Publication
from forgelake.publish.site_cvs import site_cvs
from forgelake.state.accounts import AccountRow
from forgelake.state.database import State
from tests.aws.requests import request
from tests.aws.stack import NOT_MADE, PARAMETERS, Stack, deployed, of_type, template
from tests.pipelines.archive import hours, publish, some
from tests.pipelines.lakes import QUICK, Lake
from tests.servers.aws import ENVIRONMENT, Aws
from tests.servers.lambda_runtime import Function, FunctionError
from tests.servers.postgresql import written

pytest.importorskip("moto", reason="needs the package moto[server]")
pytest.importorskip("awslambdaric", reason="needs the extra forgelake[aws]")

FIRST = hours(1)[0].shifted(4)
HOURS = hours(3, FIRST)
ACCOUNTS = "/forgelake/accounts_url"
AT = f"{HOURS[-1].end:%Y-%m-%dT%H:%M:%SZ}".replace(":00:00Z", ":30:00Z")


@pytest.fixture(scope="module")
def environment() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def accounts_url(administrator: Engine) -> str:
    """A PostgreSQL for accounts."""
    with administrator.connect() as connection:
        connection.execute(text("CREATE DATABASE accounts_of_functions"))
    return written(administrator.url.set(database="accounts_of_functions"))


@pytest.fixture(scope="module")
def stack(aws_server: Aws, environment: pytest.MonkeyPatch, accounts_url: str) -> Stack:
    """The template deployed with accounts, and the secrets that it names."""
    for name, value in aws_server.environ.items():
        environment.setenv(name, value)
    secrets = {PARAMETERS["GithubTokenParameter"]: "ghp_planted0123456789", ACCOUNTS: accounts_url}
    for name, value in secrets.items():
        aws_server.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString")
    key = aws_server.client("kms").create_key()["KeyMetadata"]["Arn"]
    return deployed(aws_server, AccountsDatabaseParameter=ACCOUNTS, VaultKeyArn=key)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The same hours in a folder."""
    folder = tmp_path_factory.mktemp("local")
    lake = Lake(folder / "home", publish(folder / "hours", {hour: some(hour) for hour in HOURS}))
    lake.collect(HOURS[0], HOURS[-1])
    return lake


@pytest.fixture(scope="module")
def lake(stack: Stack, local: Lake) -> Lake:
    """The lake that the functions work on, as commands would reach it."""
    given: dict[str, str] = stack.function("Jobs")["Environment"]["Variables"]
    names = ("STORAGE_URI", "STATE_URL", "STATE_ACCOUNTS_URL", "CATALOG_URL")
    places = {f"FORGELAKE_{name}": given[f"FORGELAKE_{name}"] for name in names}
    return local.beside("aws", **stack.aws.environ, **places)


Start = Callable[[str], Function]


@pytest.fixture(scope="module")
def start(stack: Stack, lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts the sandbox of a function with the variables that the stack gives it; each is started once."""
    running: dict[str, Function] = {}
    folder = tmp_path_factory.mktemp("sandboxes")
    with ExitStack() as opened:

        def start(name: str) -> Function:
            if name not in running:
                (folder / name).mkdir()
                given = stack.function(name)
                own = {
                    "FORGELAKE_GHARCHIVE_URLS": lake.urls,
                    "FORGELAKE_NOW": AT,
                    "TMPDIR": str(folder / name),
                }
                environ = {**QUICK, **stack.aws.environ, **given["Environment"]["Variables"], **own}
                environ.pop("FORGELAKE_GHARCHIVE_WORKERS")
                # The fake keeps variables, but not what an image is called with.
                (handler,) = template()["Resources"][name]["Properties"]["ImageConfig"]["Command"]
                running[name] = opened.enter_context(Function(handler, environ, folder / name))
            return running[name]

        yield start


def body(answer: dict[str, Any]) -> bytes:
    """The bytes of an answer."""
    return base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else str(answer["body"]).encode()


@pytest.fixture(scope="module")
def messages(stack: Stack, start: Start) -> list[dict[str, Any]]:
    """What the queue holds after the schedule has called twice: the messages, as Lambda would hand them on."""
    ran = start("Jobs").call({})
    assert ran["jobs"]["collect_gharchive"] in ("done", "done_with_gaps")
    start("Jobs").call({"job": "collect_gharchive"})
    queue = stack.aws.client("sqs")
    found: list[dict[str, Any]] = []
    while got := queue.receive_message(QueueUrl=stack.made["LandedQueue"], MaxNumberOfMessages=10).get("Messages"):
        found += [{"messageId": one["MessageId"], "body": one["Body"]} for one in got]
    return found


@pytest.fixture(scope="module")
def transformed(messages: list[dict[str, Any]], start: Start) -> Any:
    """What the function answered that was told of them, and of others among them."""
    unreadable = {"messageId": "unreadable", "body": "no JSON"}
    gone = json.loads(next(one["body"] for one in messages if "Records" in one["body"]))
    gone["Records"][0]["s3"]["object"]["key"] += ".gone.receipt.json"
    records = [unreadable, {"messageId": "gone", "body": json.dumps(gone)}, *messages]
    return start("Transform").call({"Records": records})


def test_everything_is_deployed_that_can_be(stack: Stack) -> None:
    expected = {name for name, one in template()["Resources"].items() if one["Type"] not in NOT_MADE}
    assert stack.made.keys() == expected


def test_the_schedule_lands_hours_and_leaves_them_to_the_bucket(lake: Lake, messages: list[dict[str, Any]]) -> None:
    keys = [
        unquote_plus(record["s3"]["object"]["key"])
        for one in messages
        for record in json.loads(one["body"]).get("Records", ())
    ]
    assert sorted(keys) == sorted(f"lake/{path}" for path in lake.objects("landing") if path.endswith(".receipt.json"))
    assert len(keys) == len(HOURS)


def test_what_has_landed_becomes_the_same_rows(lake: Lake, local: Lake, transformed: Any) -> None:
    assert transformed == {"batchItemFailures": [{"itemIdentifier": "unreadable"}]}
    assert lake.table() == local.table()
    received = {name for name, statuses in lake.statuses().items() if statuses == ["received"]}
    assert received == {hour.name for hour in HOURS}


@pytest.mark.usefixtures("transformed")
def test_messages_that_come_twice_change_nothing(lake: Lake, messages: list[dict[str, Any]], start: Start) -> None:
    before = lake.snapshots()
    assert start("Transform").call({"Records": messages}) == {"batchItemFailures": []}
    assert lake.snapshots() == before


def test_a_call_that_has_no_time_leaves_all_to_the_next(
    lake: Lake, messages: list[dict[str, Any]], transformed: Any, start: Start
) -> None:
    del transformed
    with lake.open() as context:
        for row in list(context.state.ledger.all_rows()):
            context.state.ledger.forget(row.key)
    named = [one["messageId"] for one in messages if "Records" in one["body"]]
    left = start("Transform").call({"Records": messages}, seconds=0.01)
    assert [one["itemIdentifier"] for one in left["batchItemFailures"]] == named
    assert start("Transform").call({"Records": messages}) == {"batchItemFailures": []}


@pytest.mark.usefixtures("transformed")
def test_requests_are_answered_from_the_same_lake(local: Lake, start: Start) -> None:
    web = start("Web")
    query = "from=2016-01-01&to=2016-01-02&interval=d"
    answer = web.call(request("/api/v1/metrics/events/data", query))
    assert answer["statusCode"] == 200
    data = json.loads(body(answer))
    assert [row["events"] for row in data["data"]] == [len(local.rows())]
    assert data["coverage"]["received"] == len(HOURS)
    page = web.call(request("/", accept="text/html"))
    assert (page["statusCode"], page["headers"]["content-type"]) == (200, "text/html; charset=utf-8")
    assert web.call(request("/api/v1/none"))["statusCode"] == 404


@pytest.mark.usefixtures("transformed")
def test_accounts_lie_in_postgresql_and_the_ledger_in_dynamodb(lake: Lake, accounts_url: str, start: Start) -> None:
    with lake.open() as context:
        ada = AccountRow("a" * 32, "ada", "Ada", is_admin=False, created_at=datetime.now(UTC))
        context.state.accounts.ensure(ada)
        key = Keys(context.state.api_keys).create("hers", ["read"], account=ada.id).secret
        Cvs(context.state.profiles).publish(ada.id, Publication.PUBLIC)
        assert list(site_cvs(context, context.lake.now(0), (), context.clock()).held) == ["ada"]
    with State.open(accounts_url) as alone:
        assert [account.name for account in alone.accounts.all()] == ["ada"]
        assert (list(alone.ledger.all_rows()), list(alone.runs.all_rows()), alone.jobs.all_rows()) == ([], [], {})
    asked = {"accept": "text/html", "authorization": f"Bearer {key}"}
    assert 'value="ada"' in body(start("Web").call(request("/account", **asked))).decode()


def test_a_job_that_there_is_not_is_told(start: Start) -> None:
    with pytest.raises(FunctionError, match="there is no job"):
        start("Jobs").call({"job": "collect_nothing"})


def test_no_secret_is_in_a_log(start: Start) -> None:
    told = "".join(start(name).log for name in of_type("AWS::Lambda::Function"))
    assert "ghp_planted0123456789" not in told
    assert ENVIRONMENT["AWS_SECRET_ACCESS_KEY"] not in told
