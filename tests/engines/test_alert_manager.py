from __future__ import annotations

import inspect

import pytest

from tests.conftest import MovableClock, RememberingPostman
from verenigingen.utils import alert_manager
from verenigingen.utils.alert_manager import AlertManager
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.whitelist import ENDPOINTS, Forbidden
from vuurtoren.failures import OWN_TITLE
from vuurtoren.site.values import Mail, MailReceipt, Proof, SchedulerState

CHECKS = [name for name in dir(AlertManager) if name.startswith("check_")]


def errors(site: SQLiteSite, count: int) -> None:
    site.seed("Error Log", [{"method": "boom", "error": "x"} for _ in range(count)])
    site.commit()


def test_the_thresholds_of_the_checklist_are_a_plain_dict(site: SQLiteSite) -> None:
    assert AlertManager().alert_thresholds == {
        "error_rate_hourly": 10,
        "error_rate_daily": 50,
        "slow_query_threshold": 2000,
        "failed_sepa_threshold": 5,
        "member_churn_daily": 10,
    }


def test_they_show_what_site_config_and_settings_say(site: SQLiteSite) -> None:
    site.set_conf("alert_thresholds", {"error_rate_hourly": 20, "error_rate_daily": 99})
    rows = [{"rule": "error_rate_hourly", "enabled": 1, "threshold": "30"}]
    site.set_single("Monitoring Settings", {"rules": rows})
    thresholds = AlertManager().alert_thresholds
    assert (thresholds["error_rate_hourly"], thresholds["error_rate_daily"]) == (30, 99)


def test_assigning_to_them_changes_that_instance_only(site: SQLiteSite) -> None:
    errors(site, 5)
    manager = AlertManager()
    manager.alert_thresholds = {"error_rate_hourly": 3}
    AlertManager().check_error_rate_alert()
    assert site.count("System Alert") == 0
    manager.check_error_rate_alert()
    (alert,) = site.get_all("System Alert", ["threshold"])
    assert alert["threshold"] == 3


def test_nonsense_in_them_is_named_and_the_threshold_holds(site: SQLiteSite) -> None:
    errors(site, 11)
    manager = AlertManager()
    manager.alert_thresholds["error_rate_hourly"] = "many"
    manager.check_error_rate_alert()
    assert site.count("System Alert") == 1
    (own,) = site.get_all("Error Log", ["error"], {"method": OWN_TITLE})
    assert "'many' is not a number" in own["error"]


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_runs_and_returns_nothing(site: SQLiteSite, name: str) -> None:
    assert getattr(AlertManager(), name)() is None


@pytest.mark.parametrize("name", CHECKS)
def test_no_check_raises_on_a_broken_site(site: SQLiteSite, name: str, quiet: None) -> None:
    manager = AlertManager()
    for table in ("Error Log", "System Alert", "Alert Rule State"):
        site.store.write(f'DROP TABLE "tab{table}"', ())
    site.commit()
    assert getattr(manager, name)() is None


def test_the_checks_cover_the_public_names() -> None:
    assert set(CHECKS) >= {
        "check_error_rate_alert",
        "check_sepa_compliance_alert",
        "check_performance_alerts",
        "check_business_process_alerts",
        "check_data_quality_alerts",
    }


def test_a_check_resolves_what_ended(site: SQLiteSite, clock: MovableClock) -> None:
    errors(site, 11)
    AlertManager().check_error_rate_alert()
    clock.move(hours=2)
    AlertManager().check_error_rate_alert()
    clock.move(hours=1)
    AlertManager().check_error_rate_alert()
    assert [row["status"] for row in site.get_all("System Alert", ["status"])] == ["Resolved"]


def test_a_test_alert_says_who_took_the_message(site: SQLiteSite, postman: RememberingPostman) -> None:
    said = AlertManager().test_alert_system()
    assert said["status"] == "success"
    assert "beheer@vereniging.example" in said["message"] and "outbox: message-1" in said["message"]
    assert "arrives" in said["message"]
    assert "flush" not in said["message"]


