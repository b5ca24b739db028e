from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import MovableClock
from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.backtest import stored_suggestions
from vuurtoren.backtest.suggestions import Suggestion
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rules import changes as rule_changes
from vuurtoren.settings import settings, stored_rules

QUEUE = "queue_depth"


def suggestion(site: SQLiteSite, for_seconds: int = 1800, rule: str = QUEUE) -> Suggestion:
    return Suggestion(rule, "Jobs waiting", 31, 0, pending(site, rule), for_seconds, 2)


def pending(site: SQLiteSite, rule: str = QUEUE) -> int:
    held = settings.read(site).rule(rule)
    assert held
    return held.for_seconds


def suggested(site: SQLiteSite, *found: Suggestion) -> str:
    stored_suggestions.renew(site, found or [suggestion(site)])
    return str(stored_suggestions.shown(site)[0]["name"])


def statuses(site: SQLiteSite) -> list[str]:
    rows = site.get_all(stored_suggestions.DOCTYPE, ["status"], order_by="suggested_at, creation")
    return [str(row["status"]) for row in rows]


def test_one_click_lets_the_rule_wait(site: SQLiteSite) -> None:
    stored_suggestions.apply(site, suggested(site))
    assert pending(site) == 1800
    assert statuses(site) == ["Applied"]


def test_what_was_applied_says_by_whom_and_is_in_the_history_of_the_rule(site: SQLiteSite) -> None:
    stored_suggestions.apply(site, suggested(site))
    (row,) = stored_suggestions.shown(site)
    assert row["decided_by"] == site.user() and row["decided_at"] == site.now()
    (change,) = rule_changes.history(site, QUEUE)
    assert "pending_for: — → 30 min" in change["changes"]


def test_it_can_be_taken_back_and_leaves_no_record(site: SQLiteSite) -> None:
    before = pending(site)
    name = suggested(site)
    stored_suggestions.apply(site, name)
    stored_suggestions.take_back(site, name)
    assert pending(site) == before
    assert stored_rules.read(site) == []
    assert [row["action"] for row in rule_changes.history(site, QUEUE)] == ["Removed", "Added"]


def test_what_people_chose_beside_it_stays(site: SQLiteSite) -> None:
    record: dict[str, Any] = {"rule_key": QUEUE, "enabled": 1, "threshold": "77", "pending_for": "3 min"}
    stored_rules.save(site, record)
    name = suggested(site)
    stored_suggestions.apply(site, name)
    stored_suggestions.take_back(site, name)
    (stored,) = stored_rules.read(site)
    assert (stored["threshold"], stored["pending_for"]) == ("77", "3 min")


def test_it_is_not_applied_to_a_rule_that_was_changed_since(site: SQLiteSite) -> None:
    name = suggested(site)
    stored_rules.save(site, {"rule_key": QUEUE, "enabled": 1, "pending_for": "1 h"})
    with pytest.raises(NotPossible, match="was changed since"):
        stored_suggestions.apply(site, name)
    assert pending(site) == 3600


def test_it_is_not_taken_back_from_a_rule_that_was_changed_since(site: SQLiteSite) -> None:
    name = suggested(site)
    stored_suggestions.apply(site, name)
    stored_rules.save(site, {"rule_key": QUEUE, "enabled": 1, "pending_for": "1 h"})
    with pytest.raises(NotPossible, match="was changed since"):
        stored_suggestions.take_back(site, name)


def test_it_is_applied_once(site: SQLiteSite) -> None:
    name = suggested(site)
    stored_suggestions.apply(site, name)
    with pytest.raises(NotPossible, match="Applied"):
        stored_suggestions.apply(site, name)


def test_a_newer_suggestion_takes_the_place_of_an_open_one(site: SQLiteSite) -> None:
    suggested(site)
    suggested(site, suggestion(site, 3600))
    assert statuses(site) == ["Outdated", "Open"]
    assert [row["for_seconds"] for row in stored_suggestions.shown(site)] == [3600]


def test_what_was_dismissed_is_not_suggested_again_for_a_while(site: SQLiteSite, clock: MovableClock) -> None:
    stored_suggestions.dismiss(site, suggested(site))
    stored_suggestions.renew(site, [suggestion(site)])
    assert stored_suggestions.shown(site) == []
    clock.move(days=91)
    stored_suggestions.renew(site, [suggestion(site)])
    assert len(stored_suggestions.shown(site)) == 1


@pytest.mark.parametrize("step", ["apply", "take_back", "dismiss"])
def test_a_name_that_nobody_suggested_is_refused(site: SQLiteSite, step: str) -> None:
    with pytest.raises(NotPossible, match="There is no suggestion x"):
        getattr(stored_suggestions, step)(site, "x")


def test_before_the_migration_there_are_none(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    found = suggestion(site)
    has = site.has_doctype
    monkeypatch.setattr(site, "has_doctype", lambda name: name != stored_suggestions.DOCTYPE and has(name))
    assert stored_suggestions.renew(site, [found]) == []
    assert stored_suggestions.shown(site) == []


def test_old_decisions_are_deleted(site: SQLiteSite, clock: MovableClock) -> None:
    stored_suggestions.dismiss(site, suggested(site))
    clock.move(days=400)
    assert stored_suggestions.trim(site, site.now(), 10) == 1


@pytest.mark.parametrize("known", [True, False], ids=["a record", "no record"])
@pytest.mark.parametrize("step", [stored_suggestions.apply, stored_suggestions.take_back])
def test_an_edit_of_the_same_moment_is_not_written_over(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch, step: Any, known: bool
) -> None:
    """Somebody saves the form between the reading and the writing, and the clock stands still."""
    if known:
        stored_rules.save(site, {"rule_key": QUEUE, "enabled": 1, "threshold": "77"})
    name = suggested(site)
    if step is stored_suggestions.take_back:
        stored_suggestions.apply(site, name)
    site.commit()
    decide = stored_suggestions._decide

    def decide_and_edit(*given: Any, **named: Any) -> None:
        decide(*given, **named)
        record = site.get(stored_rules.DOCTYPE, QUEUE) or {"rule_key": QUEUE, "enabled": 1}
        stored_rules.save(site, record | {"runbook": "Bel de leverancier."})

    monkeypatch.setattr(stored_suggestions, "_decide", decide_and_edit)
    with pytest.raises(NotPossible, match="just changed this rule"):
        step(site, name)
    (stored,) = stored_rules.read(site)
    assert stored["runbook"] == "Bel de leverancier."
