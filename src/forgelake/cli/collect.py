"""``forgelake collect …`` and ``forgelake rebuild``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from forgelake.cli.progress import polling, progress
from forgelake.cli.show import tell
from forgelake.model.counted import counted
from forgelake.model.coverage import percent
from forgelake.model.errors import UsageError
from forgelake.model.hours import Hour

if TYPE_CHECKING:
    from forgelake.pipelines.collect import Collected
    from forgelake.pipelines.context import Context
    from forgelake.pipelines.daily.run import DailyJob, Gathered
    from forgelake.pipelines.plan import Plan
    from forgelake.pipelines.polls.run import Polled

DONE, DONE_WITH_GAPS = 0, 3

app = App(name="collect", help="Bring slices of a source into the lake.")

From = Annotated[str | None, Parameter(name="--from")]
To = Annotated[str | None, Parameter(name="--to")]


@contextmanager
def lake(overrides: dict[str, object] | None = None, *, as_served: bool = False) -> "Iterator[Context]":
    """The opened lake, with logging set up; ``as_served`` hides what a server would hide."""
    from forgelake.app.compose import opened, settings
    from forgelake.app.logs import configure

    chosen = settings(overrides)
    configure(chosen.log, on_terminal=sys.stderr.isatty())
    with opened(chosen, private=not as_served or chosen.api.serves_private) as context:
        yield context


@app.command
def gharchive(
    *, from_: From = None, to: To = None, last: str | None = None, backfill: bool = False, again: bool = False,
    workers: int = 0,
) -> int:  # fmt: skip
    """Collect GH Archive hours.

    Without a period it goes on from the bookmark (on a first run: the last gharchive.baseline_days days) and asks
    again for hours that were missing.

    Args:
        from_: First hour, UTC, e.g. 2016-01-01T01.
        to: Last hour, UTC, included; the hour of --from if left out.
        last: The last complete hours instead, e.g. 24h or 7d.
        backfill: The whole archive, from 2011-02-12 on.
        again: Collect hours anew that were received before.
        workers: Processes; 0 means one per core.
    """
    if sum((from_ is not None, last is not None, backfill)) > 1 or (to is not None and from_ is None):
        message = "give one period: --from … [--to …], or --last 24h, or --backfill"
        raise UsageError(message)
    if workers < 0:
        message = f"--workers {workers} is no number of processes; give 1 or more, or 0 for one per core"
        raise UsageError(message)
    with lake() as context:
        from forgelake.pipelines import collect, plan, retention, rollups

        if from_ is not None:
            first = Hour.parse(from_)
            chosen = plan.period(first, Hour.parse(to) if to else first, context.clock(), again=again)
        elif last is not None:
            chosen = plan.latest(plan.span(last), context)
        else:
            chosen = plan.all_hours(context) if backfill else plan.continuing(context)
        with progress("collecting") as watch:
            collected = collect.collect(context, chosen, workers=workers, watch=watch)
        retention.forget_old_bytes(context)
        rollups.build(context)
        return report(chosen, collected)


@app.command
def events(*, for_: Annotated[str | None, Parameter(name="--for")] = None) -> int:
    """Poll GitHub's timelines for live events.

    Which timelines: the public one, and those of github.repos, github.orgs and github.users. Ctrl-C or SIGTERM end it
    cleanly; what has been received is in the lake then.

    Args:
        for_: How long, e.g. 5m or 2h; until it is stopped if left out.
    """
    from forgelake.pipelines.clock import RealClock, duration

    seconds = None if for_ is None else duration(for_)
    with lake() as context:
        from forgelake.pipelines import retention, rollups
        from forgelake.pipelines.polls.run import poll_events

        clock = RealClock()
        with clock.ended_by_signals(), polling() as watch:
            polled = poll_events(context, clock, seconds=seconds, watch=watch)
        retention.forget_old_bytes(context)
        rollups.build(context)
        return report_polls(polled)


@app.command
def repos() -> int:
    """Take today's snapshot of every tracked repository, and count topics and searches.

    What is tracked: github.repos, all repositories of github.owners, github.topics and github.searches. A second run on
    the same UTC day brings only what the first one missed.
    """
    from forgelake.pipelines.repos.snapshot import JOB

    return _daily(JOB)


@app.command
def stars() -> int:
    """Take the history of stars that are still held, of every tracked repository."""
    from forgelake.pipelines.repos.stars import JOB

    return _daily(JOB)


@app.command
def traffic() -> int:
    """Take the traffic of every tracked repository whose traffic a token may read.

    GitHub forgets it after 14 days. A second run on the same UTC day brings only what the first one missed.
    """
    from forgelake.pipelines.traffic.collect import JOB

    return _daily(JOB)


@app.command
def commits(
    *,
    repo: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    email: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    token_env: str = "",
) -> int:
    """Bring a person's commits into the lake, as counts: no path, message or e-mail address is kept.

    A repository that stands where it stood costs one small request; of others only new commits are counted.

    Args:
        repo: A local clone, or an address like https://host/owner/name.git; give the option several times for several.
        email: The person's e-mail address, in any case; give the option several times for several.
        token_env: The variable that holds the token for the addresses, which must be on one server.
    """
    from forgelake.cli.cv import check, places, strangers

    check("collect commits", repo, email)
    wanted = places(repo, token_env)
    with lake() as context:
        from forgelake.app.compose import mining
        from forgelake.model.addresses import Addresses
        from forgelake.pipelines.commits.collect import collect_commits

        done = collect_commits(context, mining(context.settings, Addresses.of(email)), wanted)
    lines = [
        f"{counted(done.changed, 'repository')} with {counted(done.commits, 'commit')}, {done.unchanged:,} unchanged"
    ]
    lines += [f"not collected: {failure.label}: {failure.reason}" for failure in done.failures]
    lines += [f"{label}: {note}" for label, note in done.notes]
    lines += strangers(done.strangers, email)
    tell("\n".join(lines))
    return DONE if done.complete else DONE_WITH_GAPS


@app.command
def accounts(*, account: str = "", again: bool = False) -> int:
    """Bring active repositories of people up to date; exit code 3 if something could not be read.

    Lists of repositories and pull or merge requests are asked for once a day, active repositories each time.

    Args:
        account: The account, by name or id; all that have an active repository if left out.
        again: Ask for lists, and for repositories that could not be read, though it is not time.
    """
    with lake() as context:
        from forgelake.accounts.repos.collecting import collect_accounts
        from forgelake.app.collecting import accounts_at_work, means
        from forgelake.app.people import people

        wanted = [people(context).id_of(account)] if account else accounts_at_work(context)
        done = collect_accounts(means(context), wanted, again=again)
    lines = [
        f"{counted(done.accounts, 'account')}: {counted(done.changed, 'repository')} with something new, "
        f"{done.unchanged:,} unchanged, "
        f"{done.failed:,} not read; see: forgelake accounts repos list",
        *done.faults,
    ]
    tell("\n".join(lines))
    return DONE if done.complete else DONE_WITH_GAPS


def _daily(job: "DailyJob") -> int:
    from forgelake.pipelines import retention
    from forgelake.pipelines.clock import RealClock
    from forgelake.pipelines.daily.run import run_daily

    with lake() as context:
        clock = RealClock()
        with clock.ended_by_signals():
            gathered = run_daily(context, clock, job)
        retention.forget_old_bytes(context)
        return report_daily(gathered)


def rebuild(*, from_: From = None, to: To = None, workers: int = 0) -> int:
    """Make the tables again from landing, without asking any origin.

    Args:
        from_: First hour, UTC; everything that has landed if left out.
        to: Last hour, UTC, included; the hour of --from if left out.
        workers: Processes; 0 means one per core.
    """
    with lake() as context:
        from forgelake.pipelines.commits.collect import rebuild_commits
        from forgelake.pipelines.contributions import rebuild_contributions
        from forgelake.pipelines.daily.rebuild import rebuild_daily
        from forgelake.pipelines.polls.rebuild import rebuild_polls
        from forgelake.pipelines.rebuild import landed_period
        from forgelake.pipelines.rebuild import rebuild as run
        from forgelake.pipelines.traffic.imported import rebuild_imports

        if from_ is None:
            first, last = landed_period(context)
        else:
            first = Hour.parse(from_)
            last = Hour.parse(to) if to else first
        with progress("rebuilding") as watch:
            plan, collected = run(context, first, last, workers=workers, watch=watch)
        polls = rebuild_polls(context, first.day, last.day)
        if polls.slices_done:
            tell(f"{counted(polls.slices_done, 'poll')} with {counted(polls.events, 'event')}")
        daily = rebuild_daily(context, first.day, last.day)
        if daily.slices_done:
            tell(f"{daily.slices_done:,} daily slices with {daily.events:,} rows")
        imports = rebuild_imports(context, first.day, last.day)
        if imports.slices_done:
            tell(f"{imports.slices_done:,} imported archives with {imports.events:,} rows")
        if mined := rebuild_commits(context, first.day, last.day):
            tell(f"{counted(mined, 'repository')} with commits")
        if told := rebuild_contributions(context, first.day, last.day):
            tell(f"{told:,} slices with pull and merge requests")
        return report(plan, collected)


def report_polls(polled: "Polled") -> int:
    """Say on stderr what polling brought and what it missed; returns the exit code."""
    tally, counters = polled.tally, polled.counters
    lines = [
        f"{counted(tally.answers, 'answer')}, {tally.polls:,} of them with something new: "
        f"{counted(tally.events, 'event')}; "
        f"this run committed {counted(counters.slices_done, 'poll')} with {counted(counters.events, 'event')}"
    ]
    lines += [f"{title} is polled by another run" for title in polled.held_by_others]
    lines += [*tally.moved.values(), *(f"not polled: {reason}" for reason in tally.faults.values())]
    lines += [f"lost: {title}: {gap.reason}" for title, gap in tally.gaps]
    if tally.lost > len(tally.gaps):
        lines.append(f"… events were lost {counted(tally.lost, 'time')} in all; the table slices has every gap")
    if counters.rejected:
        lines.append(f"{counters.rejected:,} stretches of input could not be read; see: forgelake rejects")
    if polled.unreadable:
        lines.append(f"{polled.unreadable:,} landed polls could not be read; the table slices says why (status failed)")
    tell("\n".join(lines))
    return DONE if polled.complete else DONE_WITH_GAPS


def report_daily(gathered: "Gathered") -> int:
    """Say on stderr what a daily job brought and what it missed; returns the exit code."""
    if gathered.held_by_other:
        tell("another run of the same job is at it; this one did nothing")
        return DONE_WITH_GAPS
    counters = gathered.counters
    lines = [
        f"{counted(gathered.landed, 'slice')} landed with {counted(gathered.requests, 'request')}; "
        f"this run committed {counted(counters.slices_done, 'slice')} with {counted(counters.events, 'row')}",
        *gathered.told,
        *(f"not collected: {title}: {reason}" for title, reason in gathered.faults),
    ]
    if gathered.unreadable:
        lines.append(f"{gathered.unreadable:,} slices could not be read; the table slices says why (status failed)")
    if gathered.stopped:
        lines.append("stopped before everything was collected; run the command again to go on")
    tell("\n".join(lines))
    return DONE if gathered.complete else DONE_WITH_GAPS


def report(plan: "Plan", collected: "Collected") -> int:
    """Say on stderr how a run ended; returns the exit code."""
    coverage, counters = collected.coverage, collected.counters
    share = percent(coverage.share) if coverage.share is not None else "nothing expected"
    lines = [
        f"{plan.first} to {plan.last}: "
        f"{coverage.received:,} of {counted(coverage.expected, 'hour')} received ({share}); "
        f"this run brought {counted(counters.slices_done, 'hour')}, {counted(counters.events, 'event')}, "
        f"{counters.bytes / 1e6:,.1f} MB"
    ]
    if coverage.rejected:
        lines.append(f"{coverage.rejected:,} stretches of input could not be read; see: forgelake rejects")
    lines += [f"gap {gap.start:%Y-%m-%dT%H} to {gap.end:%Y-%m-%dT%H}: {gap.reason}" for gap in coverage.gaps[:5]]
    if len(coverage.gaps) > 5:  # noqa: PLR2004 - as many as are shown
        lines.append(f"… {len(coverage.gaps) - 5} more gaps; see: forgelake coverage")
    tell("\n".join(lines))
    return DONE if collected.complete else DONE_WITH_GAPS
