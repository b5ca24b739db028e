"""Pages to draw: a bad day, a calm day, and a site where much is missing."""
# ruff: noqa: E501
# fmt: off

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import sin

from tests.pages.whole import Whole, whole
from vuurtoren.pages.charts.bar_chart import Bar, BarChart
from vuurtoren.pages.charts.line_chart import LineChart
from vuurtoren.pages.frame.frame import Frame, Place, Window
from vuurtoren.pages.parts import (
    Advice,
    Alert,
    Alerts,
    AuditRow,
    Business,
    ErrorKindView,
    Errors,
    Everything,
    Group,
    MailRoute,
    Monitor,
    Month,
    Overall,
    Page,
    PageSection,
    Panel,
    Panels,
    Reading,
    Recommendations,
    Resources,
    RunView,
    Sepa,
    Step,
    Suggested,
    UnknownCheck,
    UnknownNumbers,
    Unknowns,
)

NOW = datetime(2026, 3, 12, 10, 42, 7)
DAY_AGO = NOW - timedelta(days=1)


def ago(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


def course(
    low: float, high: float, *, gap: bool = False, minutes: int = 1440
) -> tuple[tuple[datetime, float], ...]:
    """A daily course with a ripple; with a gap of an hour and a half when asked."""
    points = []
    for minute in range(0, minutes, 4):
        if gap and 600 <= minute < 690:
            continue
        wave = (1 + sin(minute / 230)) / 2 * 0.8 + (1 + sin(minute * 1.7)) / 2 * 0.2
        points.append((ago(minutes=minutes - minute), low + (high - low) * wave))
    return tuple(points)


def charted(
    label: str, value: float | None, unit: str, limit: float | None = None, **more: object
) -> Reading:
    key = f"host.{label.lower().replace(' ', '_')}"
    points = course(float(value or 1) * 0.6, float(value or 1), gap=label == "CPU") if value else ()
    chart = LineChart(key, label, unit, points, DAY_AGO, NOW, limit)
    return Reading(
        label,
        value,
        unit,
        measured_at=ago(seconds=40),
        limit=limit,
        key=key,
        chart=chart,
        source="psutil",
        **more,
    )  # type: ignore[arg-type]


RESOURCES = Resources(
    charted=(
        charted("CPU", 34.2, "%", 90),
        charted("Memory", 71.4, "%", 90, note="4.1 GiB available"),
        charted("Disk", 91.3, "%", 90, level="critical", note="3.8 GiB free on /srv/bench"),
        charted("Load", 1.42, "count", 8, note="4 processors"),
        charted("Database size", 2_412_000_000, "bytes", note="largest: Error Log 1.1 GiB"),
        charted("Database connections", 12, "%", 80, note="18 of 151"),
        charted("Slowest 5 % of requests", 840, "ms", 2000, note="1,204 requests in the last hour"),
        Reading(
            "Cache memory", None, "bytes", "Redis at 127.0.0.1:13000 refused the connection", level="unknown"
        ),
    ),
    plain=(
        Reading("Swap used", 2.4, "%"),
        Reading("Memory available", 4_402_341_478, "bytes"),
        Reading("Disk free", 4_080_218_931, "bytes"),
        Reading("Running since", "2026-02-20T03:12:00", "time"),
        Reading("Network in", 18_400, "bytes/s"),
        Reading("Network out", 92_100, "bytes/s"),
        Reading("Disk written", 412_000, "bytes/s"),
        Reading("Longest query", 312, "ms"),
    ),
)

DISK_ALERT = Alert(
    "8f2c1d", "Disk almost full", "CRITICAL", "critical", "Active",
    "The disk of the site's folder is 91.3 % full; at the pace of the last week it is full on 19 March.",
    91.3, 90, "%", ago(hours=3, minutes=10), ago(seconds=40), 47,
    (
        "Look which tables and folders grew: Database Storage Usage By Tables, private/backups.",
        "Shorten the retention of Error Log in Log Settings, or move backups to another disk.",
        "Below 85 % the alert ends by itself.",
    ),
    (Step("Mail handed over to the email queue", ago(hours=3, minutes=9)),), "/app/system-alert/8f2c1d",
)
ERRORS_ALERT = Alert(
    "77a0e2", "Many errors in the last hour", "HIGH", "warning", "Acknowledged",
    "37 errors in the last hour, 31 of them \"SEPA mandate NL91****4300 has no signature date\".",
    37, 10, "count", ago(minutes=42), ago(minutes=2), 11,
    ("Open the kind of error below and read its last example.", "Ask who changed something at that time."),
    (Step("Acknowledged by treasurer@example.org", ago(minutes=20), "Looking at the import of this morning"),),
)
SCHEDULE_ALERT = Alert(
    "1b44c0", "Dues schedules are stuck", "MEDIUM", "warning", "Active",
    "14 active dues schedules should have made an invoice more than three days ago.",
    14, 0, "count", ago(days=1, hours=4), ago(hours=1), 28, (),
    (Step("Mail not sent: no outgoing account is set up", ago(days=1, hours=4)),),
)
ENDED_ALERT = replace(
    SCHEDULE_ALERT, name="00aa11", title="Jobs are waiting", status="Resolved", ended_at=ago(hours=5), resolved_by="board@example.org",
    steps=(Step("Ended by itself", ago(hours=5)),),
)

ERRORS = Errors(
    counts=(
        Reading("Last hour", 37, "count", level="warning", limit=10, note="limit 10"),
        Reading("Last day", 212, "count", level="warning", note="limit 50"),
        Reading("Last week", 640, "count"),
        Reading("New kinds, last hour", 1, "count", level="warning"),
    ),
    chart=BarChart(
        "errors.hours", "Errors per hour, last 24 hours",
        tuple(Bar(f"{(hour + 11) % 24:02d}:00", (3 + hour % 5, 31 if hour == 23 else 0) if hour not in (4, 5) else None) for hour in range(24)),
        ("known", "new kind"), ("plain", "critical"), 4,
    ),
    kinds=(
        ErrorKindView("ValidationError: SEPA mandate # has no signature date", "verenigingen.sepa.mandate.validate", 131, 131, ago(minutes=55), ago(minutes=2), True, "/app/error-log/1"),
        ErrorKindView("QueryTimeoutError: (1969, 'Query execution was interrupted')", "frappe.database.database.sql", 44, 412, ago(days=40), ago(minutes=31), False),
        ErrorKindView("ConnectionRefusedError: [Errno 111] smtp.example.org", "frappe.email.smtp.session", 37, 37, ago(hours=9), ago(minutes=12), False),
    ),
    more=4, said="7 kinds of errors in the last 24 hours, most frequent first.",
)

WORK = Panels((
    Panel("scheduler", "Scheduler", "ok", "On; last job started 2 min ago.", "ok", (
        Reading("Failed jobs, last hour", 0, "count", level="ok"), Reading("Failed jobs, last day", 3, "count", level="warning"), Reading("Stuck jobs", 0, "count")),
        ("Job", "Failed", "Last"), (("frappe.email.queue.flush", "2", "09:12"), ("verenigingen.sepa.retry", "1", "04:00"))),
    Panel("queues", "Queues", "ok", "3 workers serve 3 queues.", "ok", (), ("Queue", "Waiting", "Oldest", "Failed"),
        (("default", "4", "12 s", "0"), ("long", "1", "3 min", "2"), ("short", "0", "–", "0"))),
    Panel("mail", "Mail queue", "warning", "Mail is muted: mute_emails is set in the site configuration.", "warning", (
        Reading("Waiting", 12, "count"), Reading("Oldest waiting", 8100, "s", level="warning"), Reading("Failed, last day", 0, "count"), Reading("Stuck while sending", 0, "count"))),
    Panel("backups", "Backups", "critical", "The newest backup is 5 d 2 h old.", "critical", (
        Reading("Age of the newest", 122, "h", level="critical", note="limit 26 h"), Reading("Its size", 181_000_000, "bytes"))),
    Panel("safety", "Safety", "ok", "No dangerous setting.", "ok", (
        Reading("Failed logins, last day", 4, "count"), Reading("Certificate valid for", 61, "days"), Reading("Pending migrations", 0, "count"))),
))

SEPA = Sepa(
    readings=(
        Reading("Entries, last day", 412, "count"), Reading("Failed, last hour", 0, "count", level="ok", note="limit 5"), Reading("Failed, last day", 3, "count"),
        Reading("Compliant, 7 days", 99.1, "%", note="2,291 of 2,312 entries are Compliant"), Reading("Active mandates", 1208, "count"), Reading("Batches, 7 days", 2, "count"),
    ),
    chart=BarChart("sepa.days", "Audit entries per day", tuple(Bar(day, amounts) for day, amounts in zip(
        ("Fri 6", "Sat 7", "Sun 8", "Mon 9", "Tue 10", "Wed 11", "Thu 12"), ((310, 2, 0), (12, 0, 0), None, (820, 9, 4), (301, 0, 0), (436, 3, 0), (412, 0, 3)), strict=True)),
        ("Compliant", "Exception or pending", "Failed"), ("ok", "warning", "critical")),
    rows=(
        AuditRow("Payment Processing", "processing_completed", "Compliant", "ok", 1890, ago(minutes=9)),
        AuditRow("Mandate Creation", "mandate_created", "Compliant", "ok", 399, ago(hours=2)),
        AuditRow("Payment Processing", "processing_failed", "Failed", "critical", 7, ago(hours=3)),
        AuditRow("Batch Generation", "batch_generated", "Compliant", "ok", 2, ago(days=3)),
        AuditRow("Mandate Creation", "mandate_creation_failed", "Exception", "warning", 14, ago(days=1)),
    ),
    said="2,312 entries in the last 7 days, the newest 9 min ago.", list_href="/app/sepa-audit-log",
)

BUSINESS = Business((
    Group("Members", (Reading("Active", 1204, "count"), Reading("Pending", 12, "count"), Reading("New this week", 9, "count"), Reading("Ended today", 0, "count", note="limit 10"))),
    Group("Payments", (Reading("Today", 31, "count"), Reading("Successful", 96.8, "%", note="30 of 31"), Reading("Without reference", 1, "count", level="warning"))),
    Group("Applications", (Reading("Waiting for review", 4, "count"), Reading("Approved today", 1, "count"), Reading("Stalled", 0, "count"))),
), ("Volunteer", "Journal Entry"))

RECOMMENDATIONS = Recommendations((
    Advice("critical", "now", "Make a backup and find out why the nightly one stopped", "The newest backup is 5 d 2 h old (limit 26 h).", ("bench --site site1 backup", "Read logs/backup.log")),
    Advice("warning", "this week", "Give the database disk more room", "Disk 91.3 % of 90 %.", ()),
), "Each comes from a rule that fired.", (
    Suggested("4f2a91c7d0", "“Jobs waiting” fired 31 times, never acknowledged; told only after 10 min, it would have fired 2 times"),
    Suggested("77ab03e5f1", "“CPU busy” fired 12 times, acknowledged 2 times; told only after 5 min, it would have fired 3 times", "board@example.org", ago(days=2)),
))

MONITOR = Monitor(
    (
        RunView("Tick", "ok", ago(seconds=40), "every 4 min: measures and judges"),
        RunView("Hourly checks", "ok", ago(minutes=42), "every hour"),
        RunView("Daily checks", "ok", ago(hours=10), "every day; sends the daily report"),
    ),
    MailRoute("warning", "Written to the outbox folder, because no SMTP server is configured.", ("/srv/demo-data/outbox holds 4 messages",), ("board@example.org", "treasurer@example.org")),
    (Reading("Cost of the monitor today", 6210, "ms"),), "/app/monitoring-settings",
)

UNKNOWNS = Unknowns(
    (UnknownCheck("Cache memory", ago(hours=2), "Redis at 127.0.0.1:13000 refused the connection"),),
    (
        UnknownNumbers(
            "Redis at 127.0.0.1:13000 refused the connection",
            ("cache.used_bytes", "cache.hit_percent", "queues.depth"),
        ),
    ),
)
CHECKED = "31 rules judged 40 s ago from 96 numbers; 1 rule could not be judged."


MONTH = Month(
    "Needs attention: 1; will need it: 1; became better: 1",
    30,
    (
        ("What needs attention", (("Mails failed, last day: 9 mails on a usual day, 2 mails in the month before.", "medians of the days of mail.failed_last_day in Metric Series, before and after 2026-10-24"),)),
        ("What it costs to wait", (("What it would cost to wait has not been measured.", ""),)),
    ),
    "Better or worse is a number whose days moved.",
)


def section(key: str, title: str, content: object) -> PageSection:  # type: ignore[type-arg]
    return PageSection(key, title, content)


def around(overall: Overall) -> Frame:
    return Frame(
        "leden.example.org", "Frappe 15.44.2", NOW, "Europe/Amsterdam", overall, "/monitoring_dashboard",
        (Place("Now", "/monitoring_dashboard", True), Place("Alerts", "/monitoring_dashboard/alerts", count=2)),
        (Window("w1", "Maintenance until 11:30, Administrator: update. Nobody is told."),), 2, "", "Monitoring",
    )


def bad_day() -> Whole:
    bad = Overall("critical", "2 problems need attention, 1 is being worked on", ("Disk almost full: 91.3 % (limit 90 %)", "Dues schedules are stuck: 14 (limit 0)"), CHECKED)
    return whole(around(bad), Page(
        section("monitor", "The monitor itself", MONITOR),
        section("alerts", "Open alerts", Alerts((DISK_ALERT, ERRORS_ALERT, SCHEDULE_ALERT), (ENDED_ALERT,))),
        section("resources", "Resources", RESOURCES),
        section("errors", "Errors", ERRORS),
        section("work", "Scheduler, queues, mail, backups", WORK),
        section("sepa", "SEPA audit trail", SEPA),
        section("business", "Business", BUSINESS),
        section("recommendations", "Recommendations", RECOMMENDATIONS),
        section("unknowns", "Unknown", UNKNOWNS),
        month=section("month", "The month in two minutes", MONTH),
        everything=section("everything", "All numbers", Everything(tuple(replace(reading, key=reading.key or reading.label) for reading in (*RESOURCES.charted, *RESOURCES.plain)))),
    ))


def calm_day() -> Whole:
    checked = "31 rules judged 40 s ago from 96 numbers, all of them known."
    page = bad_day()
    panels = Panels(tuple(replace(panel, level="ok", said="In order.") for panel in WORK.panels))
    return whole(around(Overall("ok", "All is well", (), checked)), replace(
        page,
        alerts=section("alerts", "Open alerts", Alerts((), ())),
        recommendations=section("recommendations", "Recommendations", Recommendations((), "No rule fired and no number is near its limit.")),
        unknowns=section("unknowns", "Unknown", Unknowns((), ())),
        work=section("work", "Scheduler, queues, mail, backups", panels),
    ))


def much_missing() -> Whole:
    nothing = Reading("CPU", None, "%", "no /proc/stat in this container", level="unknown")
    silent = Overall("unknown", "The monitor has been silent for 3 h 2 min", ("The scheduler is off: enable_scheduler is 0 in System Settings",), CHECKED)
    return whole(around(silent), replace(
        bad_day(),
        alerts=PageSection("alerts", "Open alerts", None, "DocType System Alert is not on this site: run bench migrate"),
        resources=section("resources", "Resources", Resources((nothing,), (nothing,))),
        errors=PageSection("errors", "Errors", None, "OperationalError: (2006, 'MySQL server has gone away')"),
        business=section("business", "Business", Business((), ("Member", "Sales Invoice", "Payment Entry"))),
    ))
