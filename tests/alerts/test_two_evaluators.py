from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.alerts.alerting import RULE, metric
from tests.conftest import MovableClock, RememberingPostman
from verenigingen.tests.support.patience import SECONDS, results
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.alerts.intents import intents
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.notifications import delivery
from vuurtoren.rounds import checks
from vuurtoren.settings import settings

WORKERS = 4
RULES = (RULE, replace(RULE, key="patient", for_seconds=240, keep_firing_seconds=240))
STORED = ("rule", "kind", "status", "count", "value", "message", "resolution", "first_seen", "resolved_at")
TOLD = ("opened_mail", "resolved_mail")


def at_once(workers: int, work: Callable[[], None]) -> None:
    """Run the work in several threads that start together; raises what one of them raises."""
    together = Barrier(workers)

    def one() -> None:
        together.wait(SECONDS)
        work()

    with ThreadPoolExecutor(workers) as pool:
        results([pool.submit(one) for _ in range(workers)])


def what_is_stored(site: SQLiteSite) -> list[list[object]]:
    rows = site.get_all("System Alert", ["name", *STORED], order_by="timestamp, rule, kind")
    columns = intents.columns(site, [str(row["name"]) for row in rows])
    stored = [
        [*(row[field] for field in STORED), *(columns[row["name"]][each] for each in TOLD)] for row in rows
    ]
    states = site.get_all(
        "Alert Rule State", ["fingerprint", "state", "answer", "state_since"], order_by="name"
    )
    return [*stored, *(list(row.values()) for row in states)]


def watched(folder: Path, workers: int, values: list[object]) -> tuple[list[list[object]], list[str]]:
    clock, postman = MovableClock(), RememberingPostman()
    config = {"time_zone": "Europe/Amsterdam", "alert_recipients": ["beheer@vereniging.example"]}
    site = SQLiteSite(folder, clock=clock, config=config, postman=postman, name="vereniging.example")

    def judge_and_tell(value: object) -> None:
        snapshot = Snapshot(site.now(), site.now_utc(), (metric(site, "errors.last_hour", value),))
        chosen = settings.read(site)
        evaluate(site, snapshot, chosen, ("tick",), rules=RULES)
        delivery.deliver(site, chosen)
        site.store.close()

    for value in values:
        at_once(workers, partial(judge_and_tell, value))
        # Whoever did not get the delivery lock leaves what is due to the next tick.
        delivery.deliver(site, settings.read(site))
        clock.move(minutes=4)
    return what_is_stored(site), [mail.subject for mail in postman.sent]


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=st.lists(st.sampled_from([3, 12, 40, "the log is gone"]), min_size=1, max_size=8))
def test_several_evaluators_store_and_send_what_one_would(
    tmp_path_factory: pytest.TempPathFactory, values: list[object]
) -> None:
    alone = watched(tmp_path_factory.mktemp("alone"), 1, values)
    together = watched(tmp_path_factory.mktemp("together"), WORKERS, values)
    assert together[0] == alone[0]
    assert sorted(together[1]) == sorted(alone[1])


def test_two_processes_on_one_file_open_one_alert(tmp_path: Path) -> None:
    SQLiteSite(tmp_path / "site").store.close()
    script = """
import sys
from vuurtoren.settings import settings
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.snapshot import Snapshot
from tests.alerts.alerting import RULE, metric
site = SQLiteSite(sys.argv[1])
sys.stdin.readline()
for _ in range(20):
    snapshot = Snapshot(site.now(), site.now_utc(), (metric(site, "errors.last_hour", 12),))
    evaluate(site, snapshot, settings.read(site), ("tick",), rules=[RULE])
"""
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "site")], stdin=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for worker in workers:
        worker.communicate("go\n", timeout=120)
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    rows = SQLiteSite(tmp_path / "site").get_all("System Alert", ["status", "count"])
    assert [(row["status"], row["count"]) for row in rows] == [("Active", 1)]


def test_two_schedulers_at_once_do_the_work_of_one(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    site.seed("Error Log", [{"method": f"boom in {word}", "error": "x"} for word in "abcdefghijkl"])
    site.commit()
    answers: list[str] = []

    def scheduler() -> None:
        answers.append(checks.run_job(site, "tick"))
        site.store.close()

    at_once(WORKERS, scheduler)
    assert sorted(answers)[0] == ""
    assert sorted(answers)[1:] == [checks.ELSEWHERE.format("tick")] * (WORKERS - 1)
    subjects = [mail.subject for mail in postman.sent]
    assert len(subjects) == len(set(subjects)) == 2
    (run,) = site.get_all("Monitoring Run", ["runs_today"], {"job": "tick"})
    assert run["runs_today"] == 1


def test_a_message_is_sent_once_however_many_deliver(site: SQLiteSite, postman: RememberingPostman) -> None:
    snapshot = Snapshot(site.now(), site.now_utc(), (metric(site, "errors.last_hour", 12),))
    evaluate(site, snapshot, settings.read(site), ("tick",), rules=[RULE])

    def deliver() -> None:
        delivery.deliver(site, settings.read(site))
        site.store.close()

    at_once(8, deliver)
    assert len(postman.sent) == 1
