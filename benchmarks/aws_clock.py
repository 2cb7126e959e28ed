"""The function of the schedule with a clock that the call sets, so that a day can pass in a minute."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from forgelake.aws import jobs
from forgelake.aws.deadline import LambdaContext
from forgelake.aws.sandbox import lake


def handler(event: Mapping[str, object], called: LambdaContext) -> dict[str, dict[str, str]]:
    """As ``forgelake.aws.jobs.handler``; ``now`` of the event is the instant that it is."""
    instant = datetime.fromisoformat(str(event["now"]))
    vars(jobs)["lake"] = lambda: replace(lake(), clock=lambda: instant)
    return jobs.handler({name: value for name, value in event.items() if name != "now"}, called)
