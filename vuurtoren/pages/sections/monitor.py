"""The monitor about itself: whether it runs, whom it tells, what it costs."""

from __future__ import annotations

from dataclasses import replace

from vuurtoren.health import costs, moments, running_code, titles
from vuurtoren.health.liveness import SILENT_AFTER_PERIODS, JobLiveness, periods_seconds, pulse
from vuurtoren.names import state as names
from vuurtoren.notifications import heartbeat
from vuurtoren.notifications.recipients import recipients
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.parts import DisplayLevel, MailRoute, Monitor, RunView, TickCosts
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import as_shown, quantity
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import said

RUN = "Monitoring Run"


def build(facts: Facts) -> Monitor:
    return Monitor(
        runs=(*runs(facts), *heartbeats(facts), *outdated_code(facts), *checklist_names(facts)),
        mail=mail_route(facts),
        costs=facts.placed("monitor.costs"),
        steps=tick_costs(facts),
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


def tick_costs(facts: Facts) -> TickCosts | None:
    """By step, against one core over the time between two ticks; None before the first tick of a day."""
    site, _ = facts.site, facts.site.translate
    row = site.get(RUN, "tick") if facts.has(RUN) else None
    spent = costs.read(row["cursor"]) if row else None
    if spent is None or not spent.runs:
        return None
    period_ms = periods_seconds(site)["tick"] * 1000
    steps, each = _step_titles(site), spent.each_run()
    total = sum(ms for _step, ms in each)
    text = plural(
        _, spent.runs, "One tick on {1}: {2} of CPU, {3} of one core.",
        "{0} ticks on {1}: {2} of CPU each, {3} of one core.",
    )  # fmt: skip
    shown = [(step, ms) for step, ms in each if round(ms, 1) > 0]
    return TickCosts(
        text.format(spent.runs, as_shown(spent.day, _), _ms(facts, total), _share(facts, total / period_ms)),
        tuple((steps.get(step, step), _ms(facts, ms), _share(facts, ms / period_ms)) for step, ms in shown),
    )


def _ms(facts: Facts, number: float) -> str:
    return quantity(round(number, 1), "ms", facts.site.translate)


def _share(facts: Facts, share: float) -> str:
    return quantity(round(100 * share, 4), "%", facts.site.translate)


def _step_titles(site: Site) -> dict[str, str]:
    _ = site.translate
    return {
        "judging the SEPA rules": _("Judging the SEPA rules"),
        "counting errors": _("Counting errors"),
        "noting changes": _("Noting changes"),
        "measuring": _("Measuring"),
        "keeping history": _("Keeping history"),
        "learning what is usual": _("Learning what is usual"),
        "judging": _("Judging"),
        "telling": _("Telling"),
        "seeing the guard of the audit trail": _("Seeing the guard of the audit trail"),
        "bringing in audit events": _("Bringing in audit events"),
        "noticing failed collections": _("Noticing failed collections"),
        "sealing audit events": _("Sealing audit events"),
        "handing out a submission to the bank": _("Handing out a submission to the bank"),
    }


def heartbeats(facts: Facts) -> list[RunView]:
    """What came of calling the address that waits for us; nothing where no address is set."""
    if not facts.settings.heartbeat_url:
        return []
    _ = facts.site.translate
    title, row = titles.title(heartbeat.JOB, _), heartbeat.stored(facts.site)
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
    title = titles.title(found.job, _)
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
