"""What people and Prometheus are told of drills: the metric, the alerts, the page and the command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.conftest import MovableClock
from verenigingen.monitoring_jobs import run_backup_drill
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.audit.seals.keys import ensure_keys
from vuurtoren.backups.drill import drill
from vuurtoren.commands.backup import try_newest
from vuurtoren.embedded.cli import main
from vuurtoren.embedded.demo.builders import log_errors
from vuurtoren.embedded.store.sqlite_dump import take_backup
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.settings import settings
from vuurtoren.site.errors import Unavailable

Measured = Callable[..., Any]


def taken(site: SQLiteSite) -> Path:
    ensure_keys(site)
    log_errors(site, 2, title="Boom")
    return take_backup(site.store.path, Path(site.backups().directory), site.name, site.now_utc())


def test_before_the_first_drill_nothing_is_known(site: SQLiteSite, measured: Measured) -> None:
    assert "no backup was tried yet" in measured(site, "safety.drills").get("backup.restorable").reason


def test_a_backup_that_was_restored_is_restorable(site: SQLiteSite, measured: Measured) -> None:
    taken(site)
    drill(site)
    found = measured(site, "safety.drills")
    assert found.get("backup.restorable").value is True
    assert found.get("backup.drill_age_days").value == 0
    assert found.get("backup.rows").value > 0


def test_a_drill_of_a_day_and_a_half_ago_is_as_old_as_that(
    site: SQLiteSite, measured: Measured, clock: MovableClock
) -> None:
    taken(site)
    drill(site)
    clock.move(hours=36)
    assert measured(site, "safety.drills").get("backup.drill_age_days").value == 1.5


def test_one_that_was_only_read_is_whole_and_no_more(
    site: SQLiteSite, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_: SQLiteSite) -> None:
        raise Unavailable("no second database may be made here")

    monkeypatch.setattr(SQLiteSite, "throw_aways", none)
    taken(site)
    drill(site)
    found = measured(site, "safety.drills")
    assert "is whole, and was not restored" in found.get("backup.restorable").reason
    assert found.get("backup.drill_age_days").value == 0


def test_a_backup_that_cannot_be_restored_opens_an_alert_that_the_next_good_one_ends(
    site: SQLiteSite, measured: Measured, clock: MovableClock
) -> None:
    backup = taken(site)
    backup.write_bytes(backup.read_bytes()[:-400])
    drill(site)
    evaluate(site, measured(site, "safety.drills"), settings.read(site), ("hourly",))
    (alert,) = site.get_all("System Alert", ["severity"], {"rule": "backup_not_restorable"})
    assert alert["severity"] == "CRITICAL"
    clock.move(hours=1)
    taken(site)
    drill(site)
    evaluate(site, measured(site, "safety.drills"), settings.read(site), ("hourly",))
    assert site.count("System Alert", {"rule": "backup_not_restorable", "status": "Active"}) == 0


def test_the_job_tries_one_a_month(site: SQLiteSite, clock: MovableClock) -> None:
    run_backup_drill()
    assert site.count("Backup Drill") == 0
    taken(site)
    for days in (0, 1, 28, 2):
        clock.move(days=days)
        run_backup_drill()
    assert site.count("Backup Drill", {"outcome": "Restorable"}) == 2


def test_the_command_says_what_was_found(site: SQLiteSite, capsys: pytest.CaptureFixture[str]) -> None:
    assert try_newest(site) == 2
    backup = taken(site)
    assert try_newest(site) == 0
    said = capsys.readouterr().out
    assert f"{backup.name} was restored, compared and dropped again." in said
    assert "The audit trail in the copy: " in said
    backup.write_bytes(backup.read_bytes()[:-400])
    assert try_newest(site) == 1
    assert "cannot be restored: it breaks off in the middle." in capsys.readouterr().out


def test_an_embedded_site_takes_its_own_backup_and_tries_it(tmp_path: Path) -> None:
    ask = CliRunner().invoke
    SQLiteSite(tmp_path).store.close()
    for words, code in ((["take"], 0), (["drill"], 0), (["copied"], 0)):
        answer = ask(main, ["backup", *words, "--data", str(tmp_path)])
        assert answer.exit_code == code, answer.output
    assert len(list((tmp_path / "private" / "backups").glob("*-database.sql.gz"))) == 1
