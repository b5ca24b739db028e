"""Every shipped rule has a runbook, every runbook a rule, and all have the same four parts."""

from __future__ import annotations

import re

import pytest

from verenigingen.alerts.rules import BY_KEY
from verenigingen.alerts.runbooks import FOLDER

PARTS = ["What it means", "How to see it", "What to do", "When it is harmless"]
FILES = {path.stem: path.read_text("utf-8") for path in FOLDER.glob("*.md")}


def test_every_rule_has_a_runbook_and_every_runbook_a_rule() -> None:
    assert set(FILES) == set(BY_KEY)


@pytest.mark.parametrize("rule", sorted(FILES))
def test_a_runbook_is_titled_as_its_rule_and_has_the_four_parts(rule: str) -> None:
    assert re.findall(r"^# (.+)$", FILES[rule], re.M) == [BY_KEY[rule].title]
    assert re.findall(r"^## (.+)$", FILES[rule], re.M) == PARTS


@pytest.mark.parametrize("rule", sorted(FILES))
def test_a_runbook_shows_a_command_and_numbered_steps(rule: str) -> None:
    assert re.search(r"^    \S", FILES[rule], re.M)
    assert re.search(r"^1\. ", FILES[rule], re.M)


def test_a_runbook_names_existing_rules_and_thresholds_only() -> None:
    for text in FILES.values():
        assert set(re.findall(r"rule `([a-z_]+)`", text)) <= set(BY_KEY)
        assert set(re.findall(r"raise `([a-z_]+)` in Monitoring", text)) <= set(BY_KEY)
