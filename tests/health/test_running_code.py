"""After an update an old process says that it has to be restarted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.health import running_code
from vuurtoren.health.running_code import RunningCode
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.sections import monitor


@pytest.fixture(autouse=True)
def looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_code, "LOOKED_AT_EVERY_SECONDS", 0.0)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "page.py").write_text("old")
    return tmp_path


def test_the_code_that_it_began_with_is_up_to_date(code: Path) -> None:
    assert not RunningCode(code).outdated()


def test_a_file_written_anew_and_a_file_that_came_or_went_are_noticed(code: Path) -> None:
    page, began = code / "page.py", RunningCode(code)
    os.utime(page, ns=(0, page.stat().st_mtime_ns + 1))
    assert began.outdated()
    began = RunningCode(code)
    (code / "new.html").write_text("")
    os.utime(code / "new.html", ns=(0, 0))
    assert began.outdated()
    began = RunningCode(code)
    page.unlink()
    assert began.outdated()


def test_what_is_no_code_does_not_matter(code: Path) -> None:
    began = RunningCode(code)
    (code / "page.pyc").write_text("")
    (code / "notes.txt").write_text("")
    assert not began.outdated()


def test_the_page_says_that_a_restart_is_needed(
    site: SQLiteSite, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_code, "THIS_PROCESS", RunningCode(code))
    assert monitor.outdated_code(Facts(site)) == []
    (code / "page.py").unlink()
    (said,) = monitor.outdated_code(Facts(site))
    assert "restart needed" in said.said and said.level == "warning"
