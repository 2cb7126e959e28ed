"""All jobs: what each does with the parts below it. A further job is a function here and a section of the settings."""

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from forgelake.jobs.job import Job, Known, Turn
from forgelake.model.slices import SliceStatus
from forgelake.settings.root import Settings

if TYPE_CHECKING:
    from forgelake.pipelines.collect import Collected
    from forgelake.pipelines.context import Context
    from forgelake.pipelines.daily.run import DailyJob

MOST_TOLD: Final = 3
"""Faults of one run that its job tells; the ledger has all of them."""

NO_REPOS: Final = "nothing is tracked; name some of github.repos and github.owners"
NO_ACCOUNTS: Final = "a state in DynamoDB keeps no accounts; name a database in state.accounts_url"
NO_TOKEN: Final = "there is no token; set FORGELAKE_GITHUB_TOKEN, github.token_file or github.tokens"  # noqa: S105


def _told(faults: list[str], where: str) -> str:
    shown = "; ".join(faults[:MOST_TOLD])
    return f"{shown}; and {len(faults) - MOST_TOLD:,} more, see: {where}" if len(faults) > MOST_TOLD else shown


def _collect_gharchive(turn: Turn) -> str:
    from forgelake.pipelines import collect, plan

    hours = plan.continuing(turn.context)
    return _after_hours(turn, collect.collect(turn.context, hours, watch=lambda _: turn.raise_if_stopped()))


def _land_gharchive(turn: Turn) -> str:
    from forgelake.pipelines import landed, plan

    return _after_hours(turn, landed.land(turn.context, plan.continuing(turn.context), turn.clock.stopped))


def _after_hours(turn: Turn, collected: "Collected") -> str:
    from forgelake.pipelines import retention, rollups

    retention.forget_old_bytes(turn.context)
    rollups.build(turn.context)
    coverage = collected.coverage
    # What has only landed is on its way, and no fault.
    gaps = [gap for gap in coverage.gaps if gap.reason != SliceStatus.LANDED]
    faults = [f"{gap.start:%Y-%m-%dT%H} to {gap.end:%Y-%m-%dT%H}: {gap.reason}" for gap in gaps]
    if coverage.rejected:
        faults.append(f"{coverage.rejected:,} stretches of input could not be read, see: forgelake rejects")
    return _told(faults, "forgelake coverage")


def _collect_events(turn: Turn) -> str:
    from forgelake.pipelines import retention, rollups
    from forgelake.pipelines.polls.run import poll_events

    context = turn.context
    seconds = None if turn.until is None else max(1.0, (turn.until - context.clock()).total_seconds())
    polled = poll_events(context, turn.clock, seconds=seconds)
    retention.forget_old_bytes(context)
    rollups.build(context)
    lost = [f"lost: {title}: {gap.reason}" for title, gap in polled.tally.gaps]
    return _told([*polled.tally.faults.values(), *lost], 'forgelake sql "SELECT * FROM slices"')


def _daily(turn: Turn, job: "DailyJob") -> str:
    from forgelake.pipelines import retention
    from forgelake.pipelines.daily.run import run_daily

    gathered = run_daily(turn.context, turn.clock, job)
    retention.forget_old_bytes(turn.context)
    faults = [f"{title}: {reason}" for title, reason in gathered.faults]
    if gathered.held_by_other:
        faults.append("another run of the same job is at it")
    if gathered.unreadable:
        faults.append(f"{gathered.unreadable:,} slices could not be read; the table slices says why (status failed)")
    return _told(faults, 'forgelake sql "SELECT * FROM slices"')


def _collect_repos(turn: Turn) -> str:
    from forgelake.pipelines.repos.snapshot import JOB

    return _daily(turn, JOB)


def _collect_stars(turn: Turn) -> str:
    from forgelake.pipelines.repos.stars import JOB

    return _daily(turn, JOB)


def _collect_traffic(turn: Turn) -> str:
    from forgelake.pipelines.traffic.collect import JOB

    return _daily(turn, JOB)


def _export_traffic(turn: Turn) -> str:
    from forgelake.app.compose import export_target
    from forgelake.pipelines.record import recorded
    from forgelake.publish.traffic import export_traffic
    from forgelake.state.runs import RunCounters

    context, chosen = turn.context, turn.context.settings.jobs.export_traffic
    with recorded(context, "export traffic", {"to": chosen.to, "format": chosen.format}) as record:
        target = export_target(context.settings, chosen.to)
        done = export_traffic(context.lake.now(0), target, chosen.format, context.scratch)
        counters = RunCounters(slices_done=len(done.files))
        record.counters = lambda: counters
    return ""


def _compact(turn: Turn) -> str:
    from datetime import timedelta

    from forgelake.pipelines import compact, rollups

    compact.compact(turn.context, None, None, timedelta(days=1), watch=lambda _: turn.raise_if_stopped())
    # They count files that have just been replaced.
    rollups.build(turn.context)
    return ""


def _check_alerts(turn: Turn) -> str:
    from forgelake.alerts.checking import check
    from forgelake.pipelines.record import recorded

    with recorded(turn.context, "check alerts", {}):
        return _told(check(turn.context, turn.clock, turn.raise_if_stopped), "forgelake alerts list")


