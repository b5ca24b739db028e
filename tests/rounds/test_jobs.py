from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import MovableClock, RememberingPostman
from tests.notifications.telling import told
from verenigingen.monitoring_jobs import take_over_tick
from verenigingen.utils.alert_manager import run_daily_checks, run_hourly_checks, run_tick
from vuurtoren import failures
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds import index as error_index
from vuurtoren.health import runs
from vuurtoren.rounds import checks
from vuurtoren.rounds.checks import OFF, run_job
from vuurtoren.rounds.taking_over import take_over
from vuurtoren.site.errors import Unavailable


def errors(site: SQLiteSite, count: int, title: str = "boom") -> None:
    site.seed(
        "Error Log", [{"method": f"{title} {number}", "error": "ValueError: x"} for number in range(count)]
    )
    site.commit()


def open_rules(site: SQLiteSite) -> set[str]:
    return {row["rule"] for row in site.get_all("System Alert", ["rule"], {"status": "Active"})}


@pytest.mark.parametrize("job", [run_tick, run_hourly_checks, run_daily_checks])
def test_each_job_of_the_scheduler_runs_without_arguments(site: SQLiteSite, job: object) -> None:
    assert job() is None  # type: ignore[operator]
    (run,) = site.get_all("Monitoring Run", ["status", "error"], {"job": ("in", ("tick", "hourly", "daily"))})
    assert (run["status"], run["error"]) == ("Succeeded", "")


