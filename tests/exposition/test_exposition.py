"""The numbers for Prometheus: known ones in base units, unknown ones absent and explained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.conftest import MovableClock
from vuurtoren.alerts.events import record_event
from vuurtoren.embedded.demo.builders import log_errors
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.exposition import exposition
from vuurtoren.exposition.exposition import KEPT_SECONDS, LONGEST_LABEL, MOST_INSTANCES, render
from vuurtoren.exposition.names import family
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.rounds import checks
from vuurtoren.settings.settings import Settings

IBAN = "NL91ABNA0417164300"


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    exposition._kept.clear()
    yield
    exposition._kept.clear()


def samples(site: SQLiteSite) -> dict[str, list[tuple[dict[str, str], float]]]:
    """What Prometheus' own parser reads, by name; every sample names the site."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for each in text_string_to_metric_families(render(site)):
        for sample in each.samples:
            labels = dict(sample.labels)
            assert labels.pop("site") == site.name
            found.setdefault(sample.name, []).append((labels, sample.value))
    return found


def measured(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch, *metrics: Metric) -> None:
    snapshot = Snapshot(site.now(), site.now_utc(), metrics)
    monkeypatch.setattr(exposition, "collect", lambda _site: snapshot)


def number(site: SQLiteSite, key: str, value: Any, unit: str, **more: Any) -> Metric:
    return Metric(key, value, unit, "a test", site.now(), **more)


@pytest.mark.parametrize(
    ("key", "unit", "name", "factor"),
    [
        ("host.disk_percent", "%", "monitoring_host_disk_ratio", 0.01),
        ("requests.p95_ms", "ms", "monitoring_requests_p95_seconds", 0.001),
        ("backup.age_hours", "h", "monitoring_backup_age_seconds", 3600),
        ("certificate.days_left", "days", "monitoring_certificate_left_seconds", 86_400),
        ("database.size_bytes", "bytes", "monitoring_database_size_bytes", 1),
        ("queue.oldest_seconds", "s", "monitoring_queue_oldest_seconds", 1),
        ("errors.last_hour", "errors", "monitoring_errors_last_hour", 1),
        ("mail.can_send", "yes/no", "monitoring_mail_can_send", 1),
    ],
)
def test_a_name_ends_with_its_base_unit(key: str, unit: str, name: str, factor: float) -> None:
    found, _, times = family(key, unit)
    assert (found, times) == (name, factor)


def test_no_two_numbers_of_the_shipped_ones_share_a_name(site: SQLiteSite) -> None:
    from vuurtoren.signals import registry

    names = [family(key, promise.unit)[0] for key, promise in registry.promises(site).items()]
    assert len(set(names)) == len(names)


def test_a_known_number_is_written_in_its_base_unit(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured(site, monkeypatch, number(site, "host.disk_percent", 42.5, "%"))
    assert samples(site)["monitoring_host_disk_ratio"] == [({}, pytest.approx(0.425))]


def test_yes_is_one_and_no_is_nought(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    measured(
        site,
        monkeypatch,
        number(site, "mail.can_send", True, "yes/no"),
        number(site, "scheduler.enabled", False, "yes/no"),
    )
    found = samples(site)
    assert found["monitoring_mail_can_send"] == [({}, 1)]
    assert found["monitoring_scheduler_enabled"] == [({}, 0)]


def test_an_unknown_number_is_absent_and_has_its_reason(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = "this machine has no swap"
    measured(site, monkeypatch, number(site, "host.swap_percent", None, "%", reason=reason))
    found = samples(site)
    assert "monitoring_host_swap_ratio" not in found
    assert found["monitoring_unknown"] == [({"key": "host.swap_percent", "reason": reason}, 1)]


def test_a_reason_that_counts_is_one_series_and_not_one_a_look(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = "not looked at for 613 s"
    measured(site, monkeypatch, number(site, "host.swap_percent", None, "%", reason=reason))
    assert samples(site)["monitoring_unknown"][0][0]["reason"] == "not looked at for N s"


def test_labels_are_kept_and_cut(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = (("queue", 'lo"ng\n' + "x" * 500),)
    measured(site, monkeypatch, number(site, "queue.depth", 3, "jobs", labels=labels))
    ((found, value),) = samples(site)["monitoring_queue_depth"]
    assert value == 3
    assert found["queue"] == ('lo"ng\n' + "x" * 500)[:LONGEST_LABEL]


def test_ten_thousand_instances_are_a_hundred_and_the_rest_is_counted(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [number(site, "queue.depth", 1, "jobs", labels=(("queue", str(each)),)) for each in range(10_000)]
    measured(site, monkeypatch, *many)
    found = samples(site)
    assert len(found["monitoring_queue_depth"]) == MOST_INSTANCES
    assert found["monitoring_instances_left_out"] == [({"key": "queue.depth"}, 10_000 - MOST_INSTANCES)]


def test_open_alerts_are_counted_by_rule_and_severity_without_a_word_of_theirs(site: SQLiteSite) -> None:
    record_event(site, Settings(), "TEST", "CRITICAL", f"Jan Jansen, {IBAN}")
    site.commit()
    assert ({"rule": "TEST", "severity": "CRITICAL", "status": "Active"}, 1) in samples(site)[
        "monitoring_alerts_open"
    ]
    assert "Jansen" not in render(site)


def test_rules_and_jobs_say_how_they_stand(site: SQLiteSite) -> None:
    log_errors(site, 200, minutes=5)
    checks.run_job(site, "tick")
    found = samples(site)
    assert ({"rule": "critical_error_rate", "answer": "breached"}, 1) in found["monitoring_rule_instances"]
    assert ({"run": "tick", "state": "ok"}, 1) in found["monitoring_run_state"]
    assert found["monitoring_run_age_seconds"][0] == ({"run": "tick"}, 0)


def test_whoever_asks_twice_a_second_gets_the_answer_of_before(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    def look(_site: SQLiteSite) -> Snapshot:
        looks.append(1)
        return Snapshot(site.now(), site.now_utc(), ())

    monkeypatch.setattr(exposition, "collect", look)
    for second in (0.0, 0.5, KEPT_SECONDS - 0.1, KEPT_SECONDS + 0.1):
        render(site, stopwatch=lambda second=second: second)  # type: ignore[misc]
    assert len(looks) == 2


def test_the_age_of_a_job_grows_while_nobody_runs_it(site: SQLiteSite, clock: MovableClock) -> None:
    checks.run_job(site, "tick")
    clock.move(minutes=30)
    exposition._kept.clear()
    found = samples(site)
    assert found["monitoring_run_age_seconds"][0] == ({"run": "tick"}, 1800)
    assert ({"run": "tick", "state": "silent"}, 1) in found["monitoring_run_state"]
