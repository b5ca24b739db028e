"""The demo opens on a week that the monitor itself has watched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.pages.whole import build_page
from vuurtoren.alerts import alerts
from vuurtoren.alerts.incidents import grouping
from vuurtoren.audit.verification.verification import verify
from vuurtoren.changes import before, faults
from vuurtoren.changes.change import said_together
from vuurtoren.changes.noting import note_changes
from vuurtoren.compliance.bank_files import check
from vuurtoren.composition import use_site
from vuurtoren.embedded.demo import MARK
from vuurtoren.embedded.demo.dues import next_run
from vuurtoren.embedded.demo.opening import SCHEDULER_EVENTS, announce, go_on, open_demo
from vuurtoren.embedded.demo.site import DemoSite
from vuurtoren.embedded.opening import jobs_for
from vuurtoren.embedded.process import Address, CannotStart
from vuurtoren.embedded.scheduler import Scheduler
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.engines.analytics_engine import AnalyticsEngine
from vuurtoren.failures import OWN_TITLE
from vuurtoren.metrics.history import history
from vuurtoren.metrics.subject import Subject
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.sections.alerts import glance
from vuurtoren.signals.catalogue import BY_KEY
from vuurtoren.signals.measuring import collect

URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    opened = open_demo(tmp_path_factory.mktemp("demo") / "data", URL)
    opened.story_clock.stand_at(opened.story_clock())
    yield opened
    use_site(None)
    opened.store.close()


def open_rules(demo: DemoSite) -> set[str]:
    rows = demo.get_all("System Alert", ["rule"], {"status": ("in", ("Active", "Acknowledged"))})
    return {row["rule"] for row in rows}


def test_the_troubles_of_the_week_are_open_alerts(demo: DemoSite) -> None:
    assert open_rules(demo) >= {
        "backup_age",
        "dues_schedules_stuck",
        "error_rate_hourly",
        "failed_jobs_daily",
        "failed_sepa_threshold",
        "mail_stuck",
        "mail_waiting",
        "new_error_kind",
        "queue_oldest",
        "sepa_findings_critical",
        "stuck_jobs",
    }


def test_the_jobs_of_the_demo_itself_are_no_change_of_its_site(demo: DemoSite) -> None:
    Scheduler(demo, jobs_for(demo, SCHEDULER_EVENTS)).register()
    note_changes(demo)
    kinds = {row["kind"] for row in demo.get_all("Site Change", ["kind"])}
    assert "Patches" in kinds and "Scheduled Job Type" not in kinds


def test_the_next_dues_run_must_not_go_to_the_bank(demo: DemoSite) -> None:
    asked = {"batch": next_run.NAME, "status": "Open", "severity": "C"}
    found = demo.get_all("SEPA Finding", ["rule", "said"], asked)

    assert {row["rule"] for row in found} == {"C04", "C08", "M04", "R03"}
    assert {"MD01", "AC04"} == {row["said"][-4:] for row in found if row["rule"] == "R03"}
    assert demo.count("SEPA Return", {"reason_code": "AM04", "state": "To Do"}) == 0


def test_the_file_of_the_next_run_was_changed_after_it_was_made(demo: DemoSite) -> None:
    said = check.check_batch(demo, next_run.NAME).said
    demo.rollback()

    assert said.answer == "must not be sent"
    assert {"changed_file", "amount_differs"} <= {problem.kind for problem in said.reasons}


def test_what_has_passed_is_resolved(demo: DemoSite) -> None:
    assert demo.count("System Alert", {"status": "Resolved"})


def test_somebody_has_taken_two_of_them_on(demo: DemoSite) -> None:
    taken = demo.get_all("System Alert", ["rule", "acknowledgement_note"], {"status": "Acknowledged"})

    assert {row["rule"] for row in taken} == {"backup_age", "mail_waiting"}
    assert all(row["acknowledgement_note"] for row in taken)


def test_every_alert_was_mailed_to_the_administrator_by_itself_or_with_its_cause(demo: DemoSite) -> None:
    untold = {"event": "opened", "status": ("!=", "Handed over")}
    rows = demo.get_all("Alert Notification", ["reason", "because"], untold)

    assert {row["reason"] for row in rows} == {"told with its cause"}
    assert any("because both come from" in row["because"] for row in rows)
    assert list((demo.folder / "outbox").glob("20261106-*.eml"))


def test_what_comes_from_one_thing_is_one_incident(demo: DemoSite) -> None:
    rows = alerts.open_rows(demo, grouping.FIELDS)
    found = grouping.incidents(grouping.member_of(row, BY_KEY.get(row["rule"])) for row in rows)
    together = {frozenset(each.rule for each in one.members) for one in found if len(one.members) > 1}

    assert together == {
        frozenset({"backup_age", "failed_jobs_daily"}),
        frozenset({"dues_schedules_stuck", "members_without_customer"}),
        frozenset({"error_rate_daily", "error_rate_hourly", "slow_requests"}),
        frozenset({"mail_failed_daily", "mail_stuck", "mail_waiting"}),
        frozenset({"job_overdue", "job_too_long", "queue_oldest", "stuck_jobs"}),
        frozenset(
            {"failed_sepa_threshold", "new_error_kind", "sepa_findings_critical", "sepa_findings_high"}
        ),
    }
    assert len(found) == 6
    assert len(glance(Facts(demo)).problems) == len(found)


def test_the_week_is_told_in_few_messages(demo: DemoSite) -> None:
    told = demo.count("Alert Notification", {"status": "Handed over"})

    assert told <= 14


def test_the_week_has_a_history_of_the_association(demo: DemoSite) -> None:
    points = history.read(demo, "members.active", demo.now() - timedelta(days=7))

    assert len(points) > 80
    assert points[-1][1] == 366


def test_the_past_of_this_machine_is_made_up_and_nothing_is_claimed_of_it(demo: DemoSite) -> None:
    days = {row["day"] for row in demo.get_all("Metric Series", ["day"], {"metric": "host.disk_percent"})}

    assert len(days) >= 35
    assert not {"cpu", "memory", "disk"} & open_rules(demo)
    resources = build_page(demo).resources.content
    assert resources is not None
    assert "is made up for this demo" in resources.said


def test_the_made_up_past_leads_to_what_is_measured_now(demo: DemoSite) -> None:
    now = collect(demo, ["host"], fresh=True).get("host.memory_percent").value
    last = history.read(demo, "host.memory_percent", demo.now() - timedelta(hours=1))[-1][1]

    assert last == pytest.approx(now, abs=10)


def test_forecasts_have_something_to_say(demo: DemoSite) -> None:
    report = AnalyticsEngine(demo).forecast_performance_trends()

    assert "full days" in str(report)
    assert "Disk" in str(report)


def test_its_audit_trail_is_sealed_and_somebody_outside_holds_the_checkpoint(demo: DemoSite) -> None:
    assert verify(demo).exit_code == 0
    assert not {rule for rule in open_rules(demo) if rule.startswith("audit_")}


def test_the_monitor_itself_did_not_fail(demo: DemoSite) -> None:
    assert demo.count("Error Log", {"method": OWN_TITLE}) == 0


def test_it_says_what_to_try(demo: DemoSite) -> None:
    said = announce(demo, Address())

    assert f"{URL}/monitoring_dashboard" in said
    assert "2026-11-06 09:12" in said


def test_life_goes_on(demo: DemoSite) -> None:
    before = demo.count("Error Log")
    demo.story_clock.stand_at(demo.story_clock() + timedelta(minutes=30))
    go_on()
    go_on()

    assert demo.count("Error Log") == before + 2


def test_it_leaves_a_folder_alone_that_holds_another_site(tmp_path: Path) -> None:
    SQLiteSite(tmp_path / "real").store.close()

    with pytest.raises(CannotStart, match="holds a site that is no demo"):
        open_demo(tmp_path / "real", URL)
    assert (tmp_path / "real" / "site.db").exists()
    assert not (tmp_path / "real" / MARK).exists()


def test_the_update_that_broke_the_portal_is_named_before_its_error(demo: DemoSite) -> None:
    wanted = {"culprit": "verenigingen_site/utils/dates.py in days_until"}
    (kind,) = demo.get_all("Error Kind", ["name", "first_seen"], wanted)
    began = faults.fault(demo, kind["first_seen"], subjects=[Subject("error kind", kind["name"])])
    first = before.suspects(demo, began)[0]
    assert said_together(demo, first.changes) == "verenigingen_site 3.4.1 → 3.5.0 and 2 patches"


def test_the_job_that_hangs_is_overdue_and_holds_its_queue(demo: DemoSite) -> None:
    (alert,) = demo.get_all("System Alert", ["details"], {"rule": "queue_oldest", "status": "Active"})
    assert "newsletter.sync_lists" in alert["details"]
    assert "job_overdue" in open_rules(demo)
