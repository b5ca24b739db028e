"""Members, volunteers and applications, where the host app's DocTypes exist.

Who left is read from executed terminations or from the status history, never from `modified`: an import
touches every member and ends no membership.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.host_records.names import MEMBER, TERMINATION, VOLUNTEER
from vuurtoren.host_records.records import HostRecords
from vuurtoren.metrics.documents import needed
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.metrics.windows import start_of_day, written_since
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.strangers import json_object

LEFT = {"Terminated", "Expired", "Banned", "Deceased"}
OPEN_APPLICATIONS = ("Pending", "Under Review")
ACCEPTED_APPLICATIONS = ("Approved", "Payment Pending", "Active")
STALLED_AFTER = timedelta(days=14)
DAY = timedelta(days=1)
MOST_CHANGES = 5000
SHOWN = 5

MEMBER_PROMISES = {
    "members.active": Promise("members", "Active", "How many members have the status Active."),
    "members.pending": Promise("members", "Pending", "How many members have the status Pending."),
    "members.terminated": Promise("members", "Ended", "How many members have the status Terminated."),
    "members.total": Promise("members", "All", "How many members there are, whatever their status."),
    "members.new_today": Promise(
        "members", "New today", "Members who joined today, by the date of joining and not of an import."
    ),
    "members.new_this_week": Promise(
        "members", "New this week", "Members who joined since Monday, by the date of joining."
    ),
    "members.without_customer": Promise(
        "members", "Without customer", "Active members who can get no invoice because no customer is linked."
    ),
}
CHURN_PROMISES = {
    "members.terminated_today": Promise(
        "members", "Ended today", "Memberships that ended today, by executed terminations or status changes."
    ),
    "members.terminated_last_day": Promise(
        "members", "Ended, last day", "Memberships that ended in the last 24 hours."
    ),
}
VOLUNTEER_PROMISES = {
    "volunteers.active": Promise(
        "volunteers", "Active volunteers", "How many volunteers have the status Active."
    ),
    "volunteers.total": Promise(
        "volunteers", "All volunteers", "How many volunteers there are, whatever their status."
    ),
}
APPLICATION_PROMISES = {
    "applications.pending_review": Promise(
        "applications", "Applications to review", "Applications for membership that wait for a review."
    ),
    "applications.approved_today": Promise(
        "applications", "Approved today", "Applications for membership that were accepted today."
    ),
    "applications.rejected_today": Promise(
        "applications", "Rejected today", "Applications for membership that were rejected today."
    ),
    "applications.stalled": Promise(
        "applications",
        "Stalled applications",
        "Applications that have waited for a review for more than 14 days.",
    ),
}


def measure_members(context: Context) -> Iterable[Metric]:
    counts = ("members.active", "members.pending", "members.terminated", "members.total")
    yield from context.part(_by_status, *counts)
    yield from context.part(_new, "members.new_today", "members.new_this_week")
    yield from context.part(_without_customer, "members.without_customer")


def _by_status(context: Context) -> Iterable[Metric]:
    doctype = context.host.needed(MEMBER, "status")
    by_status = context.host.tally(MEMBER, "status")
    evidence = [{"status": status or "(none)", "members": members} for status, members in by_status.items()]
    for key, status in (
        ("members.active", "Active"),
        ("members.pending", "Pending"),
        ("members.terminated", "Terminated"),
    ):
        rows = context.host.asked(MEMBER, {"status": status})
        yield context.known(key, by_status.get(status, 0), doctype=doctype, rows=rows)
    yield context.known("members.total", sum(by_status.values()), evidence=evidence, doctype=doctype)


def _new(context: Context) -> Iterable[Metric]:
    """By `member_since`, which an import of old members brings along; by creation where there is none."""
    host, doctype = context.host, context.host.needed(MEMBER)
    today = start_of_day(context.now)
    week = today - timedelta(days=today.weekday())
    for key, since in (("members.new_today", today), ("members.new_this_week", week)):
        joined: dict[str, Any] = written_since(since)
        if host.has_field(MEMBER, "member_since"):
            joined = {"member_since": [(">=", since.date()), ("<=", today.date())]}
        rows = host.asked(MEMBER, joined)
        yield context.known(key, host.count(MEMBER, joined), doctype=doctype, rows=rows)


def _without_customer(context: Context) -> Iterable[Metric]:
    host, doctype = context.host, context.host.needed(MEMBER, "status", "customer")
    wanted = {"status": "Active", "customer": ("is", "not set")}
    missing = host.count(MEMBER, wanted)
    examples = host.get_all(MEMBER, ["name"], wanted, order_by="name", limit=SHOWN) if missing else []
    evidence = [{"member": row["name"]} for row in examples]
    rows = host.asked(MEMBER, wanted)
    yield context.known("members.without_customer", missing, evidence=evidence, doctype=doctype, rows=rows)


def measure_churn(context: Context) -> Iterable[Metric]:
    context.host.needed(MEMBER)
    today = start_of_day(context.now)
    for key, since in (
        ("members.terminated_today", today),
        ("members.terminated_last_day", context.now - DAY),
    ):
        if context.host.has_doctype(TERMINATION):
            left, source = _executed_terminations(context, since), context.host.doctype(TERMINATION)
        else:
            left, source = _left_by_status_history(context, since), "Version"
        yield context.known(key, left, evidence=[{"counted from": source}], doctype=source)


def _executed_terminations(context: Context, since: datetime) -> int:
    """By the moment of execution; where that is empty by the date of termination, today's only."""
    host, executed = context.host, {"status": "Executed"}
    today = context.now.date()
    if not host.has_field(TERMINATION, "execution_date"):
        return host.count(TERMINATION, executed | {"termination_date": today})
    timed = {"execution_date": [(">=", since), ("<=", context.now)]}
    counted = host.count(TERMINATION, executed | timed)
    if host.has_field(TERMINATION, "termination_date"):
        dated = {"execution_date": ("is", "not set"), "termination_date": today}
        counted += host.count(TERMINATION, executed | dated)
    return counted


