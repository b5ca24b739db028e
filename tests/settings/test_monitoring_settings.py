from __future__ import annotations

from pathlib import Path

import pytest

from tests.alerts.alerting import RULE
from verenigingen.utils.alert_manager import AlertManager
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.settings import settings
from vuurtoren.settings.settings import BadSettings, check, rule_rows
from vuurtoren.signals.catalogue import SHIPPED


def test_a_fresh_site_is_monitored_with_the_shipped_thresholds(site: SQLiteSite) -> None:
    read = settings.read(site)
    assert read.enabled and read.mail_enabled and read.daily_report
    assert read.thresholds.values["error_rate_hourly"] == 10
    assert (read.switched_off, read.problems) == (frozenset(), ())


def test_it_reads_switches_and_thresholds(site: SQLiteSite) -> None:
    rows = [
        {"rule": "error_rate_hourly", "enabled": 1, "threshold": "25"},
        {"rule": "cpu", "enabled": 0, "threshold": ""},
    ]
    site.set_single("Monitoring Settings", {"mail_enabled": 0, "rules": rows, "alert_retention_days": 30})
    read = settings.read(site)
    assert read.thresholds.values["error_rate_hourly"] == 25
    assert read.switched_off == {"cpu"}
    assert (read.mail_enabled, read.alert_retention_days) == (False, 30)


def test_an_unreadable_site_config_is_named_and_the_defaults_hold(site: SQLiteSite, tmp_path: Path) -> None:
    (tmp_path / "site" / "site_config.json").write_text("{ broken")
    read = settings.read(site)
    assert read.thresholds.values["error_rate_hourly"] == 10
    assert "site_config.json cannot be read" in read.problems[0]


def test_a_bad_threshold_in_the_site_config_is_named(site: SQLiteSite) -> None:
    site.set_conf("alert_thresholds", {"error_rate_hourly": "lots"})
    assert "'lots' is not a number" in settings.read(site).problems[0]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"rules": [{"rule": "cpu", "threshold": "hot"}]}, "'hot' is not a number"),
        ({"rules": [{"rule": "cpu", "threshold": "-5"}]}, "negative"),
        ({"alert_retention_days": -1}, "alert_retention_days"),
        ({"history_retention_days": 10**9}, "history_retention_days: from 0"),
        ({"sepa_retention_years": 3}, "never less than 7"),
        ({"sepa_retention_years": 10**9}, "never more than 100"),
        ({"recipients": "jan@vereniging.example, jan@@x"}, "'jan@@x' is not a mail address"),
    ],
)
def test_saving_is_refused_with_a_sentence(values: dict[str, object], said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        check(values)


def test_good_settings_may_be_saved() -> None:
    check(
        {
            "rules": [{"rule": "cpu", "threshold": "95"}],
            "recipients": "jan@vereniging.example\npiet@vereniging.example",
            "alert_retention_days": 0,
            "sepa_retention_years": 10,
        }
    )


def test_a_retention_longer_than_the_calendar_stops_no_daily_job(site: SQLiteSite) -> None:
    endless = dict.fromkeys((*settings.DAYS, "sepa_retention_years"), 10**9)
    site.set_single("Monitoring Settings", endless)
    assert AlertManager(site).run("daily") == ""


def test_every_rule_gets_a_row_and_what_people_chose_stays(site: SQLiteSite) -> None:
    chosen = [{"rule": "cpu", "enabled": 0, "threshold": "95"}, {"rule": "gone", "enabled": 1}]
    rows = {row["rule"]: row for row in rule_rows(chosen, site)}
    assert set(rows) == {rule.key for rule in SHIPPED}
    assert (rows["cpu"]["enabled"], rows["cpu"]["threshold"]) == (0, "95")
    assert (rows["disk"]["enabled"], rows["disk"]["default_threshold"]) == (1, "90")


def test_the_offered_rows_can_be_stored(site: SQLiteSite) -> None:
    offered = rule_rows([], site, [*SHIPPED, RULE])
    site.set_single("Monitoring Settings", {"rules": offered})
    assert len(site.get_single("Monitoring Settings")["rules"]) == len(offered)
