from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.values import BackupState


def dangers(site, measured):
    metric = measured(site, "safety.settings").get("safety.dangerous_settings")
    assert metric.value == len(metric.evidence)
    return [row["setting"] for row in metric.evidence]


def test_it_finds_nothing_dangerous_in_a_quiet_configuration(site, measured):
    assert dangers(site, measured) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("logging", 2),
        ("developer_mode", 1),
        ("mute_emails", True),
        ("server_script_enabled", 1),
        ("allow_tests", 1),
        ("ignore_csrf", 1),
        ("allow_cors", "*"),
    ],
)
def test_it_finds_a_dangerous_setting_and_says_what_it_does(site, measured, key, value):
    site.set_conf(key, value)
    metric = measured(site, "safety.settings").get("safety.dangerous_settings")
    assert metric.evidence[0]["setting"] == key
    assert metric.evidence[0]["effect"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("logging", "1"), ("logging", 1), ("developer_mode", 0), ("allow_cors", "https://a.example")],
)
def test_it_leaves_harmless_values_alone(site, measured, key, value):
    site.set_conf(key, value)
    assert dangers(site, measured) == []


def test_it_tells_the_text_from_the_number_by_what_each_does(site, measured):
    effects = []
    for value in (2, "2"):
        site.set_conf("logging", value)
        evidence = measured(site, "safety.settings").get("safety.dangerous_settings").evidence
        effects += [row["effect"] for row in evidence]
    assert "every SQL statement" in effects[0]
    assert "a traceback" in effects[1]


def test_it_misses_the_request_log_in_a_bench_only(site, measured, monkeypatch):
    monkeypatch.setattr(SQLiteSite, "platform", "Frappe 15.44.2")
    assert dangers(site, measured) == ["monitor"]
    site.set_conf("monitor", 1)
    assert dangers(site, measured) == []


def test_it_says_that_the_configuration_cannot_be_read(site, measured):
    (site.site_path() / "site_config.json").write_text("{broken")
    metric = measured(site, "safety.settings").get("safety.dangerous_settings")
    assert "cannot be read" in metric.reason


def test_it_measures_the_age_of_the_newest_backup(site_that_says, measured):
    state = BackupState("/backups", "x.sql.gz", datetime(2026, 11, 3, 9, 0), 12_345, 3)
    snapshot = measured(site_that_says(backups=state), "safety.backups")
    assert snapshot.get("backup.age_hours").value == 24.0
    assert snapshot.get("backup.age_hours").evidence[0]["written"] == "2026-11-03 10:00:00"
    assert snapshot.get("backup.size_bytes").value == 12_345


def test_it_says_that_there_is_no_backup_at_all(site, measured):
    assert "there is no database backup in" in measured(site, "safety.backups").get("backup.age_hours").reason


def test_it_counts_patches_that_have_not_run(site_that_says, measured):
    metric = measured(site_that_says(pending_migrations=["a.b", "c.d"]), "safety.migrations").get(
        "migrations.pending"
    )
    assert metric.value == 2
    assert metric.evidence == ({"patch": "a.b"}, {"patch": "c.d"})


def test_one_unknown_does_not_hide_the_others(site_that_says, measured):
    broken = site_that_says(backups=Unavailable("the folder cannot be read"), pending_migrations=[])
    snapshot = measured(broken, "safety")
    assert snapshot.get("backup.age_hours").reason == "the folder cannot be read"
    assert snapshot.get("migrations.pending").value == 0


def test_it_counts_refused_log_ins_of_a_day(site, measured):
    for status, ago in (("Failed", 1), ("Failed", 23), ("Failed", 25), ("Success", 1)):
        row = {"operation": "Login", "status": status, "creation": site.now() - timedelta(hours=ago)}
        site.insert("Activity Log", row)
    assert measured(site, "safety.logins").get("logins.failed_last_day").value == 2
