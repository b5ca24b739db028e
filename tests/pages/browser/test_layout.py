"""What stands beside what, at the widths of a phone, a laptop and a wide screen."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.serving import BaseWSGIServer

from tests.pages.browser import browser as chromium
from tests.pages.browser.test_browser import server, shared_browser
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds import index
from vuurtoren.rounds import checks

__all__ = ["server", "shared_browser"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (chromium.CHROMIUM and chromium.DRIVER), reason=chromium.MISSING),
]
MAIN = "monitoring_dashboard"
FARTHEST_VALUE = 320
UNNAMED = """
return [...document.querySelectorAll(".vm-stackable tbody td")]
    .filter((cell) => /^[\\s–0-9.,]+$/.test(cell.innerText) && cell.innerText.trim())
    .filter((cell) => !cell.querySelector(".vm-value"))
    .filter((cell) => getComputedStyle(cell, "::before").content === "none")
    .map((cell) => cell.closest("tr").innerText);
"""
"""Rows of stacked tables with a bare number in them beside the value that the row is about."""
LABELS_OVER_EACH_OTHER = """
const found = [];
for (const chart of document.querySelectorAll("svg.vm-chart")) {
    const ticks = [...chart.querySelectorAll(".vm-tick[text-anchor=middle]")];
    const boxes = ticks.map((tick) => tick.getBoundingClientRect()).filter((box) => box.width);
    boxes.sort((one, other) => one.left - other.left);
    boxes.forEach((box, at) => at && box.left < boxes[at - 1].right && found.push(chart.id));
}
return found;
"""


class Looker:
    """Somebody who looks at one page after the other."""

    def __init__(self, browser: Any, root: str) -> None:
        self.browser, self.root = browser, root

    def at(self, path: str, width: int) -> Looker:
        chromium.resize(self.browser, width)
        self.browser.get(f"{self.root}/{path}")
        return self

    def asks(self, script: str) -> Any:
        return self.browser.execute_script(script)

    def box(self, selector: str) -> dict[str, float]:
        found = f"document.querySelector('{selector}').getBoundingClientRect()"
        box: dict[str, float] = self.asks(f"return {found}.toJSON()")
        return box


@pytest.fixture
def looker(shared_browser: Any, server: BaseWSGIServer, site: SQLiteSite) -> Looker:
    """On a watched site with an error."""
    for job in ("tick", "daily"):
        checks.run_job(site, job)
    site.insert("Error Log", {"method": "ValueError: broken", "error": "ValueError: broken"})
    site.commit()
    index.index_new_errors(site)
    chromium.prefer(shared_browser, "light")
    return Looker(shared_browser, f"http://127.0.0.1:{server.server_port}")


@pytest.mark.parametrize("width", [390, 1024, 1440, 2560])
def test_the_page_of_sepa_uses_the_width_of_the_page(looker: Looker, width: int) -> None:
    page, sepa = looker.at(f"{MAIN}/sepa", width).box("#vm-sepa"), looker.box(".vm-sepa")
    assert sepa["width"] == pytest.approx(page["width"], abs=1)


@pytest.mark.parametrize("width", [390, 1024, 1440, 2560])
def test_the_value_of_a_setting_stands_near_its_name(looker: Looker, width: int) -> None:
    looker.at(f"{MAIN}/settings", width)
    distances = looker.asks(
        """return [...document.querySelectorAll(".vm-pairs > div")].map((pair) => {
            const [name, value] = [pair.querySelector("dt"), pair.querySelector("dd")];
            return value.getBoundingClientRect().left - name.getBoundingClientRect().left;
        })"""
    )
    assert len(distances) > 15
    assert max(distances) <= FARTHEST_VALUE


@pytest.mark.parametrize("page", ["errors", "rules", "metrics"])
def test_a_number_of_a_stacked_table_says_what_it_is(looker: Looker, page: str) -> None:
    looker.at(f"{MAIN}/{page}", 390)
    assert looker.asks("return document.querySelectorAll('.vm-stackable tbody td').length") > 0
    assert [row for row in looker.asks(UNNAMED) if row] == []


def test_the_labels_below_a_chart_do_not_lie_over_each_other(looker: Looker, site: SQLiteSite) -> None:
    kind = site.get_all("Error Kind", ["name"], limit=1)[0]["name"]
    for width in (390, 1440):
        for page in (f"error/{kind}?range=7d", f"error/{kind}?range=35d", "errors"):
            looker.at(f"{MAIN}/{page}", width)
            assert looker.asks("return document.querySelectorAll('svg.vm-chart').length") > 0, page
            assert looker.asks(LABELS_OVER_EACH_OTHER) == [], (page, width)


def test_the_bar_at_the_foot_of_a_phone_shows_where_one_is(looker: Looker) -> None:
    here = looker.at(f"{MAIN}/monitor", 390).box(".vm-nav [aria-current]")
    assert here["left"] >= 0 and here["right"] <= 390


@pytest.mark.parametrize("width", [390, 1440])
def test_the_settings_can_be_saved_from_everywhere_in_their_form(looker: Looker, width: int) -> None:
    looker.at("app/monitoring-settings", width)
    for down in (0, 1200):
        looker.asks(f"window.scrollTo({{top: {down}, behavior: 'instant'}})")
        button = looker.box(".vm-stuck button")
        foot = looker.box(".vm-nav")["top"] if width < 641 else 900
        assert 0 <= button["top"] and button["bottom"] <= foot
