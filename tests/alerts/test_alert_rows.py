from __future__ import annotations

import pytest

from tests.conftest import Evaluate
from vuurtoren.alerts import alerts
from vuurtoren.alerts.alerts import NotPossible, details_of, details_text, value_of
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.values import Row


@pytest.fixture
def alert(site: SQLiteSite, judge: Evaluate) -> str:
    (name,) = judge(12).opened
    return name


def row(site: SQLiteSite, name: str) -> Row:
    found = site.get("System Alert", name)
    assert found
    return found


def test_acknowledging_records_who_when_and_why(site: SQLiteSite, alert: str) -> None:
    with site.as_user("jan@vereniging.example"):
        alerts.acknowledge(site, alert, "looking into it")
    stored = row(site, alert)
    assert stored["status"] == "Acknowledged"
    assert (stored["acknowledged_by"], stored["acknowledged_at"]) == ("jan@vereniging.example", site.now())
    assert stored["acknowledgement_note"] == "looking into it"


def test_resolving_records_who_when_and_why(site: SQLiteSite, alert: str) -> None:
    alerts.resolve(site, alert, "mended", user="piet@vereniging.example")
    stored = row(site, alert)
    assert (stored["status"], stored["resolved_by"]) == ("Resolved", "piet@vereniging.example")
    assert (stored["resolution"], stored["resolved_at"]) == ("mended", site.now())
    assert stored["open_fingerprint"] is None


def test_an_acknowledged_alert_can_be_resolved(site: SQLiteSite, alert: str) -> None:
    alerts.acknowledge(site, alert)
    alerts.resolve(site, alert)
    assert row(site, alert)["status"] == "Resolved"


def test_acknowledging_twice_is_refused_and_keeps_the_first_name(site: SQLiteSite, alert: str) -> None:
    alerts.acknowledge(site, alert, user="jan@vereniging.example")
    with pytest.raises(NotPossible, match="Acknowledged"):
        alerts.acknowledge(site, alert, user="piet@vereniging.example")
    assert row(site, alert)["acknowledged_by"] == "jan@vereniging.example"


def test_resolving_twice_is_refused(site: SQLiteSite, alert: str) -> None:
    alerts.resolve(site, alert)
    with pytest.raises(NotPossible, match="resolved already"):
        alerts.resolve(site, alert)


def test_an_alert_that_is_not_there_is_a_clear_refusal(site: SQLiteSite) -> None:
    with pytest.raises(NotPossible, match="no alert nothing"):
        alerts.acknowledge(site, "nothing")


def test_notes_are_redacted(site: SQLiteSite, alert: str) -> None:
    alerts.acknowledge(site, alert, "member with NL91ABNA0417164300 called")
    assert "NL91****4300" in row(site, alert)["acknowledgement_note"]


def test_a_number_that_was_never_measured_is_not_nought(site: SQLiteSite) -> None:
    assert value_of({"kind": "Unknown", "value": 0.0}) is None
    assert value_of({"kind": "Breach", "value": 0.0}) == 0


@pytest.mark.parametrize(
    "details",
    [
        {"a": float("nan"), "b": [1, {2: object()}], "c": "\ud800\0🦆"},
        {"secret_token": "x" * 40, "iban": "NL91ABNA0417164300"},
        {str(number): "x" * 1000 for number in range(1000)},
        "text",
        None,
    ],
)
def test_details_of_any_kind_become_json_that_a_database_takes(
    site: SQLiteSite, alert: str, details: object
) -> None:
    text = details_text(details)
    site.update("System Alert", alert, {"details": text})
    assert "NL91ABNA" not in text and len(text) < 40_000
    assert isinstance(details_of(row(site, alert)), dict)


def test_details_that_contain_themselves_are_cut(site: SQLiteSite) -> None:
    endless: dict[str, object] = {}
    endless["again"] = endless
    assert "left out" in details_text(endless)
