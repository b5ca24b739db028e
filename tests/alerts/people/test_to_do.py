"""What is assigned is on somebody's list of what is to be done, where the platform keeps one."""

from __future__ import annotations

import pytest

from tests.conftest import Evaluate
from vuurtoren.alerts import alerts, assignments
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.errors import SiteError

JAN, PIET = "jan@vereniging.example", "piet@vereniging.example"


@pytest.fixture
def asked(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the platform was asked to do with its list."""
    calls: list[str] = []
    site.seed("User", [{"name": each, "email": each, "enabled": 1} for each in (JAN, PIET)])
    site.seed(
        "Has Role",
        [
            {"role": "Verenigingen Administrator", "parenttype": "User", "parent": each}
            for each in (JAN, PIET)
        ],
    )
    monkeypatch.setattr(SQLiteSite, "give_todo", lambda _, user, *about: calls.append(f"{user}: {about[0]}"))
    monkeypatch.setattr(SQLiteSite, "close_todos", lambda *_: calls.append("off"))
    return calls


def test_it_follows_the_alert_from_one_to_the_next_until_it_is_closed(
    site: SQLiteSite, judge: Evaluate, asked: list[str]
) -> None:
    (alert,) = judge(12).opened
    message = "12 errors in the last hour, more than 10"
    assignments.assign(site, alert, JAN)
    assignments.assign(site, alert, PIET)
    assert asked == ["off", f"{JAN}: {message}", "off", f"{PIET}: {message}"]
    alerts.resolve(site, alert)
    alerts.reopen(site, alert)
    assignments.unassign(site, alert)
    assert asked[4:] == ["off", "off", f"{PIET}: {message}", "off"]
    alerts.resolve(site, alert)
    assert asked[8:] == []


def test_an_end_without_an_assignee_asks_nothing(site: SQLiteSite, judge: Evaluate, asked: list[str]) -> None:
    judge(12)
    judge(1)
    assert asked == []


@pytest.mark.usefixtures("quiet")
def test_a_list_that_refuses_keeps_no_alert_open(
    site: SQLiteSite, judge: Evaluate, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise SiteError("no such user")

    (alert,) = judge(12).opened
    assignments.assign(site, alert, JAN)
    monkeypatch.setattr(SQLiteSite, "close_todos", refuse)
    alerts.resolve(site, alert)
    assert (site.get("System Alert", alert) or {})["status"] == "Resolved"
