"""The demo's pages: what the server takes for them, what they weigh, and when Chromium shows something."""

from __future__ import annotations

import gzip
import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from benchmarks.measuring import Row, Timing, milliseconds, timed
from tests.pages.browser import browser as chromium
from vuurtoren.composition import use_site
from vuurtoren.embedded.demo.opening import open_demo
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.pages.frame import site_map
from vuurtoren.pages.methods import api
from vuurtoren.rounds import checks
from vuurtoren.site.protocol import Site

TIMES, LOADS = 15, 6
MAIN = "monitoring_dashboard"
FIRST_PAINT = "return performance.getEntriesByName('first-contentful-paint')[0].startTime"
SHIFTS = """
let sum = 0;
new PerformanceObserver((list) => list.getEntries().forEach((one) => (sum += one.value)))
    .observe({type: "layout-shift", buffered: true});
const done = arguments[arguments.length - 1];
setTimeout(() => done(sum), 200);
"""


class QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *arguments: Any) -> None:
        pass


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, _demo(Path(folder)) as (site, root):
        yield from _server(site)
        yield from _weight(site)
        if chromium.CHROMIUM and chromium.DRIVER:
            yield from _browser(f"{root}/{MAIN}")
        else:
            yield Row("in Chromium", "the demo", f"not measured: {chromium.MISSING}")


def _server(site: Site) -> Iterator[Row]:
    now = timed(lambda: site_map.serve(site, "", {}, {}), TIMES)
    yield Row.of("the page Now on the server", "the demo", now, goal="median at most 80 ms")
    asked = timed(lambda: api.refresh_dashboard_data(site), TIMES)
    yield Row.of("the dashboard's API, warm", "the demo", asked, goal="p95 at most 10 ms")


def _weight(site: Site) -> Iterator[Row]:
    html = site_map.serve(site, "", {}, {}).body.encode()
    packed = f"{len(gzip.compress(html)) / 1000:.1f} kB"
    yield Row("Now, gzipped", "the demo", packed, goal="", compared=f"{len(html) / 1000:.0f} kB as it is")
    again = len(gzip.compress(site_map.content(site, f"/{MAIN}").encode())) / 1000
    yield Row("a refresh of Now, all of it, gzipped", "the demo", f"{again:.1f} kB", goal="at most 10 kB")


def _browser(address: str) -> Iterator[Row]:
    browser = chromium.start()
    try:
        chromium.resize(browser, 1440)
        painted, shifted = [], []
        for _time in range(LOADS):
            browser.get(address)
            shifted.append(float(browser.execute_async_script(SHIFTS)))
            painted.append(float(browser.execute_script(FIRST_PAINT)))
        warm = Timing(tuple(painted[1:]), (0.0,))
        first = milliseconds(statistics.median(warm.wall_ms))
        goal = "at most 300 ms"
        yield Row("first contentful paint of Now, warm", "Chromium", first, milliseconds(warm.p95_ms), goal)
        yield Row("cumulative layout shift of Now", "Chromium", f"{max(shifted):g}", goal="0")
    finally:
        browser.quit()


@contextmanager
def _demo(folder: Path) -> Iterator[tuple[Site, str]]:
    made = make_server("127.0.0.1", 0, None, threaded=True, request_handler=QuietHandler)
    root = f"http://127.0.0.1:{made.server_port}"
    site = open_demo(folder / "data", root)
    checks.run_job(site, "tick")
    made.app = Application(site, Gate("127.0.0.1", made.server_port))
    threading.Thread(target=made.serve_forever, daemon=True).start()
    try:
        yield site, root
    finally:
        made.shutdown()
        made.server_close()
        use_site(None)
        site.store.close()
