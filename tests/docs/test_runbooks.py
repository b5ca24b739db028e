"""Every shipped rule has a runbook, every runbook a rule, and all have the same four parts."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.pages.whole import build_page
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.signals.catalogue import BY_KEY, PANELS
from vuurtoren.signals.measuring import collect
from vuurtoren.signals.runbooks import RUNBOOKS

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "vuurtoren" / "pages" / "templates"
LINK = re.compile(r'part\.link\([^"\n]*_\("([^"]+)"\)')
WWW = ROOT / "verenigingen" / "www"
MANUALS = sorted((ROOT / "docs" / "monitoring").glob("*.md"))

PARTS = ["What it means", "How to see it", "What to do", "When it is harmless"]
FILES = {rule: path.read_text("utf-8") for rule, path in RUNBOOKS.items()}


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


# ---- what a runbook promises is there
def page_titles(site: SQLiteSite) -> set[str]:
    """The headings of the page, its sections and the panels in them, and the words of its links."""
    page = build_page(site)
    sections = [getattr(page, name) for name in vars(page) if hasattr(getattr(page, name), "title")]
    links = {text for path in TEMPLATES.glob("*.html") for text in LINK.findall(path.read_text("utf-8"))}
    return {section.title for section in sections} | {panel.title for panel in PANELS} | links


PROMISED = re.compile(r"\*([A-Z][^*\n]+)\*,? on the monitoring page|monitoring page, \*([A-Z][^*\n]+)\*")


@pytest.mark.parametrize("path", [*RUNBOOKS.values(), *MANUALS], ids=lambda path: path.stem)
def test_a_section_of_the_page_that_is_promised_is_there(site: SQLiteSite, path: Path) -> None:
    promised = {one or other for one, other in PROMISED.findall(path.read_text("utf-8"))}
    assert promised <= page_titles(site)


@pytest.mark.parametrize("rule", sorted(FILES))
def test_an_address_of_the_site_that_is_promised_is_there(rule: str) -> None:
    for page in re.findall(r"`/(monitoring_\w+)", FILES[rule]):
        assert (WWW / f"{page}.py").is_file()


def test_what_the_alert_is_said_to_name_is_measured_with_it(site: SQLiteSite) -> None:
    """Slow and failing addresses are promised beside the alerts about them."""
    log = site.site_path() / "logs" / "monitor.json.log"
    log.parent.mkdir(parents=True)
    entry = {
        "site": site.name,
        "timestamp": f"{site.now_utc() - timedelta(minutes=3)}+00:00",
        "transaction_type": "request",
        "uuid": "1",
        "duration": 9_000_000,
        "request": {"path": "/slow", "status_code": 500},
    }
    log.write_text("".join(json.dumps({**entry, "uuid": str(number)}) + "\n" for number in range(20)))
    found = collect(site, ("requests",), fresh=True)
    for rule in ("slow_requests", "failed_requests_hourly"):
        assert "The alert names the addresses" in FILES[rule]
        assert found.get(BY_KEY[rule].metric).evidence[0]["route"] == "/slow"
