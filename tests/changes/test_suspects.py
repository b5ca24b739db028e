"""Which change is named before a fault, and which is not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from benchmarks.changes.ranking import found
from vuurtoren.changes.change import APP, PATCHES, RULE, Change
from vuurtoren.changes.suspects import Fault, ranked

BEGAN = datetime(2026, 11, 4, 10)


def update(minutes: float = 12, app: str = "verenigingen") -> Change:
    at = BEGAN - timedelta(minutes=minutes)
    return Change(APP, "Changed", app, at, app=app, detail="0.9.1 → 0.9.2")


def patches(minutes: float = 12, app: str = "verenigingen", amount: int = 2) -> Change:
    return Change(PATCHES, "Added", app, BEGAN - timedelta(minutes=minutes), app=app, amount=amount)


def form(minutes: float, name: str = "Member-main-title", about: str = "Member") -> Change:
    return Change("Property Setter", "Changed", name, BEGAN - timedelta(minutes=minutes), about=about)


def first(changes: list[Change], **fault: object) -> Change:
    return ranked(changes, Fault(BEGAN, **fault))[0].changes[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(2))
def test_the_cause_is_among_the_first_three_of_a_corpus(seed: int) -> None:
    assert found(seed) >= 0.9


def test_the_nearer_of_two_is_named_first() -> None:
    assert first([update(300, "hrms"), update(10, "erpnext")]).app == "erpnext"


def test_an_update_of_the_app_that_fails_comes_before_a_nearer_one_of_another() -> None:
    assert first([update(20, "hrms"), update(60)], apps=frozenset({"verenigingen"})).app == "verenigingen"


def test_what_acts_on_the_document_that_fails_comes_first() -> None:
    script = Change("Server Script", "Changed", "check", BEGAN - timedelta(hours=2), about="Sales Invoice")
    assert first([update(30, "hrms"), script], names=frozenset({"Sales Invoice"})) == script


def test_what_changes_every_hour_is_less_likely_than_what_never_did() -> None:
    usual = [form(60 * hours + 5) for hours in range(20)]
    assert first([*usual, form(90, "Member-main-autoname")]).subject == "Member-main-autoname"


def test_of_what_touches_nothing_a_script_comes_before_a_form_and_a_form_before_a_user() -> None:
    script, user = (Change(kind, "Changed", "a", form(9).at) for kind in ("Server Script", "User"))
    assert [each.changes[0] for each in ranked([user, form(9), script], Fault(BEGAN))] == [
        script,
        form(9),
        user,
    ]


def test_what_came_after_the_fault_is_never_named() -> None:
    assert ranked([update(-1)], Fault(BEGAN)) == []


def test_what_was_seen_later_and_may_have_been_before_is_named() -> None:
    seen = Change(
        APP, "Changed", "hrms", BEGAN + timedelta(minutes=2), not_before=BEGAN - timedelta(minutes=2)
    )
    assert ranked([seen], Fault(BEGAN))[0].changes == (seen,)


def test_an_update_and_its_patches_are_one_step() -> None:
    (step,) = ranked([patches(9), update(12), patches(8, amount=1)], Fault(BEGAN))
    assert [each.kind for each in step.changes] == [APP, PATCHES, PATCHES]


def test_patches_belong_to_the_newest_update_before_them() -> None:
    named = ranked([update(25), update(15), patches(14)], Fault(BEGAN))
    assert [list(each.changes) for each in named] == [[update(15), patches(14)], [update(25)]]


def test_patches_of_another_day_are_a_step_of_their_own() -> None:
    assert len(ranked([patches(600), update(12)], Fault(BEGAN))) == 2


def test_a_rule_is_named_where_it_is_the_rule_that_tells() -> None:
    changed = Change(RULE, "Changed", "disk", BEGAN - timedelta(minutes=5))
    assert ranked([changed], Fault(BEGAN, rule="disk")) and not ranked([changed], Fault(BEGAN, rule="cpu"))


def test_what_is_a_week_away_is_not_named() -> None:
    assert ranked([update(8 * 1440)], Fault(BEGAN)) == []
