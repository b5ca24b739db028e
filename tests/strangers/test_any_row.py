"""Rows and files of our own, read as if a stranger had written them: a tick judges, and heals them."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import MovableClock
from tests.pages.whole import build_page
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds import decisions
from vuurtoren.health import liveness
from vuurtoren.metrics import measurement_cache
from vuurtoren.metrics.history import rows as history_rows
from vuurtoren.rounds.checks import run_job
from vuurtoren.settings.carrying_over import CHILDREN
from vuurtoren.settings.tables import COLUMNS
from vuurtoren.site.schema import Field

NESTED = "[" * 100_000 + "]" * 100_000
RATHER_NESTED = "[" * 900 + "]" * 900
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANY_JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SHAPES = st.sampled_from(
    [
        NESTED,
        RATHER_NESTED,
        "{}",
        "[]",
        "null",
        '{"2026-11-04T09": "x"}',
        '{"": {"seen": 7}}',
        "NaN",
        "\x00",
        "eJw=",
    ]
)
TEXTS = st.one_of(ANY_JSON.map(json.dumps), SHAPES, st.text(max_size=60))
TIMES = st.one_of(st.datetimes().map(lambda at: at.isoformat(" ", "microseconds")), st.none())
NUMBERS = st.integers(-(2**31), 2**31 - 1)
WATCHED = (
    "Alert Rule State",
    "Metric Series",
    "Monitoring Run",
    "Alert Delivery",
    "Alert Notification",
    "Alert Silence",
    "Alert Suggestion",
    "Error Kind",
    "Error Kind Decision",
    "Backup Drill",
    "Site Change",
    "System Alert",
)
KEYS = ("name", "job", "fingerprint", "series_key", "open_fingerprint", "rule")
A_FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


CONFIG = {"time_zone": "Europe/Amsterdam", "alert_recipients": ["beheer@vereniging.example"]}


@cache
def an_hour() -> tuple[Path, datetime]:
    """A site of an hour, and when that ended: alerts, history, kinds of errors, something in every table."""
    clock, folder = MovableClock(), Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    site = SQLiteSite(folder, clock=clock, name="vereniging.example", config=CONFIG)
    for number in range(20):
        site.log_error(f"wrong {number % 2}", "ValueError: x")
    run_job(site, "tick")
    clock.move(minutes=4)
    run_job(site, "hourly")
    clock.move(minutes=31)
    run_job(site, "tick")
    now = site.now()
    site.insert("Alert Silence", {"starts_at": now, "ends_at": now + timedelta(hours=1), "reason": "x"})
    site.insert("Alert Suggestion", {"rule": "disk", "status": "Open", "open_rule": "disk"})
    decisions.resolve(site, str(site.get_all("Error Kind", ["name"])[0]["name"]))
    site.commit()
    site.store.close()
    return folder, clock.moment + timedelta(minutes=4)


@contextmanager
def busy_site() -> Iterator[tuple[SQLiteSite, MovableClock]]:
    """A copy of that site."""
    clock, folder = MovableClock(), Path(tempfile.mkdtemp()) / "site"
    made, clock.moment = an_hour()
    shutil.copytree(made, folder)
    site = SQLiteSite(folder, clock=clock, name="vereniging.example", config=CONFIG)
    try:
        yield site, clock
    finally:
        site.store.close()
        measurement_cache._by_folder.pop(folder.resolve(), None)
        shutil.rmtree(folder.parent)


def values_of(field: Field) -> st.SearchStrategy[Any]:
    if field.type in ("Date", "Datetime"):
        return TIMES
    return NUMBERS if field.numeric else TEXTS


def overwrite(site: SQLiteSite, doctype: str, data: st.DataObject) -> str:
    """Anything that the database takes, in some columns of every row; what was written."""
    schema = site.store.schema(doctype)
    names = [name for name, field in schema.fields.items() if name not in KEYS and not field.unique]
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
    values = {name: data.draw(values_of(schema.fields[name]), label=name) for name in chosen}
    columns = ", ".join(f'"{name}" = ?' for name in chosen)
    site.store.write(f'UPDATE "{schema.table}" SET {columns}', list(values.values()))
    site.commit()
    return f"{doctype}: {values!r:.500}"


def heals(site: SQLiteSite, clock: MovableClock, what: str) -> None:
    """A tick judges, whatever else it says, and the next one is well."""
    said = run_job(site, "tick")
    assert "judging" not in said and "measuring" not in said, f"{what}: {said}"
    clock.move(minutes=16)
    assert run_job(site, "tick") == "", what
    assert liveness.health(site, details=False)["status"] == "ok"


@pytest.mark.parametrize("doctype", WATCHED)
def test_a_tick_judges_whatever_stands_in_a_row_and_the_next_one_is_well(quiet: None, doctype: str) -> None:
    @A_FEW
    @given(st.data())
    def property_(data: st.DataObject) -> None:
        with busy_site() as (site, clock):
            heals(site, clock, overwrite(site, doctype, data))

    property_()


A_ROW = {
    "recipient_rows": {"address": "jan@vereniging.example"},
    "channel_rows": {"channel": "desk"},
    "quiet_hour_rows": {"severity": "LOW", "from_time": "20:00", "until_time": "08:00"},
    "escalation_level_rows": {"level": "2", "after_minutes": 30},
}


@A_FEW
@given(data=st.data())
def test_a_tick_judges_whatever_stands_in_the_settings(data: st.DataObject) -> None:
    with busy_site() as (site, _):
        schema = site.store.schema("Monitoring Settings")
        names = [name for name in schema.fields if name not in ("name", "enabled", "heartbeat_url")]
        for name in data.draw(st.lists(st.sampled_from(names), max_size=5, unique=True)):
            value = data.draw(TEXTS | NUMBERS, label=name)
            row = ("Monitoring Settings", name, value)
            site.store.write('INSERT OR REPLACE INTO "tabSingles" VALUES (?, ?, ?)', row)
        columns = {"rule": TEXTS, "threshold": TEXTS, "enabled": NUMBERS}
        site.insert(
            "Monitoring Rule Setting", {"parent": "Monitoring Settings", "parentfield": "rules", "rule": "x"}
        )
        for name, given_values in columns.items():
            site.store.write(
                f'UPDATE "tabMonitoring Rule Setting" SET "{name}" = ?', [data.draw(given_values)]
            )
        for table, child in CHILDREN.items():
            site.set_single("Monitoring Settings", {table: [A_ROW[table]]})
            for name in COLUMNS[table]:
                site.store.write(f'UPDATE "tab{child}" SET "{name}" = ?', [data.draw(TEXTS | NUMBERS)])
        site.commit()
        said = run_job(site, "tick")
        assert "judging" not in said and "measuring" not in said and "settings" not in said, said
        build_page(site)


@A_FEW
@given(content=st.one_of(TEXTS.map(str.encode), st.binary(max_size=60)))
def test_a_measurement_cache_of_anything_is_measured_anew(content: bytes) -> None:
    with busy_site() as (site, clock):
        (site.site_path() / measurement_cache.FILE).write_bytes(content)
        heals(site, clock, repr(content[:200]))


@A_FEW
@given(entry=ANY_JSON, plain=ANY_JSON)
def test_a_kept_answer_of_anything_is_measured_anew(entry: Any, plain: Any) -> None:
    with busy_site() as (site, clock):
        kept = json.loads((site.site_path() / measurement_cache.FILE).read_text())
        for name, value in kept.items():
            if isinstance(value, dict) and value.get("metrics"):
                value["metrics"][0] |= {"value": plain, "labels": entry}
            else:
                kept[name] = entry
        (site.site_path() / measurement_cache.FILE).write_text(json.dumps(kept))
        heals(site, clock, f"{entry!r} {plain!r}")


@A_FEW
@given(content=TEXTS)
def test_a_spooled_file_of_anything_is_put_aside(content: str) -> None:
    with busy_site() as (site, clock):
        folder = site.site_path() / "private" / "audit_spool"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "20200101T000000-x.jsonl").write_text(content, "utf-8", errors="replace")
        (folder / "20200101T000001-y.jsonl").write_text(
            '{"timestamp": "2020-01-01", "event_id": "y", "z": 1}'
        )
        heals(site, clock, content[:100])
        assert list(folder.glob("*.jsonl")) == []


def test_a_state_that_names_no_phase_goes_on_with_its_open_alert(quiet: None) -> None:
    with busy_site() as (site, _):
        rule = "error_rate_hourly"
        site.update("Alert Rule State", rule, {"state": "Inactive"})
        opened = site.get_all("System Alert", ["name"], {"open_fingerprint": rule})
        assert len(opened) == 1
        site.store.write('UPDATE "tabAlert Rule State" SET state = ?, answer = ?', ["Nonsense", "[["])
        site.commit()
        run_job(site, "tick")
        assert site.get("Alert Rule State", rule)["state"] == "Firing"
        assert site.get_all("System Alert", ["name"], {"open_fingerprint": rule}) == opened
        told = [row["error"] for row in site.get_all("Error Log", ["error"])]
        assert any(f"{rule}: state, answer cannot be read; rewritten" in text for text in told)


def test_a_version_at_the_end_of_its_column_begins_anew(quiet: None) -> None:
    with busy_site() as (site, _):
        for doctype in ("Alert Rule State", "Monitoring Run", "Metric Series", "Error Kind"):
            site.store.write(f'UPDATE "tab{doctype}" SET version = ?', [2**31 - 1])
        site.commit()
        assert run_job(site, "tick") == ""
        assert site.get("Monitoring Run", "tick")["version"] == 1
        assert site.get(history_rows.DOCTYPE, history_rows.OPEN)["version"] < 10


def test_a_cursor_that_cannot_be_read_goes_on_after_what_was_counted(quiet: None) -> None:
    with busy_site() as (site, _):
        counted = site.total("Error Kind", "count")
        site.update("Monitoring Run", "error_index", {"cursor": NESTED})
        site.commit()
        site.log_error("wrong again", "KeyError: 'y'")
        assert run_job(site, "tick") == ""
        own = site.count("Error Log", {"method": "Verenigingen monitoring: own failure"})
        assert own and site.total("Error Kind", "count") == counted + 1
