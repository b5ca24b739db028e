"""Lesson 3: the routine of the day, of the week and of the month."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from vuurtoren.alerts import stored_silences
from vuurtoren.alerts.silences import WINDOW
from vuurtoren.audit.verification import daily_verification
from vuurtoren.embedded.demo.lessons.exercise import Course, Exercise, Lesson
from vuurtoren.routines import routines
from vuurtoren.settings import settings
from vuurtoren.site.protocol import Site

WINDOW_BEGINS, WINDOW_LASTS = time(22), timedelta(hours=1)
RULE, WANTED = "error_rate_daily", 40.0


def tonight(course: Course) -> datetime:
    """The first 22:00 after the lesson began, in site time."""
    planned = datetime.combine(course.began.date(), WINDOW_BEGINS)
    return planned if planned > course.began else planned + timedelta(days=1)


def _ticked(site: Site, course: Course) -> bool:
    asked = {"routine": "daily", "item": "errors", "done_at": (">=", course.began)}
    rows = site.get_all(routines.DOCTYPE, ["note"], asked)
    return any(str(row["note"] or "").strip() for row in rows)


def _planned(site: Site, course: Course) -> bool:
    fields = ["starts_at", "ends_at", "spares_critical", "repeats", "ended_by", "rule", "fingerprint"]
    rows = site.get_all(stored_silences.DOCTYPE, fields, {"kind": WINDOW, "starts_at": tonight(course)})
    return any(
        row["ends_at"] == tonight(course) + WINDOW_LASTS
        and row["spares_critical"]
        and not (row["repeats"] or row["ended_by"] or row["rule"] or row["fingerprint"])
        for row in rows
    )


def _verified(site: Site, course: Course) -> bool:
    last = daily_verification.last(site)
    return last is not None and last.held is True and last.at >= course.began


def _lowered(site: Site, course: Course) -> bool:
    held = settings.read(site)
    return held.thresholds.values[RULE] == WANTED and RULE not in held.switched_off


LESSON = Lesson(
    3,
    "The work of every day",
    30,
    (
        Exercise(
            "tick",
            "The list of today",
            "Review the errors of the night, and tick that on the list of today with a note of what you saw.",
            "The page Errors, then the page Routines: the note stands beside its item.",
            "/monitoring_dashboard/routines",
            _ticked,
        ),
        Exercise(
            "window",
            "Planning maintenance",
            "Tonight from 22:00 the host works on the server for an hour. Plan a maintenance window for "
            "that time, once; what is CRITICAL is to be told all the same.",
            "The page Notifications: “Open a maintenance window”. Say why and from when, choose 1 hour, "
            "tick All but CRITICAL.",
            "/monitoring_dashboard/notifications",
            _planned,
        ),
        Exercise(
            "verify",
            "Verifying the audit trail",
            "The treasurer asks whether the trail is as it was sealed. Verify it now: the answer of last "
            "night is not enough.",
            "The page SEPA has a button that verifies the trail.",
            "/monitoring_dashboard/sepa",
            _verified,
        ),
        Exercise(
            "threshold",
            "Adjusting a threshold",
            "The board wants to hear of it when there are more than 40 errors in 24 hours. Change the "
            "limit of that rule.",
            "On the page of the rule: test 40 on past data first, then let it hold from now on. The "
            "history there says who changed it.",
            "/monitoring_dashboard/rule/error_rate_daily",
            _lowered,
        ),
    ),
)
