"""Before its migration a site goes without what the update brings."""

from __future__ import annotations

from pathlib import Path

from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.health import readiness
from vuurtoren.health.runs import DOCTYPE


def test_it_says_what_a_site_keeps(site: SQLiteSite) -> None:
    assert readiness.keeps(site, DOCTYPE)
    assert readiness.keeps(site, DOCTYPE, "job", "notes")
    assert not readiness.keeps(site, DOCTYPE, "job", "of_the_next_release")
    assert not readiness.keeps(site, "Doctype Of The Next Release")


def test_values_of_columns_that_are_not_there_yet_are_left_out(site: SQLiteSite) -> None:
    values = {"job": "x", "of_the_next_release": 1}
    assert readiness.kept_values(site, DOCTYPE, values) == {"job": "x"}
    assert readiness.kept_fields(site, DOCTYPE, values) == ["job"]
    assert readiness.kept_values(site, "Doctype Of The Next Release", values) == {}


def test_columns_of_our_own_are_asked_about_there_alone() -> None:
    """Other tables of ours than those of a settled release have no guard of their own."""
    rooms = ("health", "alerts", "settings", "rules")
    root = Path(readiness.__file__).resolve().parents[1]
    found = {
        path.relative_to(root).as_posix()
        for room in rooms
        for path in (root / room).rglob("*.py")
        if "site.has_field(" in path.read_text("utf-8")
    }
    assert found <= {"health/readiness.py"}