def _left_by_status_history(context: Context, since: datetime) -> int:
    """Members whose status went from any other to one of those who left, from the document history."""
    needed(context.site, "Version")
    _needs_tracking(context)
    versions = context.site.get_all(
        "Version",
        ["docname", "data"],
        {"ref_doctype": context.host.doctype(MEMBER)} | written_since(since),
        order_by="creation desc",
        limit=MOST_CHANGES,
    )
    if len(versions) == MOST_CHANGES:
        raise Unavailable("more than {0} changes of members in a day are not read one by one", MOST_CHANGES)
    return len({row["docname"] for row in versions if _says_left(context.host, row["data"])})


def _needs_tracking(context: Context) -> None:
    if context.site.has_doctype("DocType"):
        doctype = context.host.doctype(MEMBER)
        described = context.site.get_all("DocType", ["track_changes"], {"name": doctype}, limit=1)
        if described and not described[0]["track_changes"]:
            raise Unavailable("{0} keeps no history of its changes and there is no {1}", doctype, TERMINATION)


def _says_left(host: HostRecords, data: str | None) -> bool:
    try:
        changes = json_object(data)
        changed = [(field, before, after) for field, before, after in changes.get("changed") or []]
    except (ValueError, TypeError, AttributeError):
        return False
    status = host.fieldname(MEMBER, "status")
    return any(
        field == status and _left(host, after) and not _left(host, before) for field, before, after in changed
    )


def _left(host: HostRecords, status: object) -> bool:
    return host.value(MEMBER, "status", status) in LEFT


def measure_volunteers(context: Context) -> Iterable[Metric]:
    doctype = context.host.needed(VOLUNTEER, "status")
    by_status = context.host.tally(VOLUNTEER, "status")
    rows = context.host.asked(VOLUNTEER, {"status": "Active"})
    yield context.known("volunteers.active", by_status.get("Active", 0), doctype=doctype, rows=rows)
    yield context.known("volunteers.total", sum(by_status.values()), doctype=doctype)


def measure_applications(context: Context) -> Iterable[Metric]:
    doctype = context.host.needed(MEMBER, "application_status")
    waiting = {"application_status": ("in", OPEN_APPLICATIONS)}
    yield context.known(
        "applications.pending_review",
        context.host.count(MEMBER, waiting),
        doctype=doctype,
        rows=context.host.asked(MEMBER, waiting),
    )
    reviewed = ("applications.approved_today", "applications.rejected_today")
    yield from context.part(_reviewed_today, *reviewed)
    yield from context.part(_stalled, "applications.stalled")


def _reviewed_today(context: Context) -> Iterable[Metric]:
    doctype = context.host.needed(MEMBER, "review_date")
    today = {"review_date": [(">=", start_of_day(context.now)), ("<=", context.now)]}
    for key, statuses in (
        ("applications.approved_today", ACCEPTED_APPLICATIONS),
        ("applications.rejected_today", ("Rejected",)),
    ):
        wanted = {"application_status": ("in", statuses)} | today
        rows = context.host.asked(MEMBER, wanted)
        yield context.known(key, context.host.count(MEMBER, wanted), doctype=doctype, rows=rows)


def _stalled(context: Context) -> Iterable[Metric]:
    doctype = context.host.needed(MEMBER, "application_date")
    before = context.now - STALLED_AFTER
    wanted = {"application_status": ("in", OPEN_APPLICATIONS), "application_date": ("<", before)}
    stalled = context.host.count(MEMBER, wanted)
    evidence = [{"waiting since before": before}] if stalled else []
    rows = context.host.asked(MEMBER, wanted)
    yield context.known("applications.stalled", stalled, evidence=evidence, doctype=doctype, rows=rows)


SOURCES = (
    Source("business.members", MEMBER_PROMISES, measure_members, keep_seconds=300),
    Source("business.churn", CHURN_PROMISES, measure_churn, keep_seconds=120),
    Source("business.volunteers", VOLUNTEER_PROMISES, measure_volunteers, keep_seconds=900),
    Source("business.applications", APPLICATION_PROMISES, measure_applications, keep_seconds=300),
)
