"""The steps of the deployment checklist, in its order: what a machine can judge, and what people are asked.

Every judge reads and none writes. The numbers are those of the checklist that the app was ordered by.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from vuurtoren import carrier
from vuurtoren.acceptance.security import access, encrypted_mail
from vuurtoren.acceptance.walk import LIMITS, Outcome, Walk, passed
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.engines.alert_manager import AlertManager
from vuurtoren.engines.analytics_engine import AnalyticsEngine
from vuurtoren.health import liveness
from vuurtoren.notifications.recipients import recipients
from vuurtoren.pages.frame import site_map
from vuurtoren.pages.parts import PageSection
from vuurtoren.privacy.iban import mask_iban
from vuurtoren.settings.channels import DESK
from vuurtoren.signals.catalogue import PROMISES
from vuurtoren.signals.rules import CHECKLIST_KEYS
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.quantities import decimal, limit, moment, number, quantity
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import said as said_in

AUDIT_LOG = "SEPA Audit Log"
REQUIRED_FIELDS = (
    "event_id",
    "timestamp",
    "process_type",
    "action",
    "compliance_status",
    "reference_doctype",
    "reference_name",
    "user",
    "details",
    "sensitive_data",
)
OLDEST_FRAPPE, OLDEST_PYTHON = 14, (3, 10)
ADMINISTRATORS = "Verenigingen Administrator"
CHECKS = ("check_error_rate_alert", "check_critical_errors", "check_sepa_compliance_alert")
DOCUMENTS = ("OPERATIONS_MANUAL.md", "TROUBLESHOOTING_GUIDE.md", "PRODUCTION_DEPLOYMENT_CHECKLIST.md")


@dataclass(frozen=True)
class Step:
    """One line of the checklist; without a judge only a person can answer it."""

    key: str
    title: str
    judge: Callable[[Walk], Outcome] | None = None


def _in_a_bench(walk: Walk) -> bool:
    return "frappe" in walk.site.installed_versions()


def _frappe(walk: Walk) -> Outcome:
    version = walk.site.installed_versions().get("frappe", "")
    major = version.partition(".")[0]
    if not _in_a_bench(walk):
        return Outcome("does not apply", walk.site.translate("This site runs without a bench."))
    return passed(major.isdigit() and int(major) >= OLDEST_FRAPPE, f"Frappe {version}")


def _erpnext(walk: Walk) -> Outcome:
    version = walk.site.installed_versions().get("erpnext", "")
    said = walk.site.translate("ERPNext is not installed; members, invoices and payments are unknown.")
    return Outcome("passed", f"ERPNext {version}") if version else Outcome("does not apply", said)


def _python(walk: Walk) -> Outcome:
    version = ".".join(map(str, sys.version_info[:3]))
    return passed(sys.version_info >= OLDEST_PYTHON, f"Python {version}")


def _database(walk: Walk) -> Outcome:
    state = walk.site.database()
    return Outcome("passed", f"{state.engine} {state.version}")


def _disk(walk: Walk) -> Outcome:
    return walk.number("host.disk_percent", lambda value: value < 90, "The disk is {0} full.")


def _mail(walk: Walk) -> Outcome:
    state = walk.site.mail()
    because = state.no_account_because or state.muted_because or state.suspended_because
    return passed(
        not because, said_in(state.account, walk.site.translate), said_in(because, walk.site.translate)
    )


def _scheduler(walk: Walk) -> Outcome:
    state = walk.site.scheduler()
    because = state.inactive_because or state.dormant_because
    return passed(
        not because, walk.site.translate("The scheduler is on."), said_in(because, walk.site.translate)
    )


def _app_folder(_: Walk) -> Outcome:
    folder = carrier.app_folder()
    return passed(os.access(folder, os.R_OK | os.X_OK), str(folder))


def _log_folder(walk: Walk) -> Outcome:
    folder = walk.site.site_path() / "logs"
    writable = os.access(folder if folder.exists() else folder.parent, os.W_OK)
    return passed(writable, str(folder))


def _backup(walk: Walk) -> Outcome:
    return walk.number("backup.age_hours", lambda value: value < 72, "The newest backup is {0} old.")


def _migrated(walk: Walk) -> Outcome:
    _ = walk.site.translate
    if not _in_a_bench(walk):
        return Outcome("does not apply", _("This site runs without a bench."))
    pending = walk.site.pending_migrations()
    return passed(
        not pending, _("All patches have run."), _("Not run yet: {0}").format(", ".join(pending[:5]))
    )


def _audit_log(walk: Walk) -> Outcome:
    _ = walk.site.translate
    if not walk.site.has_doctype(AUDIT_LOG):
        return Outcome("failed", _("{0} is not installed: run bench migrate.").format(AUDIT_LOG))
    missing = [name for name in REQUIRED_FIELDS if not walk.site.has_field(AUDIT_LOG, name)]
    said = _("{0} is there with all required fields.").format(AUDIT_LOG)
    return passed(not missing, said, _("Fields that are missing: {0}").format(", ".join(missing)))


def _roles(walk: Walk) -> Outcome:
    people = walk.site.people_with_role(ADMINISTRATORS)
    _ = walk.site.translate
    return passed(
        bool(people),
        plural(_, len(people), "One person holds the role {1}.", "{0} people hold the role {1}.").format(
            len(people), ADMINISTRATORS
        ),
        _("Nobody holds the role {0}.").format(ADMINISTRATORS),
    )


def _request_log(walk: Walk) -> Outcome:
    return walk.number("requests.last_hour", lambda _: True, "Requests are logged: {0} in the last hour.")


DANGEROUS = "safety.dangerous_settings"


def _no_dangerous_settings(walk: Walk) -> Outcome:
    """The checklist wants `logging` 2, which writes down every statement; ours counts it as dangerous."""
    outcome = walk.number(
        DANGEROUS,
        lambda value: value == 0,
        "{0} in the site configuration that do not belong into production",
    )
    named = ", ".join(f"{row['setting']} {row['value']}" for row in walk.snapshot.get(DANGEROUS).evidence)
    return replace(outcome, said=f"{outcome.said}: {named}") if named else outcome


def _alert_methods(walk: Walk) -> Outcome:
    manager = AlertManager(walk.site)
    missing = [name for name in CHECKS if not callable(getattr(manager, name, None))]
    return passed(not missing, ", ".join(CHECKS), ", ".join(missing))


def _message_proven(walk: Walk) -> Outcome:
    _ = walk.site.translate
    rows = walk.site.get_all(
        "Alert Delivery",
        ["channel", "modified"],
        {"status": "Proven", "channel": ("!=", DESK)},
        order_by="modified desc",
        limit=1,
    )
    if not rows:
        return Outcome("failed", _("No message is proven to have arrived: monitoring test-alert"))
    said = _("A message left by {0} at {1}.")
    return Outcome("passed", said.format(rows[0]["channel"], moment(rows[0]["modified"], _)))


def _ran(job: str) -> Callable[[Walk], Outcome]:
    def judge(walk: Walk) -> Outcome:
        found = next(each for each in liveness.pulse(walk.site) if each.job == job)
        _ = walk.site.translate
        if found.ended_at is None:
            return Outcome("failed", _("It has never run."))
        at = moment(found.ended_at, _)
        return passed(
            found.status == "ok",
            _("It last ended well at {0}.").format(at),
            _("It is {0}: {1}").format(found.status, found.because or found.problem or at),
        )

    return judge


def _jobs_known(walk: Walk) -> Outcome:
    _ = walk.site.translate
    if not _in_a_bench(walk):
        return Outcome("does not apply", _("The embedded site runs its jobs itself."))
    known = walk.site.scheduler().jobs
    ours = [job for job in known if job.method.startswith(f"{carrier.app_name()}.")]
    stopped = [job.method for job in ours if job.stopped]
    if not ours:
        return Outcome("failed", _("The scheduler knows no job of this app: run bench migrate."))
    return passed(
        not stopped, ", ".join(sorted(job.method for job in ours)), _("Stopped: {0}").format(stopped)
    )


def _page_files(_: Walk) -> Outcome:
    missing = [
        name
        for name in ("monitoring_dashboard.py", "monitoring_dashboard.html")
        if not (carrier.app_folder() / "www" / name).is_file()
    ]
    return passed(not missing, str(carrier.app_folder() / "www"), ", ".join(missing))


def _api(walk: Walk) -> Outcome:
    known = sum(metric.known for metric in walk.snapshot)
    many = len(walk.snapshot)
    said = plural(walk.site.translate, many, "{0} of {1} number is known.", "{0} of {1} numbers are known.")
    return passed(known > 0, said.format(known, many))


def _page(walk: Walk) -> Outcome:
    parts = [
        part for field in fields(walk.page) if isinstance(part := getattr(walk.page, field.name), PageSection)
    ]
    problems = [f"{part.title}: {part.problem}" for part in parts if part.problem]
    said = walk.site.translate("All sections of the page have something to show.")
    return passed(not problems, said, "; ".join(problems))


def _resources(walk: Walk) -> Outcome:
    _ = walk.site.translate
    found = [walk.snapshot.get(f"host.{part}_percent") for part in ("cpu", "memory", "disk")]
    titles = {each.key: _(PROMISES[each.key].title) for each in found}
    unknown = [f"{titles[each.key]}: {each.reason}" for each in found if not each.known]
    shown = [f"{titles[each.key]} {quantity(float(each.value or 0), each.unit, _)}" for each in found]
    return Outcome("unknown", "; ".join(unknown)) if unknown else Outcome("passed", ", ".join(shown))


def _analytics(walk: Walk) -> Outcome:
    began = walk.stopwatch()
    report = AnalyticsEngine(walk.site).generate_insights_report()
    walk.seconds["analytics"] = walk.stopwatch() - began
    return passed(bool(report), ", ".join(list(report)[:6]))


def _overhead(walk: Walk) -> Outcome:
    walk.snapshot  # noqa: B018 - measures
    seconds = walk.seconds["measuring"]
    said = walk.site.translate("Measuring everything anew took {0} s (limit 2 s).").format(
        decimal(seconds, 2, walk.site.translate)
    )
    if seconds >= LIMITS["measuring"] and walk.crowded:
        return Outcome("unknown", f"{said} {walk.crowded}")
    return passed(seconds < LIMITS["measuring"], said)


def _thresholds(walk: Walk) -> Outcome:
    rules = {rule.key: rule for rule in walk.settings.rules}
    missing = [key for key in CHECKLIST_KEYS if key not in rules]
    shown = ", ".join(
        f"{key} {limit(rules[key].threshold, rules[key].unit, walk.site.translate)}"
        for key in CHECKLIST_KEYS
        if key in rules
    )
    return passed(not missing, shown, ", ".join(missing))


def _recipients(walk: Walk) -> Outcome:
    told = recipients(walk.site, walk.settings)
    said = f"{', '.join(told.addresses)} ({told.origin})"
    return passed(bool(told.addresses), f"{said} {told.problem}".rstrip(), told.problem)


def _documents(walk: Walk) -> Outcome:
    folder = carrier.app_folder().parent / "docs" / "monitoring"
    if not folder.is_dir():
        return Outcome(
            "does not apply", walk.site.translate("Installed without a checkout: see the runbooks.")
        )
    missing = [name for name in DOCUMENTS if not (folder / name).is_file()]
    return passed(not missing, str(folder), ", ".join(missing))


def _counts(walk: Walk) -> Outcome:
    counted = {name: walk.site.count(name) for name in ("Error Log", AUDIT_LOG)}
    return Outcome(
        "passed", ", ".join(f"{name}: {number(many, walk.site.translate)}" for name, many in counted.items())
    )


def _functions(walk: Walk) -> Outcome:
    hourly = _ran("hourly")(walk)
    return hourly if hourly.state != "passed" else _api(walk)


def _served(walk: Walk) -> Outcome:
    served = site_map.serve(walk.site, "", {}, {})
    known = served.found and "monitoring" in served.body
    return passed(known, served.title, walk.site.translate("The page is not served."))


def _alert_told(walk: Walk) -> Outcome:
    _ = walk.site.translate
    rows = walk.site.get_all(
        "Alert Delivery",
        ["channel", "modified"],
        {"status": "Proven", "event": "opened", "channel": ("!=", DESK)},
        order_by="modified desc",
        limit=1,
    )
    if not rows:
        return Outcome("failed", _("No alert is proven to have been told: monitoring test-alert"))
    said = _("An alert was told by {0} at {1}.")
    return Outcome("passed", said.format(rows[0]["channel"], moment(rows[0]["modified"], _)))


def _masking(_: Walk) -> Outcome:
    shown = mask_iban("NL91ABNA0417164300")
    return passed(shown == "NL91****4300", shown)


def _deletion(walk: Walk) -> Outcome:
    missing = walk.site.guard_missing(GUARD)
    said = walk.site.translate("The database refuses every change and deletion of an entry.")
    return passed(not missing, said, missing)


STEPS = (
    Step("0.frappe", "Frappe 14 or later", _frappe),
    Step("0.erpnext", "ERPNext", _erpnext),
    Step("0.python", "Python 3.10 or later", _python),
    Step("0.database", "The database answers", _database),
    Step("0.storage", "Storage is left", _disk),
    Step("0.mail", "Mail can leave", _mail),
    Step("0.scheduler", "The scheduler works", _scheduler),
    Step("0.app-folder", "The folder of the app can be read", _app_folder),
    Step("0.log-folder", "Logs can be written", _log_folder),
    Step("0.backup", "There is a fresh backup", _backup),
    Step("0.restore", "A backup was restored as a trial"),
    Step("0.staging", "The migration was tried on a copy of the site"),
    Step("0.roles", "Somebody holds the role", _roles),
    Step("1.1.monitor", "Requests are logged", _request_log),
    Step("1.1.logging", "Statements are not logged", _no_dangerous_settings),
    Step("1.2.migrate", "The site is migrated", _migrated),
    Step("1.2.doctype", "SEPA Audit Log is installed", _audit_log),
    Step("1.3.alerts", "The alert manager answers", _alert_methods),
    Step("2.2.mail", "A test message really left", _message_proven),
    Step("2.2.received", "Somebody has read the test message"),
    Step("3.1.scheduler", "The scheduler knows the jobs", _jobs_known),
    Step("3.2.hourly", "The hourly checks run", _ran("hourly")),
    Step("3.2.daily", "The daily checks run", _ran("daily")),
    Step("4.1.files", "The files of the page are there", _page_files),
    Step("4.1.api", "The methods of the page answer", _api),
    Step("4.2.page", "All sections show data", _page),
    Step("5.1.resources", "CPU, memory and disk are measured", _resources),
    Step("5.2.analytics", "The insights report is made", _analytics),
    Step("5.2.overhead", "Measuring takes less than 2 s", _overhead),
    Step("6.1.thresholds", "The five thresholds hold", _thresholds),
    Step("6.1.fit", "The thresholds fit this association"),
    Step("6.2.recipients", "Recipients are named", _recipients),
    Step("6.3.frequency", "How often is checked suits the work"),
    Step("7.1.documents", "The documents are there", _documents),
    Step("7.2.team", "The team knows where page and manuals are"),
    Step("8.counts", "Test 1: the tables answer", _counts),
    Step("8.functions", "Test 2: the monitoring functions answer", _functions),
    Step("8.page", "Test 3: the page is served", _served),
    Step("8.alert", "Test 4: an alert was really told", _alert_told),
    Step("9.training", "The four modules of the training were held"),
    Step("9.contacts", "Emergency contacts are written down"),
    Step("10.masking", "IBANs are masked as NL91****4300", _masking),
    Step("10.deletion", "Deletion of audit entries is refused", _deletion),
    Step("10.access", "Only the two roles may change alerts and settings", access),
    Step("10.mail", "Mail leaves over an encrypted connection", encrypted_mail),
    Step("10.recipients", "Only authorised people receive alerts"),
)

ASKED = tuple(step.key for step in STEPS if step.judge is None)
"""What only a person can answer."""


def judge(step: Step, walk: Walk) -> Outcome:
    """What came of the step; a judge that finds no answer leaves it unknown, with the reason."""
    if step.judge is None:
        return Outcome("asked", walk.site.translate("Only a person can say."))
    try:
        return step.judge(walk)
    except Unavailable as reason:
        return Outcome("unknown", reason.said(walk.site.translate))
