from __future__ import annotations

from datetime import timedelta

from tests.conftest import Evaluate, MovableClock, RememberingPostman
from tests.notifications.telling import told
from verenigingen.utils.alert_manager import AlertManager, run_daily_checks, run_hourly_checks
from vuurtoren import failures
from vuurtoren.alerts.events import record_event
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications.delivery import deliver
from vuurtoren.reports import daily_report_message
from vuurtoren.reports.daily_report import daily_report, send_daily_report
from vuurtoren.rounds import checks
from vuurtoren.rounds.retention import trim
from vuurtoren.settings import settings


def send(site: SQLiteSite) -> str:
    return send_daily_report(site, settings.read(site))


def text(site: SQLiteSite) -> str:
    return daily_report_message.compose(site, daily_report(site, settings.read(site))).text


def test_nothing_happened_is_said_as_such(site: SQLiteSite, postman: RememberingPostman) -> None:
    assert send(site) == ""
    (mail,) = postman.sent
    assert mail.subject.startswith("[REPORT] vereniging.example: Nothing happened")


def test_it_says_what_fired_and_what_is_open_and_for_how_long(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12)
    clock.move(hours=5, minutes=30)
    report = text(site)
    assert "Alerts opened in the last 24 hours: 1; open now: 1" in report
    assert "HIGH 12 errors in the last hour, more than 10 (open for 5 h 30 min, Active)" in report


def test_it_names_checks_that_could_not_be_made(site: SQLiteSite, judge: Evaluate) -> None:
    judge("the log is gone")
    assert "errors: unknown since 2026-11-04 10:00, because the log is gone" in text(site)


def test_what_a_site_need_not_have_is_no_check_that_could_not_be_made(site: SQLiteSite) -> None:
    checks.run_job(site, "tick")
    rows = site.get_all("Alert Rule State", ["rule"], {"answer": "unknown"})
    unknown = {row["rule"] for row in rows}
    named = {row["rule"] for row in daily_report(site, settings.read(site))["unknown"]}
    assert "service_failed_share" in unknown - named
    assert named == {"cpu", "scheduler_silent"}


def test_it_names_messages_that_did_not_leave(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    postman.refuses_because = "smtp.example:25 timed out"
    judge(12)
    deliver(site, settings.read(site))
    report = text(site)
    assert report.index("No message left") < report.index("Open now")
    assert "smtp.example:25 timed out" in report


def test_it_names_what_is_wrong_with_the_monitor_itself(site: SQLiteSite, quiet: None) -> None:
    site._config.pop("alert_recipients")
    site.set_conf("alert_thresholds", {"cpu": "hot"})
    failures.report(site, "x", "y")
    report = text(site)
    assert "'hot' is not a number" in report and "Nobody is told" in report
    assert "Failures of the monitor itself: 1" in report


def test_what_is_not_installed_is_not_nought(site: SQLiteSite) -> None:
    report = daily_report(site, settings.read(site))
    assert report["members_created"] is None
    assert report["reasons"]["members_created"] == "Member is not installed here"
    assert "Members created: Member is not installed here" in text(site)


def test_own_failures_are_no_errors_of_the_site(site: SQLiteSite) -> None:
    site.insert("Error Log", {"method": "boom", "error": "x"})
    failures.report(site, "x", "y")
    site.commit()
    assert daily_report(site, settings.read(site))["errors_24h"] == 1


def test_it_is_sent_once_a_day_by_whoever_comes_first(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    for _ in range(3):
        send(site)
        clock.move(hours=1)
    assert len(postman.sent) == 1
    clock.move(days=1)
    send(site)
    assert len(postman.sent) == 2


def test_a_report_that_nobody_took_is_sent_by_the_next_hourly_job(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    site.set_single("Monitoring Settings", {"channel_order": "email"})
    postman.refuses_because = "smtp.example:25 timed out"
    run_daily_checks()
    postman.refuses_because = ""
    clock.move(hours=1)
    run_hourly_checks()
    clock.move(hours=1)
    run_hourly_checks()
    assert len([mail for mail in postman.sent if "REPORT" in mail.subject]) == 1


def test_the_hourly_job_sends_no_report_of_its_own(site: SQLiteSite, postman: RememberingPostman) -> None:
    run_hourly_checks()
    assert not [mail for mail in postman.sent if "REPORT" in mail.subject]


def test_it_can_be_switched_off(site: SQLiteSite, postman: RememberingPostman) -> None:
    site.set_single("Monitoring Settings", {"daily_report": 0})
    assert "switched off" in send(site)
    assert postman.sent == []


def test_the_public_formatter_takes_a_few_figures_only(site: SQLiteSite) -> None:
    html = AlertManager().format_daily_report(
        {"errors_24h": 7, "members_created": 2, "invoices_generated": "<b>3</b>"}
    )
    assert "Errors" in html and ">7<" in html and "<b>3</b>" not in html
    assert AlertManager().format_daily_report({})


def test_resolved_alerts_are_deleted_after_their_retention(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12)
    clock.move(minutes=4)
    judge(3)
    clock.move(minutes=4)
    judge(12)
    clock.move(days=364)
    trim(site, settings.read(site))
    assert site.count("System Alert") == 2
    clock.move(days=2)
    trim(site, settings.read(site))
    assert [row["status"] for row in site.get_all("System Alert", ["status"])] == ["Active"]


def test_states_of_rules_long_unjudged_are_deleted_unless_something_is_open(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(3)
    clock.move(days=31)
    trim(site, settings.read(site))
    assert site.count("Alert Rule State") == 0
    judge(12)
    clock.move(days=31)
    trim(site, settings.read(site))
    assert site.count("Alert Rule State") == 1


def test_an_event_that_nobody_resolved_is_closed_after_a_week_without_a_message(
    site: SQLiteSite, clock: MovableClock, postman: RememberingPostman
) -> None:
    record_event(site, settings.read(site), "TEST", "LOW", "hello")
    clock.move(days=6)
    trim(site, settings.read(site))
    assert site.count("System Alert", {"status": "Active"}) == 1
    clock.move(days=2)
    trim(site, settings.read(site))
    (row,) = told(site, "resolution")
    assert (row["status"], row["resolved_mail"]) == ("Resolved", "Not wanted")
    assert "closed by itself after 7 days" in row["resolution"]


def test_the_report_looks_back_one_day(site: SQLiteSite, judge: Evaluate, clock: MovableClock) -> None:
    judge(12)
    clock.move(days=2)
    report = daily_report(site, settings.read(site))
    assert report["since"] == site.now() - timedelta(days=1)
    assert (len(report["opened"]), len(report["open"])) == (0, 1)