def _weekly_digest(turn: Turn) -> str:
    from forgelake.app.digest import tell_digest
    from forgelake.pipelines.record import recorded

    with recorded(turn.context, "weekly digest", {}):
        tell_digest(turn.context, turn.clock)
    return ""


def _weekly_feedback(turn: Turn) -> str:
    from forgelake.app.feedback import tell_feedback

    return _told(tell_feedback(turn.context, turn.raise_if_stopped), "forgelake jobs history weekly_feedback")


def _collect_accounts(turn: Turn) -> str:
    from forgelake.accounts.repos.collecting import collect_accounts
    from forgelake.app.collecting import accounts_at_work, means

    done = collect_accounts(means(turn.context, turn.clock.sleep), accounts_at_work(turn.context))
    if done.failed:
        done.faults.append(f"{done.failed:,} repositories could not be read; their people are told why")
    return _told(done.faults, "forgelake accounts repos list")


def _make_answers(turn: Turn) -> str:
    from forgelake.app.compose import engine
    from forgelake.metrics.catalogue import Catalogue, folders
    from forgelake.pipelines.answers.making import Maker

    context, chosen = turn.context, turn.context.settings
    # What the API may not show must not be in what it is given.
    lake = context.lake.shown(private=chosen.api.serves_private)
    with closing(lake), engine(chosen) as other:
        faults = Maker(context, lake, Catalogue.load(folders(chosen.metrics.folder)), other, turn.clock).run()
    turn.raise_if_stopped()
    return _told(faults, "forgelake runs")


def _no_answers(context: "Context") -> str:
    return "nobody asked the API for a long answer" if context.state.answers.is_empty() else ""


def _nobody_active(context: "Context") -> str:
    if not context.state.keeps_accounts:
        return NO_ACCOUNTS
    if context.state.account_repos.accounts():
        return ""
    return "nobody has an active repository; see: forgelake accounts repos"


def _no_mail(settings: Settings) -> str:
    if any(one.kind == "email" for one in settings.channels.values()):
        return ""
    return "no mail can be sent; name a channel of kind email in [channels.NAME]"


def _nobody_mailed(context: "Context") -> str:
    if not context.state.keeps_accounts:
        return NO_ACCOUNTS
    return "" if context.state.profiles.with_feedback() else "nobody asked for it on /account/week"


def _has_token(settings: Settings) -> bool:
    github = settings.github
    return bool(github.token.get_secret_value() or github.token_file or github.tokens)


def _no_events(settings: Settings) -> str:
    github = settings.github
    if github.repos or github.orgs or github.users or (_has_token(settings) and github.events != "tracked"):
        return ""
    return "nothing is tracked and there is no token for the public timeline; name some of github.repos, orgs and users"


def _no_snapshots(settings: Settings) -> str:
    github = settings.github
    if github.repos or github.owners or github.topics or github.searches:
        return ""
    return "nothing is tracked; name some of github.repos, owners, topics and searches"


def _no_stars(settings: Settings) -> str:
    return "" if settings.github.repos or settings.github.owners else NO_REPOS


def _no_traffic(settings: Settings) -> str:
    return _no_stars(settings) or ("" if _has_token(settings) else NO_TOKEN)


def _no_export(settings: Settings) -> str:
    return "" if settings.jobs.export_traffic.to else "name a folder or bucket in jobs.export_traffic.to"


def _no_alerts(settings: Settings) -> str:
    return "" if settings.alerts else "no alert is set; name some in [alerts.NAME]"


def _no_digest(settings: Settings) -> str:
    return "" if settings.jobs.weekly_digest.to else "name channels in jobs.weekly_digest.to"


JOBS: Final[Known] = {
    job.name: job
    for job in (
        Job("collect_gharchive", "hours of GH Archive, and gaps that are due again", _collect_gharchive),
        Job("collect_events", "live events from GitHub's timelines", _collect_events, _no_events, lasts=True),
        Job("collect_repos", "snapshots of tracked repositories, topics and searches", _collect_repos, _no_snapshots),
        Job("collect_stars", "the history of stars of tracked repositories", _collect_stars, _no_stars),
        Job("collect_traffic", "views, clones, referrers and paths", _collect_traffic, _no_traffic),
        Job("collect_accounts", "people's active repositories and requests", _collect_accounts, nobody=_nobody_active),
        Job("export_traffic", "traffic as files for other tools", _export_traffic, _no_export),
        Job("compact", "few sorted files for each day that has too many, and unused ones removed", _compact),
        Job("check_alerts", "alerts: whether they hold, and telling their channels", _check_alerts, _no_alerts),
        Job("weekly_digest", "the week that is over, told on its channels", _weekly_digest, _no_digest),
        Job("make_answers", "answers of the API that take long", _make_answers, nobody=_no_answers),
        Job("weekly_feedback", "each person's own week, by mail", _weekly_feedback, _no_mail, _nobody_mailed),
    )
}
"""All jobs, in the order in which lists show them."""

LANDING_JOBS: Final[Known] = {
    **JOBS,
    "collect_gharchive": replace(JOBS["collect_gharchive"], work=_land_gharchive),
}
"""All jobs where archive hours are only landed, and somebody else makes rows of what has landed."""
