"""The commands say how a site is, with the exit code that a script reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import Evaluate, RememberingPostman
from verenigingen.utils.alert_manager import AlertManager
from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals.findings import EXIT_NOT_RUN
from vuurtoren.commands import monitoring as console
from vuurtoren.composition import use_site
from vuurtoren.embedded.cli import main
from vuurtoren.embedded.demo import MARK
from vuurtoren.embedded.demo.site import DemoSite, StoryClock
from vuurtoren.embedded.process import only_one_in
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.signals.catalogue import BY_KEY


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("command", ["serve", "demo", "status", "check", "test-alert"])
def test_every_command_explains_itself(command: str) -> None:
    answer = run(command, "--help")

    assert answer.exit_code == 0
    assert "--data" in answer.output


@pytest.mark.parametrize("command", ["status", "check", "test-alert"])
def test_a_command_on_a_folder_without_a_site_says_how_to_start_one(command: str, tmp_path: Path) -> None:
    answer = run(command, "--data", str(tmp_path / "nothing"))

    assert answer.exit_code == console.UNKNOWN
    assert "There is no site in" in answer.output
    assert not (tmp_path / "nothing").exists()


def test_a_script_reads_nothing_for_well_one_for_wrong_and_two_for_not_known() -> None:
    assert (console.WELL, console.WRONG, console.UNKNOWN) == (0, 1, 2)


def test_an_audit_trail_that_is_not_there_is_not_called_tampered(tmp_path: Path) -> None:
    assert run("audit", "verify", "--data", str(tmp_path / "nothing")).exit_code == EXIT_NOT_RUN


def test_without_more_the_trail_is_verified_from_its_first_entry(site: SQLiteSite) -> None:
    for name in ("B-1", "B-2"):
        record(site, "Batch Generation", "Direct Debit Batch", name, "batch_generated", "Compliant")
    site.commit()
    assert run("audit", "seal", "--data", str(site.folder)).exit_code == 0
    answer = run("audit", "verify", "--json", "--data", str(site.folder))
    assert json.loads(answer.output)["leaves_checked"] == site.count("SEPA Audit Leaf") >= 2


def test_a_demo_that_nobody_shows_is_left_alone(site: SQLiteSite) -> None:
    (site.folder / MARK).touch()
    answer = run("status", "--data", str(site.folder))

    assert answer.exit_code == console.UNKNOWN
    assert "is a demo" in answer.output


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Path]:
    """The folder of a demo that this process shows."""
    clock = StoryClock()
    site = DemoSite(tmp_path / "demo", clock, {})
    (site.folder / MARK).touch()
    clock.tell(site.folder)
    with only_one_in(site.folder):
        yield site.folder
    use_site(None)


@pytest.mark.parametrize("command", ["status", "rules list", "rules history", "audit verify"])
def test_what_only_reads_works_beside_a_demo_that_is_shown(command: str, shown: Path) -> None:
    answer = run(*command.split(), "--data", str(shown))

    assert answer.exception is None or isinstance(answer.exception, SystemExit)
    assert "demo" not in answer.output.replace("(demo)", "")


def test_beside_a_demo_it_is_the_time_of_the_story(shown: Path) -> None:
    assert "2026-11-06 09:1" in run("status", "--data", str(shown)).output


@pytest.mark.parametrize("command", ["check", "test-alert", "rules set cpu threshold=3"])
def test_what_would_change_a_demo_is_refused_beside_it(command: str, shown: Path) -> None:
    answer = run(*command.split(), "--data", str(shown))

    assert answer.exit_code in (console.UNKNOWN, EXIT_NOT_RUN)
    assert "only what reads" in answer.output


def test_a_monitor_that_never_ran_does_not_know_how_the_site_is(site: SQLiteSite) -> None:
    outcome = console.status(site)

    assert outcome.exit_code == console.UNKNOWN
    assert "has not run yet" in outcome.text


def test_what_a_job_has_to_remember_is_no_run(site: SQLiteSite) -> None:
    site.insert("Monitoring Run", {"job": "audit time zone", "version": 0})
    assert "audit time zone" not in console.status(site).text


def test_status_names_open_alerts_most_severe_first(site: SQLiteSite) -> None:
    manager = AlertManager(site)
    manager.send_alert("ONE", "LOW", "a small thing")
    manager.send_alert("TWO", "CRITICAL", "the roof is on fire")
    outcome = console.status(site)

    assert outcome.exit_code == console.WRONG
    assert outcome.text.index("the roof is on fire") < outcome.text.index("a small thing")


def test_status_tells_open_alerts_in_the_language_that_is_spoken(site: SQLiteSite, judge: Evaluate) -> None:
    judge(12, BY_KEY["error_rate_hourly"])
    assert "12 errors in the last hour (limit 10)" in console.status(site).text
    with site.speaking("nl"):
        told = console.status(site).text
    assert "errors in the last hour" not in told and "12 fouten in het laatste uur (grens 10)" in told


def test_status_says_why_mail_cannot_leave(site: SQLiteSite, postman: RememberingPostman) -> None:
    postman.refuses_because = "the mail server is on holiday"

    assert "the mail server is on holiday" in console.status(site).text


def test_check_measures_and_judges(site: SQLiteSite) -> None:
    site.seed("Error Log", [{"method": "broken"} for _ in range(11)])
    site.commit()
    outcome = console.check(site)

    assert outcome.exit_code == console.WRONG
    assert "11 errors in the last hour" in outcome.text
    assert "Last success of “Tick”" in outcome.text


def test_a_test_alert_says_that_its_message_was_handed_over(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    outcome = console.test_alert(site)

    assert outcome.exit_code == console.WELL
    assert len(postman.sent) == 1


def test_a_test_alert_says_why_its_message_was_not_sent(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    postman.refuses_because = "the mail server is on holiday"
    outcome = console.test_alert(site)

    assert outcome.exit_code == console.WRONG
    assert "the mail server is on holiday" in outcome.text
