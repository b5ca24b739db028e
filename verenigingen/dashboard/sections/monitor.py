"""The monitor about itself: whether it runs, whom it tells, what it costs."""

from __future__ import annotations

from datetime import datetime, timedelta

from verenigingen.alerts import heartbeat
from verenigingen.alerts.pulse import SILENT_AFTER_PERIODS, periods_seconds
from verenigingen.alerts.recipients import recipients
from verenigingen.dashboard.facts import Facts
from verenigingen.dashboard.parts import MailRoute, Monitor, Run
from verenigingen.site.errors import Unavailable
from verenigingen.site.protocol import Site
from verenigingen.site.values import Row

RUN = "Monitoring Run"


def build(facts: Facts) -> Monitor:
    return Monitor(
        runs=(*runs(facts), *heartbeats(facts)),
        mail=mail_route(facts),
        costs=(facts.reading("monitor.run_ms_today"),),
        settings_href=facts.list_href("Monitoring Settings"),
        rules_href=facts.list_href("Alert Rule"),
    )


def runs(facts: Facts) -> list[Run]:
    """The three jobs; critical when one has been silent for two of its periods."""
    site = facts.site
    if not facts.has(RUN):
        raise Unavailable(site.translate("the tables of the monitor are not installed: run bench migrate"))
    fields = ["job", "finished_at", "succeeded_at", "error"]
    rows = site.get_all(RUN, fields, {"job": ("in", list(_jobs(site)))})
    by_job = {str(row["job"]): row for row in rows}
    return [_run(facts, job, by_job.get(job, {})) for job in _jobs(site)]


def _jobs(site: Site) -> dict[str, tuple[str, timedelta]]:
    _ = site.translate
    titles = {"tick": _("Tick"), "hourly": _("Hourly checks"), "daily": _("Daily checks")}
    return {job: (titles[job], timedelta(seconds=every)) for job, every in periods_seconds(site).items()}


def heartbeats(facts: Facts) -> list[Run]:
    """What came of calling the address that waits for us; nothing where no address is set."""
    if not facts.settings.heartbeat_url:
        return []
    _ = facts.site.translate
    title, row = _("Outgoing heartbeat"), heartbeat.stored(facts.site)
    if row is None:
        return [Run(title, "unknown", None, _("has not been sent yet"))]
    if row["error"]:
        return [Run(title, "warning", row["finished_at"], _("not taken: {0}").format(row["error"]))]
    return [Run(title, "ok", row["succeeded_at"], _("was taken"))]


def _run(facts: Facts, job: str, row: Row) -> Run:
    """A run that ended with a failed step is no silence: the others were done."""
    _ = facts.site.translate
    title, period = _jobs(facts.site)[job]
    ended_at: datetime | None = row.get("finished_at") or row.get("succeeded_at")
    if ended_at is None:
        return Run(title, "unknown", None, _("has not run yet"))
    every = _("every {0}").format(facts.formats.duration(period.total_seconds()))
    failed = _("; failed: {0}").format(row["error"]) if row.get("error") else ""
    if facts.now - ended_at > SILENT_AFTER_PERIODS * period:
        return Run(title, "critical", ended_at, _("silent; it should run {0}").format(every) + failed)
    return Run(title, "warning" if failed else "ok", ended_at, every + failed)


def levels(facts: Facts) -> tuple[str, ...]:
    """Who is told after the first recipients, and when; a level without a valid recipient says so."""
    _ = facts.site.translate
    usual = _("no valid recipient, so the usual ones again")
    text = _("Level {0}, {1} and worse, after {2} without acknowledgement: {3}")
    return tuple(
        text.format(
            each.number,
            _(each.severity),
            facts.formats.duration(each.after.total_seconds()),
            ", ".join(each.recipients) or usual,
        )
        for each in facts.settings.levels
    )


def mail_route(facts: Facts) -> MailRoute:
    """Who would be told of an alert, and what stands in the way."""
    site, _ = facts.site, facts.site.translate
    told = recipients(site, facts.settings)
    state = site.mail()
    blocked = [
        text for text in (state.no_account_because, state.muted_because, state.suspended_because) if text
    ]
    if not facts.settings.mail_enabled:
        blocked.append(_("mail is switched off in Monitoring Settings"))
    hindrances = (*blocked, *((told.problem,) if told.problem else ()))
    if not told.addresses:
        return MailRoute("critical", _("nobody is told"), hindrances, (), levels(facts))
    origin = _("to the addresses of {0}").format(told.origin)
    if blocked:
        return MailRoute("warning", _("does not leave this site"), hindrances, told.addresses, levels(facts))
    said = _("leaves by {0}, {1}").format(state.account, origin) if state.account else origin
    return MailRoute("warning" if hindrances else "ok", said, hindrances, told.addresses, levels(facts))
