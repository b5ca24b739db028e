"""Lesson 2: taking an alert on, closing one, muting one, and knowing that messages arrive."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.alerts import alerts, steps, stored_silences
from vuurtoren.alerts.silences import SILENCE
from vuurtoren.embedded.demo.lessons.exercise import Course, Exercise, Lesson
from vuurtoren.notifications import outbox
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

WAITING_JOBS, FAILED_JOB, STUCK_MAIL = "queue_oldest", "failed_jobs_daily", "mail_stuck"
TWO_HOURS, ROUGHLY = timedelta(hours=2), timedelta(minutes=1)
TEST = "TEST_ALERT"
ARRIVED = ("Handed over", "Proven")


def taken(site: Site, rule: str, step: str, back: str) -> Row | None:
    """The last such step of a person with this rule's alerts, with a note; None after it was taken back."""
    names = [str(row["name"]) for row in site.get_all(alerts.DOCTYPE, ["name"], {"rule": rule})]
    for rows in steps.of_alerts(site, names).values():
        of_people = [row for row in rows if row["step"] in (step, back) and row["step_by"]]
        if of_people and of_people[-1]["step"] == step and str(of_people[-1]["note"] or "").strip():
            return of_people[-1]
    return None


def _acknowledged(site: Site, course: Course) -> bool:
    return taken(site, WAITING_JOBS, "Acknowledged", "Unacknowledged") is not None


def _resolved(site: Site, course: Course) -> bool:
    return taken(site, FAILED_JOB, "Resolved", "Reopened") is not None


def _muted(site: Site, course: Course) -> bool:
    """For two hours and no other time; one that was ended by a person does not count."""
    fields = ["starts_at", "ends_at", "until_resolved", "ended_by"]
    rows = site.get_all(stored_silences.DOCTYPE, fields, {"kind": SILENCE, "fingerprint": STUCK_MAIL})
    lasting = [row for row in rows if not row["ended_by"]]
    return bool(lasting) and all(_two_hours(row) for row in lasting)


def _two_hours(row: Row) -> bool:
    if row["until_resolved"] or not row["ends_at"]:
        return False
    lasts: timedelta = row["ends_at"] - row["starts_at"]
    return abs(lasts - TWO_HOURS) <= ROUGHLY


def _tried(site: Site, course: Course) -> bool:
    """A test alert of this lesson, whose message somebody took over."""
    asked = {"alert_type": TEST, "timestamp": (">=", course.began)}
    names = [str(row["name"]) for row in site.get_all(alerts.DOCTYPE, ["name"], asked)]
    told = {"alert": ("in", names), "status": ("in", ARRIVED)}
    return bool(names) and site.count(outbox.DOCTYPE, told) > 0


LESSON = Lesson(
    2,
    "Handling alerts",
    30,
    (
        Exercise(
            "acknowledge",
            "Taking an alert on",
            "Jobs in the queue long have waited for hours, and nobody looks after it. Acknowledge the "
            "alert, and say in its note who does what.",
            "On Now or Alerts: “The oldest job in long has waited …”. Write the note first, then press "
            "Acknowledge.",
            "/monitoring_dashboard/alerts",
            _acknowledged,
        ),
        Exercise(
            "resolve",
            "Closing an alert",
            "The job that failed is the backup, which somebody has taken on under its own alert. Resolve "
            "the alert about the failed job, with a note that says so.",
            "“1 job failed in the last 24 hours”: open it, write the note, press Resolve. What counts is "
            "the note: whoever looks next month has nothing else.",
            "/monitoring_dashboard/alerts",
            _resolved,
        ),
        Exercise(
            "mute",
            "Muting for a while",
            "Two mails are stuck in Sending; the host looks at them this morning. Mute that alert for two "
            "hours, and not longer.",
            "Open “2 mails have been in Sending …”, say why in the note, choose 2 hours, press Mute. What "
            "is muted until it is resolved may be silent for ever.",
            "/monitoring_dashboard/alerts",
            _muted,
        ),
        Exercise(
            "test",
            "Knowing that messages arrive",
            "Send a test message, and read it in the outbox.",
            "The page Notifications has a button for it; the demo keeps its mails at /outbox.",
            "/monitoring_dashboard/notifications",
            _tried,
        ),
    ),
)
