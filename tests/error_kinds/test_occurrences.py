"""The single errors of a kind, page by page: each once, and none of another kind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import MovableClock
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds import index
from vuurtoren.error_kinds.occurrences import courses, occurrences


def logged(site: SQLiteSite, clock: MovableClock, kinds: list[str], minutes: int) -> None:
    for kind in kinds:
        site.insert("Error Log", {"method": kind, "error": f"Traceback\n{kind}"})
        clock.move(minutes=minutes)
    site.commit()
    index.index_new_errors(site)


def key_of(site: SQLiteSite, title: str) -> str:
    return str(site.get_all("Error Kind", ["name"], {"title": title})[0]["name"])


def pages(site: SQLiteSite, kind: str, size: int) -> list[list[str]]:
    found, before = [], site.now() + timedelta(hours=1)
    for _page in range(100):
        page = occurrences(site, kind, before, size)
        found.append([each.name for each in page.found])
        if page.older is None:
            return found
        before = page.older
    raise AssertionError("there is always an older page")


def test_every_error_of_the_kind_is_found_once(site: SQLiteSite, clock: MovableClock) -> None:
    logged(site, clock, ["ValueError: one", "KeyError: 'other'"] * 15, minutes=13)
    names = [name for page in pages(site, key_of(site, "ValueError: one"), 4) for name in page]
    wanted = site.get_all("Error Log", ["name"], {"method": "ValueError: one"})
    assert sorted(names) == sorted(str(row["name"]) for row in wanted)


def test_errors_of_one_moment_stay_on_one_page(site: SQLiteSite, clock: MovableClock) -> None:
    logged(site, clock, ["ValueError: one"] * 9, minutes=0)
    names = [name for page in pages(site, key_of(site, "ValueError: one"), 4) for name in page]
    assert len(names) == len(set(names)) == 9


def test_the_course_of_a_kind_counts_by_the_hour(site: SQLiteSite, clock: MovableClock) -> None:
    logged(site, clock, ["ValueError: one"] * 3, minutes=60)
    kind = key_of(site, "ValueError: one")
    assert sorted(courses(site, [kind])[kind].values()) == [1, 1, 1]


def test_a_flood_of_others_hides_none_of_them(
    site: SQLiteSite, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vuurtoren.error_kinds.occurrences.LOOKED_THROUGH", 5)
    logged(site, clock, ["ValueError: one", *["KeyError: 'other'"] * 8, "ValueError: one"], minutes=1)
    assert [len(page) for page in pages(site, key_of(site, "ValueError: one"), 4)].count(0) < 5
    names = [name for page in pages(site, key_of(site, "ValueError: one"), 4) for name in page]
    assert len(names) == 2
