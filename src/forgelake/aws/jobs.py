"""The function that a schedule calls: it runs what is due and ends, as ``forgelake worker --until-idle`` does.

Which jobs are due is in the state, so calls that come twice, late or not at all change nothing but the time.
"""

import os
from collections.abc import Mapping
from typing import Final

import structlog

from forgelake.app.jobs import LANDING_JOBS
from forgelake.aws.deadline import Deadline, LambdaContext
from forgelake.aws.sandbox import lake
from forgelake.jobs.execution import Execution
from forgelake.jobs.orders import run_soon
from forgelake.jobs.worker import Worker

LASTING_SECONDS: Final = 60.0
"""How long live events are polled in a call; they are polled again by the next one."""

_LOOK_EVERY: Final = 0.2


def handler(event: Mapping[str, object], called: LambdaContext) -> dict[str, dict[str, str]]:
    """Run what is due.

    Args:
        event: ``{}``, or ``{"job": "collect_repos"}`` to run a job now as well.
        called: what Lambda says of the call.

    Returns:
        How each job stands that has ever run: its name, and how its last run ended.

    Raises:
        ConfigurationError, UsageError: the settings are wrong, or there is no such job.
        RetryError: the state does not answer.
    """
    clock = Deadline(called)
    context = lake()
    with structlog.contextvars.bound_contextvars(request_id=called.aws_request_id):
        if job := event.get("job"):
            run_soon(context, LANDING_JOBS, str(job))
        execution = Execution(context, LANDING_JOBS, clock, lasting=LASTING_SECONDS)
        if not Worker(execution, look_every=_LOOK_EVERY).run(until_idle=True):
            structlog.get_logger().error("a run did not end in time; it is noted, and done again")
            # Its thread would go on in the next call.
            os._exit(1)
        ended = context.state.jobs.all_rows().values()
    return {"jobs": {row.name: str(row.status) for row in ended if row.status is not None}}