@pytest.mark.parametrize(
    ("state", "waits"),
    [
        ({}, "the next flush of the queue, which is due within about 4 minutes."),
        (
            {"enabled": False, "inactive_because": "paused"},
            "the next flush of the queue, which nobody starts: paused.",
        ),
        (
            {"dormant": True, "dormant_because": "no sign-in"},
            "the next flush of the queue, within 24 hours: no sign-in.",
        ),
    ],
)
def test_a_test_alert_whose_message_is_queued_says_what_it_waits_for(
    site: SQLiteSite,
    postman: RememberingPostman,
    monkeypatch: pytest.MonkeyPatch,
    state: dict[str, object],
    waits: str,
) -> None:
    def in_the_queue(mail: Mail) -> MailReceipt:
        return MailReceipt("email queue", "7")

    usual = {"enabled": True, "inactive_because": "", "dormant": False, "dormant_because": "", "jobs": ()}
    monkeypatch.setattr(postman, "send", in_the_queue)
    monkeypatch.setattr(SQLiteSite, "mail_proof", lambda site, references: Proof("waiting", "Not Sent"))
    monkeypatch.setattr(SQLiteSite, "scheduler", lambda site: SchedulerState(**{**usual, **state}))
    assert AlertManager().test_alert_system()["message"].endswith(f"It waits for {waits}")


def test_a_test_alert_with_a_dead_mail_server_says_so(site: SQLiteSite, postman: RememberingPostman) -> None:
    postman.refuses_because = "smtp.example:25 refused the connection"
    said = AlertManager().test_alert_system()
    assert (said["status"], "success" in said["message"]) == ("error", False)
    assert "no message left: smtp.example:25 refused the connection" in said["message"]


def test_a_test_alert_with_nobody_to_tell_says_so(site: SQLiteSite) -> None:
    site._config.pop("alert_recipients")
    said = AlertManager().test_alert_system()
    assert said["status"] == "error" and "Nobody is told" in said["message"]


@pytest.mark.parametrize("switch", ["enabled", "mail_enabled"])
def test_a_test_alert_with_messages_off_says_so(site: SQLiteSite, switch: str) -> None:
    site.set_single("Monitoring Settings", {switch: 0})
    said = AlertManager().test_alert_system()
    assert said["status"] == "error" and "switched off in Monitoring Settings" in said["message"]


def test_a_test_alert_leaves_no_open_alert_and_can_be_repeated(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    names = {AlertManager().test_alert_system()["alert_name"] for _ in range(2)}
    assert len(names) == len(postman.sent) == 2
    assert site.count("System Alert", {"status": "Resolved"}) == 2


def test_the_statistics_count_the_last_day(site: SQLiteSite, clock: MovableClock) -> None:
    AlertManager().send_alert("TEST", "CRITICAL", "old")
    clock.move(hours=25)
    AlertManager().send_alert("TEST", "CRITICAL", "new")
    AlertManager().send_alert("HIGH_CPU", "LOW", "warm")
    errors(site, 3)
    statistics = AlertManager().get_alert_statistics()
    assert statistics == {
        "total_alerts_24h": 2,
        "critical_alerts_24h": 1,
        "performance_alerts_24h": 1,
        "error_rate_1h": 3,
        "reasons": {},
    }


def test_formatting_a_mail_stores_and_sends_nothing(site: SQLiteSite, postman: RememberingPostman) -> None:
    html = AlertManager().format_alert_email("TEST", "HIGH", "<b>hello</b>", {"a": "<i>"})
    assert "&lt;b&gt;hello&lt;/b&gt;" in html and "<b>hello" not in html
    assert site.count("System Alert") == len(postman.sent) == 0


def test_the_public_functions_are_role_checked(site: SQLiteSite) -> None:
    for function in (alert_manager.test_alert_system, alert_manager.get_alert_statistics):
        with site.as_user("member@vereniging.example"), pytest.raises(Forbidden):
            function()
        assert isinstance(function(), dict)


def test_what_writes_is_called_by_post_only() -> None:
    prefix = "verenigingen.utils.alert_manager."
    ours = {
        name.removeprefix(prefix): endpoint.methods for name, endpoint in ENDPOINTS.items() if prefix in name
    }
    assert ours["test_alert_system"] == ("POST",)


def test_the_signatures_are_the_public_ones() -> None:
    parameters = inspect.signature(AlertManager.send_alert).parameters
    assert list(parameters)[1:] == ["alert_type", "severity", "message", "details"]
    for name in ("run_tick", "run_hourly_checks", "run_daily_checks", "check_critical_errors"):
        assert not inspect.signature(getattr(alert_manager, name)).parameters
