"""Every page against axe-core's rules of accessibility, light and wide, dark and narrow."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from werkzeug.serving import BaseWSGIServer

from tests.pages.browser import browser as chromium
from tests.pages.browser.test_browser import an_event, server, shared_browser
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rounds import checks

__all__ = ["server", "shared_browser"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (chromium.CHROMIUM and chromium.DRIVER), reason=chromium.MISSING),
]
ASK = """
const done = arguments[0];
const named = (each) => [each.id, each.nodes.map((node) => node.html.slice(0, 200))];
axe.run(document).then(
    (found) => done(found.violations.map(named)),
    (problem) => done([["axe", [String(problem)]]]),
);
"""
PATIENCE_SECONDS = 120
MAIN = "monitoring_dashboard"
PAGES = (
    MAIN,
    *(
        f"{MAIN}/{page}"
        for page in (
            "alerts", "errors", "metrics", "metric/errors.last_hour", "operations", "association", "sepa",
            "rules", "rule/error_rate_hourly", "notifications", "settings", "monitor", "report",
            "search?q=disk", "routines",
        )
    ),
    "monitoring_sepa", "monitoring_sepa?from=2026-01-01&to=2026-12-31", "monitoring_runbook",
    "monitoring_checklist",
    "monitoring_runbook?rule=error_rate_hourly", "monitoring_backtest?rule=error_rate_hourly",
    "app/monitoring-settings", "app/system-alert", "nonsense",
)  # fmt: skip


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_no_page_breaks_a_rule_of_accessibility(
    shared_browser: Any, server: BaseWSGIServer, site: SQLiteSite, scheme: str, width: int
) -> None:
    for number in range(3):
        site.insert("Error Log", {"method": "ValueError: broken", "error": f"ValueError: broken {number}"})
    checks.run_job(site, "tick")
    alert = an_event(site, "Batch 12 was refused")
    kind = site.get_all("Error Kind", ["name"], limit=1)[0]["name"]
    axe = files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
    shared_browser.set_script_timeout(PATIENCE_SECONDS)
    chromium.prefer(shared_browser, scheme)
    chromium.resize(shared_browser, width)
    broken, wide = {}, []
    for page in (*PAGES, f"{MAIN}/alert/{alert}", f"{MAIN}/incident/{alert}", f"{MAIN}/error/{kind}"):
        shared_browser.get(f"http://127.0.0.1:{server.server_port}/{page}")
        shared_browser.execute_script(axe)
        found = shared_browser.execute_async_script(ASK)
        if found:
            broken[page] = found
        if shared_browser.execute_script("return document.documentElement.scrollWidth > innerWidth + 1"):
            wide.append(page)
    assert broken == {}
    assert wide == []
