"""The page “What would this have done?”, asked over HTTP and looked at in a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import Client

from tests.pages.browser import browser as chromium
from tests.pages.browser.test_browser import server, shared_browser  # noqa: F401
from verenigingen.www import monitoring_backtest
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.whitelist import Refused
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName

METHOD = "/api/method/verenigingen.www.monitoring_backtest."
Get = Callable[..., Any]


@pytest.fixture
def gate() -> Gate:
    return Gate("127.0.0.1", 8000)


@pytest.fixture
def client(site: SQLiteSite, gate: Gate) -> Client:
    return Client(Application(site, gate))


@pytest.fixture
def get(client: Client) -> Get:
    def asked(path: str, **given: object) -> Any:
        return client.get(f"{path}?{urlencode(given)}", headers={"Host": "127.0.0.1:8000"})

    return asked


@pytest.fixture
def remembered(site: SQLiteSite) -> SQLiteSite:
    """Two days of samples of errors.last_hour with one high hour."""
    now = site.now()
    samples = [
        (now - timedelta(minutes=minute), 40.0 if 360 < minute < 420 else 3.0)
        for minute in range(2880, 0, -1)
    ]
    history.backfill(site, "errors", {SeriesName("errors.last_hour"): samples})
    return site


def test_the_page_shows_the_alerts_the_suggestion_and_the_chart(remembered: SQLiteSite, get: Get) -> None:
    html = get("/monitoring_backtest", rule="error_rate_hourly").get_data(as_text=True)
    for part in ("Alerts that it would have opened in 2", "At most one alert a week", "<svg", "vm-mark"):
        assert part in html


def test_a_number_without_labels_has_no_column_for_them(remembered: SQLiteSite, get: Get) -> None:
    html = get("/monitoring_backtest", rule="error_rate_hourly").get_data(as_text=True)
    assert '<thead><tr><th scope="col">From</th>' in html


def test_labels_have_a_column_where_there_are_some(site: SQLiteSite, get: Get) -> None:
    moments = [site.now() - timedelta(minutes=minute) for minute in range(2880, 0, -1)]
    depth = [(at, 5000.0 if 360 < number < 420 else 0.0) for number, at in enumerate(moments)]
    history.backfill(site, "queues", {SeriesName("queue.depth", (("queue", "long"),)): depth})
    html = get("/monitoring_backtest", rule="queue_depth").get_data(as_text=True)
    assert '<thead><tr><th scope="col">Which</th>' in html and "<td>queue=long</td>" in html


def test_less_than_two_days_are_told_in_hours_and_minutes(site: SQLiteSite, get: Get) -> None:
    samples = [(site.now() - timedelta(minutes=minute), 3.0) for minute in range(40, 0, -1)]
    history.backfill(site, "errors", {SeriesName("errors.last_hour"): samples})
    html = get("/monitoring_backtest", rule="error_rate_hourly").get_data(as_text=True)
    assert "opened no alert in 39 min." in html


def test_the_page_without_a_question_shows_the_form(get: Get) -> None:
    html = get("/monitoring_backtest").get_data(as_text=True)
    assert '<option value="error_rate_hourly"' in html
    assert "vm-backtest-answer" not in html


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rule": "<script>alert(1)</script>"}, "There is no rule &#39;&lt;script&gt;"),
        ({"rule": "error_rate_hourly", "threshold": '"><b>'}, "is not a number"),
        ({"rule": "error_rate_hourly", "days": "1e9"}, "days: a number from 1 to 366"),
        ({"rule": "error_rate_hourly"}, "Nothing is stored of errors.last_hour"),
    ],
)
def test_what_cannot_be_answered_is_said_and_escaped(get: Get, given: dict[str, str], said: str) -> None:
    answer = get("/monitoring_backtest", **given)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert said in html
    assert "<script>alert" not in html and '"><b>' not in html


def test_the_method_answers_with_data(remembered: SQLiteSite, get: Get) -> None:
    answer = get(METHOD + "backtest_rule", rule="error_rate_hourly", threshold="50", days=30)
    assert answer.status_code == 200
    assert answer.get_json()["message"]["alerts"] == 0


def test_the_method_refuses_an_unknown_rule(get: Get) -> None:
    answer = get(METHOD + "backtest_rule", rule="nonsense")
    assert (answer.status_code, "There is no rule" in answer.get_json()["exception"]) == (409, True)


def test_a_form_is_tried_before_it_is_saved(remembered: SQLiteSite, client: Client, gate: Gate) -> None:
    record = {"rule_key": "mine", "enabled": 1, "title": "<b>Mine</b>", "metric": "errors.last_hour"}
    record |= {"operator": ">", "threshold": "30", "severity": "LOW"}
    headers = {"Host": "127.0.0.1:8000", "X-Frappe-CSRF-Token": gate.token}
    answer = client.post(METHOD + "backtest_form", data={"record": json.dumps(record)}, headers=headers)
    told = answer.get_json()["message"]
    assert (told["alerts"], "<svg" in told["html"], "<b>Mine" in told["html"]) == (1, True, False)
    refused = client.post(METHOD + "backtest_form", data={"record": "[]"}, headers=headers)
    assert refused.status_code == 409
    assert remembered.count("Alert Rule") == 0


@pytest.mark.parametrize("record", ["[" * 19_000, '{"a":' * 3000, {}, ["a"], None, 5])
def test_a_form_that_is_no_form_is_refused(remembered: SQLiteSite, record: Any) -> None:
    with pytest.raises(Refused, match="field values"):
        monitoring_backtest.backtest_form(record)


@pytest.mark.browser
@pytest.mark.skipif(not (chromium.CHROMIUM and chromium.DRIVER), reason=chromium.MISSING)
def test_a_browser_tries_another_threshold_without_a_script(
    remembered: SQLiteSite,
    shared_browser: Any,  # noqa: F811
    server: Any,  # noqa: F811
) -> None:
    chromium.resize(shared_browser, 1200)
    shared_browser.get(f"http://127.0.0.1:{server.server_port}/monitoring_backtest?rule=error_rate_hourly")
    chart, mark = (shared_browser.find_element("css selector", css) for css in (".vm-chart", ".vm-mark"))
    assert chart.size["width"] > 400 and mark.size["height"] > 50
    field = shared_browser.find_element("name", "threshold")
    field.send_keys("55")
    field.submit()
    text = shared_browser.find_element("tag name", "main").text
    assert "It would have opened no alert" in text
    assert not [entry for entry in shared_browser.get_log("browser") if entry["level"] == "SEVERE"]


@pytest.mark.browser
@pytest.mark.skipif(not (chromium.CHROMIUM and chromium.DRIVER), reason=chromium.MISSING)
def test_it_fits_on_a_phone(
    remembered: SQLiteSite,
    shared_browser: Any,  # noqa: F811
    server: Any,  # noqa: F811
) -> None:
    chromium.resize(shared_browser, 390, 844)
    shared_browser.get(f"http://127.0.0.1:{server.server_port}/monitoring_backtest?rule=error_rate_hourly")
    assert shared_browser.execute_script("return document.documentElement.scrollWidth") <= 390
