"""Who visited the site: lines of the request log, slow and failing ones included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from vuurtoren.embedded.demo.errors import errors
from vuurtoren.embedded.demo.happening import StoryMoment
from vuurtoren.embedded.demo.updates import UPDATE_HOURS_AGO
from vuurtoren.embedded.server.access_log import Visit

ROUTES = (
    ("/member_portal", 420.0),
    ("/api/method/frappe.desk.reportview.get", 95.0),
    ("/app/member", 60.0),
    ("/", 45.0),
    ("/contact", 70.0),
    ("/api/method/frappe.desk.form.load.getdoc", 110.0),
)
SLOWER_SINCE_THE_UPDATE = 12
BY_DAY, BY_NIGHT = 60, 3
"""Requests an hour."""


def visits(told: StoryMoment) -> list[Visit]:
    """A week of requests in the order in which they ended, here with site times."""
    return sorted([*_ordinary(told), *_failing(told)], key=lambda each: (each.ended_utc, each.path))


def _ordinary(told: StoryMoment) -> Iterator[Visit]:
    for hour in range(168):
        began = told.ago(hours=hour + 1)
        for _ in range(BY_DAY if 7 <= began.hour < 22 else BY_NIGHT):
            path, usual_ms = told.dice.choice(ROUTES)
            duration_ms = usual_ms * told.dice.lognormvariate(0, 0.35)
            if path == "/member_portal" and hour < UPDATE_HOURS_AGO:
                duration_ms *= SLOWER_SINCE_THE_UPDATE
            at = began + timedelta(seconds=told.dice.uniform(0, 3590))
            yield Visit(at, duration_ms, "192.0.2.7", "GET", path, 200, 20_000)


def _failing(told: StoryMoment) -> Iterator[Visit]:
    """Every error of the portal was somebody's request."""
    for error in errors(StoryMoment(told.now)):
        if error.values["method"] == "member_portal":
            yield Visit(error.at, 610.0, "192.0.2.7", "GET", "/member_portal", 500, 900)