def test_the_tick_of_a_worker_that_died_is_done_by_the_next_who_looks(
    site: SQLiteSite, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = runs.run(site, "tick")
    died.__enter__()
    clock.move(minutes=4)
    take_over_tick()
    assert site.get("Monitoring Run", "tick")["status"] == "Running"  # type: ignore[index]
    asked: list[str] = []
    monkeypatch.setattr(site, "release_job", lambda method: not asked.append(method))
    take_over_tick()
    assert asked == ["verenigingen.monitoring_jobs.run_tick"]
    assert site.get("Monitoring Run", "tick")["status"] == "Succeeded"  # type: ignore[index]


def test_whoever_looks_in_vain_has_read_nothing_of_a_run(site: SQLiteSite) -> None:
    """Each look is a process of its own, and there are as many as ticks."""
    script = (
        "import sys; from pathlib import Path; from vuurtoren.embedded.store.sqlite_site import SQLiteSite\n"
        "from vuurtoren.rounds.taking_over import take_over\n"
        "assert take_over(SQLiteSite(Path(sys.argv[1])), 'tick', 'x') == ''\n"
        "sys.exit('vuurtoren.rounds.checks' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, str(site.folder)], check=True, timeout=60)


def test_a_queue_that_does_not_answer_takes_nothing_over(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch, quiet: None
) -> None:
    monkeypatch.setattr(site, "release_job", _refused)
    assert "no Redis" in take_over(site, "tick", "x")
    assert site.get("Monitoring Run", "tick") is None


def _refused(method: str) -> bool:
    raise Unavailable("no Redis")


def test_a_tick_finds_and_tells_errors_as_they_come(site: SQLiteSite, postman: RememberingPostman) -> None:
    errors(site, 11)
    run_tick()
    assert {"error_rate_hourly", "new_error_kind"} <= open_rules(site)
    (mail,) = postman.sent
    assert "11 errors in the last hour" in mail.subject


def test_what_changed_is_looked_for_as_soon_as_an_alert_opens(
    site: SQLiteSite, clock: MovableClock, postman: RememberingPostman
) -> None:
    run_tick()
    site.insert("Patch Log", {"patch": "hrms.patches.v15.one"})
    clock.move(minutes=1)
    run_tick()
    assert site.count("Site Change", {"change": "Added"}) == 0
    errors(site, 11)
    clock.move(minutes=1)
    run_tick()
    assert site.count("Site Change", {"change": "Added"}) == 1
    assert any("1 patch of hrms" in mail.text for mail in postman.sent)


def test_ten_thousand_errors_in_a_minute_are_one_message(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    errors(site, 10_000)
    assert run_job(site, "tick") == ""
    assert len(postman.sent) == 1
    assert open_rules(site) == {"error_rate_hourly", "critical_error_rate", "new_error_kind"}


def test_the_monitors_own_failures_are_not_counted(site: SQLiteSite, quiet: None) -> None:
    for number in range(200):
        failures.report(site, f"subject {number}", "x")
    assert run_job(site, "tick") == ""
    assert open_rules(site) == set()


def test_it_keeps_history(site: SQLiteSite, clock: MovableClock) -> None:
    from vuurtoren.metrics.history import history

    began = site.now()
    for _ in range(3):
        run_tick()
        clock.move(minutes=4)
    assert len(history.read(site, "errors.last_hour", began)) == 3


def test_switched_off_it_does_nothing_and_says_so(site: SQLiteSite, postman: RememberingPostman) -> None:
    site.set_single("Monitoring Settings", {"enabled": 0})
    site.commit()
    errors(site, 20)
    assert run_job(site, "tick") == OFF
    assert (
        site.count("Monitoring Run", {"job": "tick"}) == site.count("System Alert") == len(postman.sent) == 0
    )


def test_switched_off_the_audit_trail_goes_on(site: SQLiteSite) -> None:
    from vuurtoren.audit.recording import spool
    from vuurtoren.audit.recording.recording import complete
    from vuurtoren.audit.recording.trail import log_sepa_event
    from vuurtoren.audit.verification import daily_verification

    site.set_single("Monitoring Settings", {"enabled": 0})
    log_sepa_event(site, "Bank Submission", "BATCH-1", "sent")
    site.commit()
    before = site.now() - spool.TRANSACTION_MAY_BE_OPEN
    spool.keep(site, complete(site, {"process_type": "Bank Submission", "action": "x", "timestamp": before}))
    assert run_job(site, "hourly") == OFF
    assert site.count("SEPA Audit Leaf") == site.count("SEPA Audit Log") == 2
    assert site.count("SEPA Audit Anchor") == 1
    verified = daily_verification.last(site)
    assert verified is not None and verified.held
    assert site.count("Metric Series") == site.count("System Alert") == 0


def test_a_step_that_fails_stops_no_other_and_is_named(
    site: SQLiteSite, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_site: SQLiteSite) -> None:
        raise RuntimeError("index is broken")

    monkeypatch.setattr(error_index, "index_new_errors", fails)
    errors(site, 20)
    assert run_job(site, "tick") == "counting errors: RuntimeError: index is broken"
    assert "error_rate_hourly" in open_rules(site)
    (run,) = site.get_all("Monitoring Run", ["status", "error", "succeeded_at"], {"job": "tick"})
    assert (run["status"], run["succeeded_at"]) == ("Failed", None)
    assert "index is broken" in run["error"]


def test_a_dead_mail_server_stops_nothing(site: SQLiteSite, postman: RememberingPostman) -> None:
    postman.refuses_because = "smtp.example:25 timed out"
    errors(site, 20)
    assert run_job(site, "tick") == ""
    notes = {str(row["opened_mail_note"]).partition(" “")[0] for row in told(site)}
    assert notes == {"smtp.example:25 timed out", "told with"}


def test_mail_that_comes_back_tells_what_waited(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    postman.refuses_because = "smtp.example:25 timed out"
    errors(site, 20)
    run_tick()
    postman.refuses_because = ""
    clock.move(minutes=4)
    run_tick()
    assert len(postman.sent) == 1


def test_a_database_that_takes_no_writes_raises_nothing_and_says_why(site: SQLiteSite, quiet: None) -> None:
    site.store.connection.execute("PRAGMA query_only = 1")
    assert "ReadOnly" in run_job(site, "tick")


def test_an_unreadable_site_config_stops_nothing(
    site: SQLiteSite, postman: RememberingPostman, quiet: None
) -> None:
    (site.folder / "site_config.json").write_text("{ broken")
    errors(site, 20)
    run_job(site, "hourly")
    assert "error_rate_hourly" in open_rules(site)
    own = site.get_all("Error Log", ["error"], {"method": failures.OWN_TITLE})
    assert any("site_config.json cannot be read" in row["error"] for row in own)


def test_a_bad_threshold_in_the_site_config_is_in_the_error_log_once(
    site: SQLiteSite, clock: MovableClock
) -> None:
    site.set_conf("alert_thresholds", {"cpu": "hot"})
    for _ in range(5):
        run_tick()
        clock.move(minutes=4)
    (own,) = site.get_all("Error Log", ["error"], {"method": failures.OWN_TITLE})
    assert "cpu: 'hot' is not a number; 90 holds" in own["error"]


def test_a_clock_that_goes_back_between_ticks_breaks_nothing(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    errors(site, 20)
    for minutes in (4, -120, 4, 4, -60, 4):
        assert run_job(site, "tick") == ""
        clock.move(minutes=minutes)
    assert len([mail for mail in postman.sent if "20 errors" in mail.subject]) == 1


def test_every_run_of_a_day_costs_no_new_alert(
    site: SQLiteSite, clock: MovableClock, postman: RememberingPostman
) -> None:
    for _ in range(30):
        run_tick()
        clock.move(minutes=4)
    fingerprints = [row["fingerprint"] for row in site.get_all("System Alert", ["fingerprint"])]
    assert len(fingerprints) == len(set(fingerprints))


def test_the_hourly_job_alone_is_a_monitor(site: SQLiteSite) -> None:
    errors(site, 60)
    run_hourly_checks()
    assert {"error_rate_hourly", "error_rate_daily", "new_error_kind"} <= open_rules(site)


def test_the_jobs_are_those_that_hooks_declares() -> None:
    from verenigingen import hooks

    named = {path for paths in hooks.scheduler_events.values() for path in paths}
    ours = "verenigingen.monitoring_jobs."
    assert named >= {f"{ours}run_tick", f"{ours}run_hourly_checks", f"{ours}run_daily_checks"}
    assert set(checks.INTERVALS) == {"tick", "hourly", "daily"}


def test_a_check_that_two_jobs_ask_for_runs_once(site: SQLiteSite) -> None:
    from verenigingen import monitoring_jobs
    from verenigingen.utils import alert_manager

    for ask in (monitoring_jobs.run_hourly_checks, alert_manager.run_hourly_checks):
        ask()
    run = site.get("Monitoring Run", "hourly")
    assert run is not None
    assert run["runs_today"] == 1
