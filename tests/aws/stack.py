"""The template as data, and as much of a deployed stack as the fake of AWS can make."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import yaml

from tests.deploy.files import DEPLOY
from tests.servers.aws import Aws

TEMPLATE: Final = DEPLOY / "aws" / "template.yaml"
NAME: Final = "lake"
PARAMETERS: Final = {
    "ImageUri": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/forgelake:1",
    "GithubTokenParameter": "/forgelake/github_token",
    "AlarmEmail": "someone@example.org",
    "Anonymous": "always",
}
NOT_MADE: Final = frozenset({
    "AWS::Athena::WorkGroup",
    "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::Distribution",
    "AWS::CloudWatch::Alarm",
    "AWS::Glue::Database",
    "AWS::Lambda::EventInvokeConfig",
    # This one it would make, and then take the messages for functions that it does not run.
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Url",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
})  # fmt: skip
"""Kinds of resources that moto 5.2.5 makes from no template; cfn-lint alone speaks for them."""


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as the long ones."""


def _short(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    value = loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None
    if isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    if name == "GetAtt":
        value = str(value).split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _short)


@cache
def template() -> Any:
    """The template, its short forms written long."""
    return yaml.load(TEMPLATE.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - made from the safe loader


def of_type(kind: str) -> dict[str, Any]:
    """The resources of a kind, by name."""
    return {name: one for name, one in template()["Resources"].items() if one["Type"] == kind}


@dataclass(frozen=True)
class Stack:
    """A deployed stack: what each resource is called, by its name in the template."""

    aws: Aws
    made: dict[str, str]

    def function(self, name: str) -> dict[str, Any]:
        """The configuration of a function."""
        found: dict[str, Any] = self.aws.client("lambda").get_function_configuration(FunctionName=self.made[name])
        return found


def deployed(aws: Aws, **parameters: str) -> Stack:
    """Deploy the template, without the kinds of resources that are not made and what speaks of them.

    Args:
        parameters: further ones of the template.
    """
    document = dict(template())
    document["Resources"] = {name: one for name, one in document["Resources"].items() if one["Type"] not in NOT_MADE}
    document["Outputs"] = {name: one for name, one in document["Outputs"].items() if name != "Address"}
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in {**PARAMETERS, **parameters}.items()]
    client = aws.client("cloudformation")
    body = json.dumps(document, default=str)
    client.create_stack(StackName=NAME, TemplateBody=body, Parameters=given, Capabilities=["CAPABILITY_IAM"])
    resources = client.list_stack_resources(StackName=NAME)["StackResourceSummaries"]
    stack = Stack(aws, {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources})
    _connect(stack)
    return stack


def _connect(stack: Stack) -> None:
    """Have the bucket tell the queue, as the template says; moto leaves it out."""
    (told,) = template()["Resources"]["Bucket"]["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    queue = stack.aws.client("sqs").get_queue_attributes(
        QueueUrl=stack.made["LandedQueue"], AttributeNames=["QueueArn"]
    )
    rules = [{"Name": one["Name"], "Value": one["Value"]} for one in told["Filter"]["S3Key"]["Rules"]]
    configured = {
        "QueueArn": queue["Attributes"]["QueueArn"],
        "Events": [told["Event"]],
        "Filter": {"Key": {"FilterRules": rules}},
    }
    stack.aws.client("s3").put_bucket_notification_configuration(
        Bucket=stack.made["Bucket"], NotificationConfiguration={"QueueConfigurations": [configured]}
    )
