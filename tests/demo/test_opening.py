"""The demo opens on a week that the monitor itself has watched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from verenigingen.alerts.own_errors import OWN_TITLE
from verenigingen.audit.seals.verification import verify
from verenigingen.demo import MARK
from verenigingen.demo.opening import announce, go_on, open_demo
from verenigingen.demo.site import DemoSite
from verenigingen.metrics import history
from verenigingen.site import use_site
from verenigingen.site.sqlite_site import SQLiteSite
from verenigingen.standalone.process import Address, CannotStart

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
        "dangerous_settings",
        "dues_schedules_stuck",
        "error_rate_hourly",
        "failed_jobs_daily",
        "failed_sepa_threshold",
        "mail_stuck",
        "mail_waiting",
        "member_churn_daily",
        "new_error_kind",
        "queue_oldest",
        "stuck_jobs",
    }


def test_what_has_passed_is_resolved(demo: DemoSite) -> None:
    assert demo.count("System Alert", {"status": "Resolved"})


def test_somebody_has_taken_two_of_them_on(demo: DemoSite) -> None:
    taken = demo.get_all("System Alert", ["rule", "acknowledgement_note"], {"status": "Acknowledged"})

    assert {row["rule"] for row in taken} == {"backup_age", "mail_waiting"}
    assert all(row["acknowledgement_note"] for row in taken)


def test_every_alert_was_mailed_to_the_administrator(demo: DemoSite) -> None:
    assert demo.count("System Alert", {"opened_mail": ("!=", "Handed over")}) == 0
    assert list((demo.folder / "outbox").glob("20261106-*.eml"))


def test_the_week_has_a_history_of_the_association(demo: DemoSite) -> None:
    points = history.read(demo, "members.active", demo.now() - timedelta(days=7))

    assert len(points) > 80
    assert points[-1][1] == 363


def test_nothing_is_claimed_about_this_machine_in_that_week(demo: DemoSite) -> None:
    assert demo.count("Metric Series", {"metric": ("in", ["host.cpu_percent", "host.disk_percent"])}) == 0
    assert not {"cpu", "memory", "disk"} & open_rules(demo)


def test_its_audit_trail_is_sealed_and_somebody_outside_holds_the_checkpoint(demo: DemoSite) -> None:
    assert verify(demo).exit_code == 0
    assert not {rule for rule in open_rules(demo) if rule.startswith("audit_")}


def test_the_monitor_itself_did_not_fail(demo: DemoSite) -> None:
    assert demo.count("Error Log", {"method": OWN_TITLE}) == 0


def test_it_says_what_to_try(demo: DemoSite) -> None:
    said = announce(demo, Address())

    assert f"{URL}/monitoring_dashboard" in said
    assert "Friday 06 November 2026, 09:12" in said


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
