"""The monitor about itself: whether it runs, whom it tells, what it costs."""

from __future__ import annotations

from dataclasses import replace

from vuurtoren.health import moments, running_code
from vuurtoren.health.liveness import SILENT_AFTER_PERIODS, JobLiveness, periods_seconds, pulse
from vuurtoren.names import state as names
from vuurtoren.notifications import heartbeat
from vuurtoren.notifications.recipients import recipients
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.parts import DisplayLevel, MailRoute, Monitor, RunView
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import said

RUN = "Monitoring Run"


def build(facts: Facts) -> Monitor:
    return Monitor(
        runs=(*runs(facts), *heartbeats(facts), *outdated_code(facts), *checklist_names(facts)),
        mail=mail_route(facts),
        costs=facts.placed("monitor.costs"),
        settings_href=facts.list_href("Monitoring Settings"),
        rules_href=facts.list_href("Alert Rule"),
    )


def runs(facts: Facts) -> list[RunView]:
    """The three jobs; critical when one has been silent for two of its periods, or failed twice."""
    site = facts.site
    if not facts.has(RUN):
        raise Unavailable(site.translate("the tables of the monitor are not installed: run bench migrate"))
    every = periods_seconds(site)
    return [_run(facts, found, every[found.job]) for found in pulse(site)]


def _titles(site: Site) -> dict[str, str]:
    _ = site.translate
    return {"tick": _("Tick"), "hourly": _("Hourly checks"), "daily": _("Daily checks")}


def heartbeats(facts: Facts) -> list[RunView]:
    """What came of calling the address that waits for us; nothing where no address is set."""
    if not facts.settings.heartbeat_url:
        return []
    _ = facts.site.translate
    title, row = _("Outgoing heartbeat"), heartbeat.stored(facts.site)
    if row is None:
        return [RunView(title, "unknown", None, _("has not been sent yet"))]
    if row["error"]:
        return [RunView(title, "warning", row["finished_at"], _("not taken: {0}").format(row["error"]))]
    age = moments.age_seconds(facts.site, row, "succeeded_at")
    if age is None or moments.is_uncertain(age):
        return [RunView(title, "unknown", row["succeeded_at"], _(moments.UNCERTAIN))]
    taken = RunView(title, "ok", row["succeeded_at"], _("was taken"), moments.shown(age))
    if age > SILENT_AFTER_PERIODS * periods_seconds(facts.site)["tick"]:
        return [
            replace(taken, level="warning", said=_("was taken; it waits for a tick without a failed step"))
        ]
    return [taken]


def outdated_code(facts: Facts) -> list[RunView]:
    """After an update a process that was not restarted goes on with the old code: it says so itself."""
    if not running_code.THIS_PROCESS.outdated():
        return []
    _ = facts.site.translate
    said = _("runs older code than lies on disk: restart needed")
    return [RunView(_("This process"), "warning", None, said)]


def checklist_names(facts: Facts) -> list[RunView]:
    """Somebody wanted them to be ours and they are not, as after the environment was built anew."""
    problem = names.problem(facts.site)
    return (
        [RunView(facts.site.translate("Names of the checklist"), "warning", None, problem)] if problem else []
    )


def _run(facts: Facts, found: JobLiveness, period_seconds: float) -> RunView:
    """A run that ended with one failed step is no silence: the others were done."""
    _ = facts.site.translate
    title = _titles(facts.site)[found.job]
    if found.status == "never ran":
        return RunView(title, "unknown", None, _("has not run yet"), status=found.status)
    every = _("every {0}").format(facts.formats.duration(period_seconds))
    failed = _("; failed: {0}").format(found.problem) if found.problem else ""
    level: DisplayLevel = "warning" if failed else "ok"
    said = every + failed
    if found.status == "silent":
        level, said = "critical", _("silent; it should run {0}").format(every) + failed
    elif found.status == "failing":
        level, said = "critical", _("fails every time; it should run {0}").format(every) + failed
    elif found.status == "unknown":
        level, said = "unknown", _("when it last ran is unknown, {0}").format(_(found.because)) + failed
    return RunView(title, level, found.ended_at, said, found.age_seconds, found.status)


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
        said(text, _)
        for text in (state.no_account_because, state.muted_because, state.suspended_because)
        if text
    ]
    if not facts.settings.mail_enabled:
        blocked.append(_("mail is switched off in Monitoring Settings"))
    hindrances = (*blocked, *((told.problem,) if told.problem else ()))
    if not told.addresses:
        return MailRoute("critical", _("nobody is told"), hindrances, (), levels(facts))
    origin = _("to the addresses of {0}").format(told.origin)
    if blocked:
        return MailRoute("warning", _("does not leave this site"), hindrances, told.addresses, levels(facts))
    way = _("leaves by {0}, {1}").format(said(state.account, _), origin) if state.account else origin
    return MailRoute("warning" if hindrances else "ok", way, hindrances, told.addresses, levels(facts))
