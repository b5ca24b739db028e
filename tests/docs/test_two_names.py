"""No document sends anybody to a command that takes another app of our first name away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *(ROOT / "vuurtoren").rglob("*.md")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_command_uninstalls_an_app_that_may_be_another_one(path: Path) -> None:
    assert not re.search(r"uninstall-app verenigingen\b(?!_)", path.read_text("utf-8"))


def test_the_install_section_says_first_which_of_the_two_ways_is_yours() -> None:
    section = (ROOT / "README.md").read_text("utf-8").split("## Install it in a bench\n")[1]
    first = section.strip().split("\n\n")[0]
    assert "*alone*" in first and "*beside*" in first and "`ls apps`" in first


def test_no_runbook_and_no_rule_names_the_app_by_its_first_name() -> None:
    signals = ROOT / "vuurtoren/signals"
    for path in [*signals.rglob("*.md"), *signals.rglob("rules.py")]:
        assert "verenigingen." not in path.read_text("utf-8"), path
