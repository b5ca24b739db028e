"""Lesson 1: finding one's way, and reading what stands there."""

from __future__ import annotations

from datetime import date

from vuurtoren.alerts import alerts
from vuurtoren.compliance.findings import stored
from vuurtoren.embedded.demo.lessons.exercise import Choice, Course, Exercise, Lesson
from vuurtoren.site.protocol import Site

WAITING_MAIL = "mail_waiting"


def _open_alerts(site: Site) -> list[Choice]:
    rows = alerts.open_rows(site, ["name", "message"])
    return sorted(((str(row["name"]), str(row["message"])) for row in rows), key=lambda each: each[1])


def _longest_critical(site: Site, course: Course) -> bool:
    rows = alerts.open_rows(site, ["name", "severity", "first_seen"])
    critical = [row for row in rows if row["severity"] == "CRITICAL" and row["first_seen"]]
    first = min(critical, key=lambda row: row["first_seen"], default=None)
    return first is not None and course.answer("longest") == str(first["name"])


def _waiting_since(site: Site, course: Course) -> bool:
    rows = site.get_all(
        alerts.DOCTYPE, ["first_seen"], {"rule": WAITING_MAIL}, order_by="first_seen desc", limit=1
    )
    try:
        return bool(rows) and date.fromisoformat(course.answer("since")) == rows[0]["first_seen"].date()
    except ValueError:
        return False


def _active_members(site: Site, course: Course) -> bool:
    return course.answer("members") == str(site.count("Member", {"status": "Active"}))


def _batch_held_back(site: Site, course: Course) -> bool:
    asked = {"status": "Open", "severity": "C", "batch": course.answer("batch")}
    return bool(course.answer("batch")) and site.count(stored.DOCTYPE, asked) > 0


LESSON = Lesson(
    1,
    "Finding your way",
    30,
    (
        Exercise(
            "longest",
            "What has been wrong the longest",
            "Which of the alerts with severity CRITICAL has been open the longest?",
            "The page Alerts says of each since when; let it show the severity CRITICAL alone.",
            "/monitoring_dashboard/alerts",
            _longest_critical,
            "choice",
            _open_alerts,
        ),
        Exercise(
            "since",
            "Reading a course",
            "Mails wait, and do not leave. Since which day is the alert about it open?",
            "Open the page of the alert “The oldest mail has waited …”: its chart is red while it is open.",
            "/monitoring_dashboard/alerts",
            _waiting_since,
            "date",
        ),
        Exercise(
            "members",
            "Finding a number",
            "How many active members does the association have?",
            "The page Association, or the search at the top: members.",
            "/monitoring_dashboard/association",
            _active_members,
            "number",
        ),
        Exercise(
            "batch",
            "What must not go to the bank",
            "Which batch must not be sent before its findings are mended? Give its name.",
            "The page SEPA says it in its first lines, with the findings that must be mended first.",
            "/monitoring_sepa",
            _batch_held_back,
            "text",
        ),
    ),
)
