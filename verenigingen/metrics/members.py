"""Members, volunteers and applications, where the host app's DocTypes exist.

Who left is read from executed terminations or from the status history, never from `modified`: an import
touches every member and ends no membership.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from verenigingen.metrics.documents import needed
from verenigingen.metrics.metric import Metric
from verenigingen.metrics.source import Context, Source
from verenigingen.metrics.windows import start_of_day, written_since
from verenigingen.site.errors import Unavailable

MEMBER = "Member"
TERMINATION = "Membership Termination Request"
LEFT = {"Terminated", "Expired", "Banned", "Deceased"}
OPEN_APPLICATIONS = ("Pending", "Under Review")
ACCEPTED_APPLICATIONS = ("Approved", "Payment Pending", "Active")
STALLED_AFTER = timedelta(days=14)
DAY = timedelta(days=1)
MOST_CHANGES = 5000
SHOWN = 5

MEMBER_PROMISES = dict.fromkeys(
    (
        "members.active",
        "members.pending",
        "members.terminated",
        "members.total",
        "members.new_today",
        "members.new_this_week",
        "members.without_customer",
    ),
    "members",
)
CHURN_PROMISES = {"members.terminated_today": "members", "members.terminated_last_day": "members"}
VOLUNTEER_PROMISES = {"volunteers.active": "volunteers", "volunteers.total": "volunteers"}
APPLICATION_PROMISES = dict.fromkeys(
    (
        "applications.pending_review",
        "applications.approved_today",
        "applications.rejected_today",
        "applications.stalled",
    ),
    "applications",
)


def measure_members(context: Context) -> Iterable[Metric]:
    counts = ("members.active", "members.pending", "members.terminated", "members.total")
    yield from context.part(_by_status, *counts)
    yield from context.part(_new, "members.new_today", "members.new_this_week")
    yield from context.part(_without_customer, "members.without_customer")


def _by_status(context: Context) -> Iterable[Metric]:
    needed(context.site, MEMBER, "status")
    by_status = context.site.tally(MEMBER, "status")
    evidence = [{"status": status or "(none)", "members": members} for status, members in by_status.items()]
    yield context.known("members.active", by_status.get("Active", 0), doctype=MEMBER)
    yield context.known("members.pending", by_status.get("Pending", 0), doctype=MEMBER)
    yield context.known("members.terminated", by_status.get("Terminated", 0), doctype=MEMBER)
    yield context.known("members.total", sum(by_status.values()), evidence=evidence, doctype=MEMBER)


def _new(context: Context) -> Iterable[Metric]:
    """By `member_since`, which an import of old members brings along; by creation where there is none."""
    needed(context.site, MEMBER)
    today = start_of_day(context.now)
    week = today - timedelta(days=today.weekday())
    for key, since in (("members.new_today", today), ("members.new_this_week", week)):
        joined: dict[str, Any] = written_since(since)
        if context.site.has_field(MEMBER, "member_since"):
            joined = {"member_since": [(">=", since.date()), ("<=", today.date())]}
        yield context.known(key, context.site.count(MEMBER, joined), doctype=MEMBER)


def _without_customer(context: Context) -> Iterable[Metric]:
    needed(context.site, MEMBER, "status", "customer")
    wanted = {"status": "Active", "customer": ("is", "not set")}
    missing = context.site.count(MEMBER, wanted)
    examples = context.site.get_all(MEMBER, ["name"], wanted, order_by="name", limit=SHOWN) if missing else []
    evidence = [{"member": row["name"]} for row in examples]
    yield context.known("members.without_customer", missing, evidence=evidence, doctype=MEMBER)


def measure_churn(context: Context) -> Iterable[Metric]:
    needed(context.site, MEMBER)
    today = start_of_day(context.now)
    for key, since in (
        ("members.terminated_today", today),
        ("members.terminated_last_day", context.now - DAY),
    ):
        if context.site.has_doctype(TERMINATION):
            left, source = _executed_terminations(context, since), TERMINATION
        else:
            left, source = _left_by_status_history(context, since), "Version"
        yield context.known(key, left, evidence=[{"counted from": source}], doctype=source)


def _executed_terminations(context: Context, since: datetime) -> int:
    """By the moment of execution; where that is empty by the date of termination, today's only."""
    site, executed = context.site, {"status": "Executed"}
    today = context.now.date()
    if not site.has_field(TERMINATION, "execution_date"):
        needed(site, TERMINATION, "status", "termination_date")
        return site.count(TERMINATION, executed | {"termination_date": today})
    timed = {"execution_date": [(">=", since), ("<=", context.now)]}
    counted = site.count(TERMINATION, executed | timed)
    if site.has_field(TERMINATION, "termination_date"):
        dated = {"execution_date": ("is", "not set"), "termination_date": today}
        counted += site.count(TERMINATION, executed | dated)
    return counted


