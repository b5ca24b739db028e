"""What else has a past: mail, members, invoices, payments, batches, requests; as the site keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.signals.test_requests import line
from vuurtoren.analytics.backfill.backfilling import backfill, rests_on
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.history import history, rows
from vuurtoren.metrics.snapshot import Snapshot

LONG_AGO = timedelta(days=60)
Measured = Callable[..., Snapshot]


def past(site: SQLiteSite, metric: str) -> dict[datetime, float]:
    return {at.replace(tzinfo=None): value for at, value in history.read(site, metric, site.now() - LONG_AGO)}


def at(site: SQLiteSite, days_ago: int, hour: int) -> datetime:
    day = site.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)
    return datetime(day.year, day.month, day.day, hour)


def put(site: SQLiteSite, doctype: str, *rows: dict[str, Any]) -> None:
    site.seed(doctype, [{"name": f"{doctype} {number}", **row} for number, row in enumerate(rows)])
    site.commit()


def made(moment: datetime, **values: Any) -> dict[str, Any]:
    return {"creation": moment, "modified": moment, **values}


def test_mails_that_failed_are_counted_by_when_they_were_given_up(site: SQLiteSite) -> None:
    put(
        site,
        "Email Queue",
        made(at(site, 9, 3), status="Sent"),
        made(at(site, 5, 10), status="Error"),
        made(at(site, 5, 11), status="Expired"),
        made(at(site, 2, 10), status="Not Sent"),
    )
    backfill(site)
    told = past(site, "mail.failed_last_day")
    assert [told[at(site, 5, hour)] for hour in (10, 11, 12)] == [0, 1, 2]
    assert told[at(site, 4, 11)] == 1 and told[at(site, 4, 12)] == 0
    assert min(told) > at(site, 8, 3)


@pytest.mark.parametrize(
    ("doctype", "metric"),
    [
        ("Sales Invoice", "invoices.today"),
        ("Payment Entry", "payments.today"),
        ("Journal Entry", "journal_entries.today"),
    ],
)
def test_what_was_entered_for_its_own_day_counts_from_midnight(
    association: SQLiteSite, doctype: str, metric: str
) -> None:
    day = at(association, 3, 0).date()
    put(
        association,
        doctype,
        made(at(association, 9, 9), docstatus=1, posting_date=at(association, 9, 0).date()),
        made(at(association, 3, 9), docstatus=1, posting_date=day),
        made(at(association, 3, 13), docstatus=1, posting_date=day),
        made(at(association, 3, 14), docstatus=0, posting_date=day),
        made(at(association, 3, 14), docstatus=1, posting_date=day - timedelta(days=20)),
    )
    backfill(association)
    told = past(association, metric)
    assert [told[at(association, 3, hour)] for hour in (0, 9, 10, 14, 23)] == [0, 0, 1, 2, 2]
    assert told[at(association, 2, 0)] == 0


def test_who_joined_is_counted_by_day_and_by_week(association: SQLiteSite) -> None:
    """4 November 2026 is a Wednesday; the Monday before is the second."""
    monday = at(association, 2, 0)
    put(
        association,
        "Member",
        made(at(association, 20, 9), member_since=date(2001, 1, 1), status="Active"),
        made(monday + timedelta(hours=9), member_since=monday.date(), status="Active"),
        made(monday + timedelta(hours=33), member_since=monday.date() + timedelta(days=1), status="Active"),
        made(monday + timedelta(hours=34), member_since=date(1999, 1, 1), status="Active"),
    )
    backfill(association)
    today, week = past(association, "members.new_today"), past(association, "members.new_this_week")
    tuesday_noon = monday + timedelta(hours=36)
    assert (today[tuesday_noon], week[tuesday_noon]) == (1, 2)
    assert week[monday] == 0


def test_batches_are_counted_by_their_dates(association: SQLiteSite, measured: Measured) -> None:
    put(
        association,
        "Direct Debit Batch",
        *(
            made(at(association, 30, 9), batch_date=at(association, days, 0).date(), docstatus=docstatus)
            for days, docstatus in ((20, 1), (12, 1), (6, 1), (6, 2), (1, 0))
        ),
    )
    backfill(association)
    told = past(association, "batches.recent")
    assert told[at(association, 5, 12)] == 2 and told[at(association, 4, 12)] == 1
    newest = max(told)
    assert told[newest] == measured(association, "business.collections").get("batches.recent").value


def version(moment: datetime, member: str, before: str, after: str) -> dict[str, Any]:
    data = json.dumps({"changed": [["status", before, after], ["email", "", "x"]]})
    return made(moment, ref_doctype="Member", docname=member, data=data)


def test_members_by_status_are_walked_back_through_their_versions(association: SQLiteSite) -> None:
    site = association
    put(
        site,
        "Member",
        made(at(site, 40, 9), status="Active"),
        made(at(site, 40, 9), status="Terminated"),
        made(at(site, 4, 9), status="Active"),
    )
    put(
        site,
        "Version",
        version(at(site, 30, 9), "Member 0", "Pending", "Active"),
        version(at(site, 3, 9), "Member 1", "Active", "Terminated"),
        version(at(site, 2, 9), "Member 2", "Pending", "Active"),
    )
    backfill(site)
    active, total = past(site, "members.active"), past(site, "members.total")
    assert [active[at(site, days, 12)] for days in (1, 2, 3, 4, 5)] == [2, 2, 1, 2, 2]
    assert past(site, "members.pending")[at(site, 3, 12)] == 1
    assert past(site, "members.terminated")[at(site, 4, 12)] == 0
    assert (total[at(site, 4, 12)], total[at(site, 5, 12)]) == (3, 2)
    assert min(total) > at(site, 30, 9)
    told = rests_on(site, "members.active")
    assert told and told.logs == ("Version",)


def test_the_walk_ends_where_a_change_does_not_lead_to_what_was_known(association: SQLiteSite) -> None:
    """Somebody wrote the status past the history: before that nobody knows."""
    site = association
    put(site, "Member", made(at(site, 40, 9), status="Expired"))
    put(
        site,
        "Version",
        version(at(site, 30, 9), "Member 0", "Pending", "Active"),
        version(at(site, 9, 9), "Member 0", "Active", "Terminated"),
    )
    backfill(site)
    assert min(past(site, "members.total")) == at(site, 9, 10)


def test_the_walk_ends_where_a_member_was_deleted(association: SQLiteSite) -> None:
    site = association
    put(site, "Member", made(at(site, 40, 9), status="Active"))
    put(site, "Version", version(at(site, 30, 9), "Member 0", "Pending", "Active"))
    put(site, "Deleted Document", made(at(site, 6, 9), deleted_doctype="Member", deleted_name="M"))
    backfill(site)
    assert min(past(site, "members.total")) == at(site, 6, 10)


def test_requests_are_told_as_they_would_have_been_measured(site: SQLiteSite, measured: Measured) -> None:
    path = site.site_path() / "logs" / "monitor.json.log"
    path.parent.mkdir(parents=True)
    lines = [
        line(minutes, ms=minutes % 977, status=500 if minutes % 50 == 0 else 200) for minutes in range(1, 900)
    ]
    path.write_text("\n".join(reversed(lines)) + "\n")
    backfill(site)
    now = measured(site, "requests")
    told = {metric: past(site, metric) for metric in ("requests.last_hour", "requests.failed_last_hour")}
    quarter = at(site, 0, 9)
    assert told["requests.last_hour"][quarter] == 60
    assert told["requests.failed_last_hour"][quarter] in (1, 2)
    assert len(past(site, "requests.p95_ms")) == len(told["requests.last_hour"]) > 50
    assert now.get("requests.last_hour").value == 60
    found = rests_on(site, "requests.p95_ms")
    assert found and found.logs == ("monitor.json.log",)


def test_an_hour_without_a_request_tells_nothing(site: SQLiteSite) -> None:
    path = site.site_path() / "logs" / "monitor.json.log"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(line(minutes) for minutes in (900, 890, 400, 390, 5)) + "\n")
    backfill(site)
    moments = past(site, "requests.last_hour")
    assert moments and min(moments.values()) >= 1
    assert all(number >= 1 for number in moments.values()) and len(moments) < 15


def test_run_again_nothing_is_told_twice(association: SQLiteSite) -> None:
    site = association
    put(site, "Member", made(at(site, 40, 9), status="Active"))
    put(site, "Version", version(at(site, 30, 9), "Member 0", "Pending", "Active"))
    put(site, "Email Queue", *(made(at(site, days, 3), status="Error") for days in range(3, 30)))
    first = backfill(site)
    before = {each.metric: past(site, each.metric) for each in first.past}
    assert len(before) >= 5
    assert backfill(site).past == []
    assert {metric: past(site, metric) for metric in before} == before


def test_everything_is_ready_before_the_first_row_is_locked(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer waits only while rows are written, not while they are packed."""
    put(site, "Email Queue", *(made(at(site, days, 3), status="Error") for days in range(1, 40)))
    packed = []
    for module, name in ((rows, "encode"), (rows.buckets, "encode")):
        really = getattr(module, name)

        def watched(content: Any, really: Callable[[Any], str] = really) -> str:
            packed.append(site.store.in_transaction)
            return really(content)

        monkeypatch.setattr(module, name, watched)
    backfill(site)
    assert len(packed) > 20 and not any(packed)
