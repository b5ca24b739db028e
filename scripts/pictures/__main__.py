"""Takes the pictures of the manual anew, from the demo's week: `python -m scripts.pictures [NAME …]`.

Needs Chromium with chromedriver. Pictures named `desk-…` and those of desk forms come from a bench, by hand.
"""

from __future__ import annotations

import base64
import email
import email.policy
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from scripts.pictures.light_png import lighter
from tests.pages.browser import browser as chromium
from vuurtoren.alerts import assignments, stored_silences
from vuurtoren.alerts.silences import WINDOW
from vuurtoren.backtest import stored_suggestions
from vuurtoren.backtest.suggestions import Suggestion
from vuurtoren.embedded.demo.opening import open_demo
from vuurtoren.embedded.demo.site import DemoSite
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.notifications.routes import stored_routes
from vuurtoren.rounds import checks
from vuurtoren.settings import settings

TREASURER = "penningmeester@vuurtorenwacht.example"
IMAGES = Path(__file__).resolve().parents[2] / "docs" / "monitoring" / "images"
MAIN = "monitoring_dashboard"
TALLEST = 1400


@dataclass(frozen=True)
class Picture:
    """What is shown: a page at a width, all of it or one element, after something was done on it."""

    path: str
    width: int = 1280
    element: str = ""
    before: str = ""
    tallest: int = TALLEST


UNFOLD = "document.querySelectorAll('{}').forEach((each) => (each.open = {}));"
PICTURES: dict[str, Picture] = {
    "dashboard": Picture(MAIN, 1360),
    "alerts-on-the-page": Picture(
        f"{MAIN}/alerts", 980, before=UNFOLD.format("#vm-filters", "false"), tallest=1000
    ),
    "one-alert": Picture(f"{MAIN}/alert/{{slow}}", 1280, tallest=1100),
    "act-on-an-alert": Picture(f"{MAIN}/alerts", 980, ".vm-alert[id^=vm-alert]"),
    "silence-and-maintenance": Picture(
        f"{MAIN}/notifications", 1280, "#vm-muted", UNFOLD.format("#vm-maintenance", "true")
    ),
    "people/who-hears-what": Picture(f"{MAIN}/notifications", 1280, "#vm-routes"),
    "people/checklist": Picture("monitoring_checklist", 1280, tallest=595),
    "suggestion-on-the-page": Picture(f"{MAIN}/monitor", 980, "#vm-recommendations"),
    "backtest": Picture("monitoring_backtest?rule=error_rate_hourly&threshold=12&days=7", 980),
    "daily-report": Picture("report", 660),
    "weekly-digest": Picture("week", 660),
}
"""By the name of the file; `report` and `week` are the newest mail of that sort."""


def main() -> None:
    wanted = sys.argv[1:] or list(PICTURES)
    with tempfile.TemporaryDirectory() as folder, _demo(Path(folder)) as (site, root):
        names = _prepare(site)
        browser = chromium.start()
        try:
            for name in wanted:
                address = _address(Path(folder), root, PICTURES[name].path.format(**names))
                (IMAGES / f"{name}.png").write_bytes(lighter(_taken(browser, PICTURES[name], address)))
                print(f"{name}.png")
        finally:
            browser.quit()


@contextmanager
def _demo(folder: Path) -> Iterator[tuple[DemoSite, str]]:
    made = make_server("127.0.0.1", 0, None, threaded=True)
    root = f"http://127.0.0.1:{made.server_port}"
    os.chdir(folder)
    site = open_demo(Path("demo-data"), root)
    for job in ("tick", "hourly", "daily"):
        checks.run_job(site, job)
    made.app = Application(site, Gate("127.0.0.1", made.server_port))
    threading.Thread(target=made.serve_forever, daemon=True).start()
    try:
        yield site, root
    finally:
        made.shutdown()
        made.server_close()
        site.store.close()


def _prepare(site: DemoSite) -> dict[str, str]:
    """People at work: one alert is assigned, one is muted, a window planned, a rule called noisy."""
    rows = site.get_all("System Alert", ["name", "rule"], {"status": ("!=", "Resolved")})
    by_rule = {str(row["rule"]): str(row["name"]) for row in rows}
    assignments.assign(site, by_rule["backup_age"], TREASURER)
    stored_silences.silence_alert(site, by_rule["dues_schedules_stuck"], 120, "The treasurer is at it")
    starts = site.now().replace(hour=3, minute=0, second=0, microsecond=0) + timedelta(days=1)
    stored_silences.silence(
        site,
        kind=WINDOW,
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
        reason="backup of the whole machine",
        by="Administrator",
        repeats="Daily",
        repeats_until=(starts + timedelta(days=30)).date(),
        spares_critical=True,
    )
    route = {"title": "Penningmeester", "area": "Money", "recipients": TREASURER}
    stored_routes.add(site, settings.read(site), route)
    stored_suggestions.renew(
        site, [Suggestion("queue_depth", "Jobs waiting in a queue", 31, 0, 600, 1800, 2)]
    )
    site.commit()
    return {"slow": by_rule["slow_requests"]}


def _address(folder: Path, root: str, path: str) -> str:
    mails: dict[str, Callable[[str], bool]] = {
        "report": lambda subject: subject.startswith("[REPORT]"),
        "week": lambda subject: subject.startswith("[WEEK]"),
    }
    if path not in mails:
        return f"{root}/{path}"
    newest = ""
    for file in sorted((folder / "demo-data" / "outbox").glob("*.eml")):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        html = message.get_body(("html",))
        if html and mails[path](str(message["Subject"]).strip()):
            newest = str(html.get_content())
    shown = folder / f"{path}.html"
    shown.write_text(newest, "utf-8")
    return shown.as_uri()


def _taken(browser: Any, picture: Picture, address: str) -> bytes:
    chromium.prefer(browser, "light")
    chromium.resize(browser, picture.width)
    browser.get(address)
    if picture.before:
        browser.execute_script(picture.before)
    corner = browser.execute_script(
        "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return [box.left + scrollX, box.top + scrollY, box.width, box.height]",
        picture.element or "html",
    )
    margin = 8 if picture.element else 0
    x, y, width, height = corner
    clip = {"x": max(0, x - margin), "y": max(0, y - margin), "width": width + 2 * margin, "scale": 1}
    clip["height"] = min(height + 2 * margin, picture.tallest)
    asked = {"format": "png", "captureBeyondViewport": True, "clip": clip}
    return base64.b64decode(browser.execute_cdp_cmd("Page.captureScreenshot", asked)["data"])


if __name__ == "__main__":
    main()