def _left_by_status_history(context: Context, since: datetime) -> int:
    """Members whose status went from any other to one of those who left, from the document history."""
    needed(context.site, "Version")
    _needs_tracking(context)
    versions = context.site.get_all(
        "Version",
        ["docname", "data"],
        {"ref_doctype": MEMBER} | written_since(since),
        order_by="creation desc",
        limit=MOST_CHANGES,
    )
    if len(versions) == MOST_CHANGES:
        raise Unavailable(f"more than {MOST_CHANGES} changes of members in a day are not read one by one")
    return len({row["docname"] for row in versions if _says_left(row["data"])})


def _needs_tracking(context: Context) -> None:
    if context.site.has_doctype("DocType"):
        described = context.site.get_all("DocType", ["track_changes"], {"name": MEMBER}, limit=1)
        if described and not described[0]["track_changes"]:
            raise Unavailable(f"{MEMBER} keeps no history of its changes and there is no {TERMINATION}")


def _says_left(data: str | None) -> bool:
    try:
        changes: Mapping[str, Any] = json.loads(data or "{}")
        changed = [(field, before, after) for field, before, after in changes.get("changed") or []]
    except (ValueError, TypeError, AttributeError):
        return False
    return any(field == "status" and after in LEFT and before not in LEFT for field, before, after in changed)


def measure_volunteers(context: Context) -> Iterable[Metric]:
    needed(context.site, "Volunteer", "status")
    by_status = context.site.tally("Volunteer", "status")
    yield context.known("volunteers.active", by_status.get("Active", 0), doctype="Volunteer")
    yield context.known("volunteers.total", sum(by_status.values()), doctype="Volunteer")


def measure_applications(context: Context) -> Iterable[Metric]:
    needed(context.site, MEMBER, "application_status")
    waiting = {"application_status": ("in", OPEN_APPLICATIONS)}
    yield context.known("applications.pending_review", context.site.count(MEMBER, waiting), doctype=MEMBER)
    reviewed = ("applications.approved_today", "applications.rejected_today")
    yield from context.part(_reviewed_today, *reviewed)
    yield from context.part(_stalled, "applications.stalled")


def _reviewed_today(context: Context) -> Iterable[Metric]:
    needed(context.site, MEMBER, "review_date")
    today = {"review_date": [(">=", start_of_day(context.now)), ("<=", context.now)]}
    for key, statuses in (
        ("applications.approved_today", ACCEPTED_APPLICATIONS),
        ("applications.rejected_today", ("Rejected",)),
    ):
        reviewed = context.site.count(MEMBER, {"application_status": ("in", statuses)} | today)
        yield context.known(key, reviewed, doctype=MEMBER)


def _stalled(context: Context) -> Iterable[Metric]:
    needed(context.site, MEMBER, "application_date")
    before = context.now - STALLED_AFTER
    wanted = {"application_status": ("in", OPEN_APPLICATIONS), "application_date": ("<", before)}
    stalled = context.site.count(MEMBER, wanted)
    evidence = [{"waiting since before": before}] if stalled else []
    yield context.known("applications.stalled", stalled, evidence=evidence, doctype=MEMBER)


SOURCES = (
    Source("business.members", MEMBER_PROMISES, measure_members, keep_seconds=300),
    Source("business.churn", CHURN_PROMISES, measure_churn, keep_seconds=120),
    Source("business.volunteers", VOLUNTEER_PROMISES, measure_volunteers, keep_seconds=900),
    Source("business.applications", APPLICATION_PROMISES, measure_applications, keep_seconds=300),
)
