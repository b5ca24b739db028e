"""Every page of the small site: what it answers, for whom, and whatever is stored or typed."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from tests.conftest import Evaluate, MovableClock, RememberingPostman
from tests.pages.reading import Html
from vuurtoren import carrier
from vuurtoren.alerts import alerts
from vuurtoren.alerts.events import record_event
from vuurtoren.audit.anchors.choices import RECIPIENTS_KEY
from vuurtoren.embedded.server.gate import TOKEN_HEADER, Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds import index
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.learned import learning
from vuurtoren.metrics.subject import Subject
from vuurtoren.outward.page_paths import path_of_alert
from vuurtoren.pages.frame.site_map import ROUTES
from vuurtoren.rounds import checks
from vuurtoren.settings.settings import DOCTYPE as SETTINGS
from vuurtoren.settings.settings import Settings
from vuurtoren.signals.catalogue import BY_KEY
from vuurtoren.site.values import Statement, Statements

ROOT = "/monitoring_dashboard"
LISTS = [f"{ROOT}/{route.key}".rstrip("/") for route in ROUTES if not route.about_one]
EVIL = "\"'><evil onload=alert(1)>{{ 7 * 7 }}{index}{next}"
ASKED = ("q", "range", "from", "to", "page", "which", "try", "before")
TRACEBACK = "Traceback (most recent call last):\n  File x\nValueError: broken"
TOKEN = "the-token-of-this-server"


class Visitor:
    """Somebody on this machine who opens pages and sends their forms."""

    def __init__(self, site: SQLiteSite, password: str = "") -> None:
        self.client = Client(Application(site, Gate("127.0.0.1", 8000, password, token=TOKEN)))

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers={"Host": "127.0.0.1:8000"})

    def post(self, path: str, **form: Any) -> TestResponse:
        return self.client.post(path, data=form, headers={"Host": "127.0.0.1:8000", TOKEN_HEADER: TOKEN})


@pytest.fixture
def visitor(site: SQLiteSite) -> Iterator[Visitor]:
    yield Visitor(site)


def watched(site: SQLiteSite) -> SQLiteSite:
    for job in ("tick", "hourly", "daily"):
        checks.run_job(site, job)
    return site


def an_alert(site: SQLiteSite, message: str = "Batch 12 was refused", severity: str = "HIGH") -> str:
    name = record_event(site, Settings(), message[:60], severity, message, {"which": message})
    site.commit()
    return name


def an_error(site: SQLiteSite, title: str = "ValueError: no signature date", error: str = "") -> str:
    name = site.insert("Error Log", {"method": title, "error": error or f"Traceback\n{title}"})
    site.commit()
    index.index_new_errors(site)
    return str(name)


def a_kind(site: SQLiteSite) -> str:
    return str(site.get_all("Error Kind", ["name"])[0]["name"])


def about_one(site: SQLiteSite) -> list[str]:
    """A page about one of each kind of thing."""
    return [
        f"{ROOT}/alert/{an_alert(site)}",
        f"{ROOT}/error/{a_kind(site)}",
        f"{ROOT}/metric/host.memory_percent",
        f"{ROOT}/rule/error_rate_hourly?try=3",
    ]


@pytest.mark.parametrize("path", LISTS)
def test_every_page_opens_on_an_empty_site(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert Html(answer.text).unbalanced == []


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/monitoring_sepa", "SEPA"),
        ("/monitoring_runbook?rule=queue_depth", "Rules"),
        ("/monitoring_backtest?rule=queue_depth", "Rules"),
        ("/monitoring_checklist", "Monitor"),
        (f"{ROOT}/rule/queue_depth", "Rules"),
        (f"{ROOT}/sepa", "SEPA"),
    ],
)
def test_a_page_says_where_in_the_navigation_it_stands(visitor: Visitor, path: str, place: str) -> None:
    assert re.findall(r'aria-current="page">([^< ]+)', visitor.get(path).text) == [place]


@pytest.mark.parametrize("path", LISTS)
def test_every_page_opens_on_a_watched_site_and_uses_every_id_once(
    site: SQLiteSite, visitor: Visitor, path: str
) -> None:
    watched(site)
    an_alert(site)
    an_error(site)
    read = Html(visitor.get(path).text)
    assert read.unbalanced == [] and read.open == []
    assert len(read.ids()) == len(set(read.ids()))
    assert len(read.with_tag("h1")) == 1


def test_every_page_about_one_thing_opens(site: SQLiteSite, visitor: Visitor) -> None:
    an_error(site)
    for path in about_one(watched(site)):
        assert visitor.get(path).status_code == 200, path


@pytest.mark.parametrize("path", LISTS)
def test_every_page_is_named_in_its_tab_with_the_count(site: SQLiteSite, visitor: Visitor, path: str) -> None:
    an_alert(site)
    head = [each for _tag, each in Html(visitor.get(path).text).elements if each.get("id") == "vm-head"]
    assert str(head[0]["data-title"]).startswith("(1) ")


def test_every_link_of_every_page_leads_somewhere(site: SQLiteSite, visitor: Visitor) -> None:
    watched(site)
    an_error(site)
    followed: set[str] = set()
    for path in [*LISTS, *about_one(site)]:
        links = set(re.findall(r'href="(/[^"#]*)', visitor.get(path).text)) - followed
        followed |= links
        for link in sorted(links):
            assert visitor.get(link.replace("&amp;", "&")).status_code == 200, (path, link)


@pytest.mark.parametrize("path", [*LISTS, f"{ROOT}/metric/host.memory_percent", f"{ROOT}/rule/cpu"])
def test_markup_in_stored_texts_stays_text(site: SQLiteSite, visitor: Visitor, path: str) -> None:
    watched(site)
    name = an_alert(site, EVIL)
    alerts.acknowledge(site, name, EVIL)
    an_error(site, EVIL)
    site.commit()
    for each in (path, f"{ROOT}/alert/{name}", f"{ROOT}/error/{a_kind(site)}"):
        elements = Html(visitor.get(each).text).elements
        assert "evil" not in {tag for tag, _attributes in elements}
        assert not [key for _tag, attributes in elements for key in attributes if key.startswith("on")]


@pytest.mark.parametrize(
    "name", ["state", "severity", "area", "rule", "person", "text", "from", "to", "page", "as"]
)
def test_markup_in_the_address_stays_text(visitor: Visitor, name: str) -> None:
    elements = Html(visitor.get(f"{ROOT}/alerts?{name}={quote(EVIL)}").text).elements
    assert "evil" not in {tag for tag, _attributes in elements}


@given(
    st.text(max_size=60),
    st.dictionaries(st.sampled_from(ASKED), st.text(max_size=30)),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_address_has_an_answer(visitor: Visitor, path: str, asked: dict[str, str]) -> None:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
    for page in ("metric/host.memory_percent", "alerts", "search", "rule/cpu", quote(path, safe="")):
        assert visitor.get(f"{ROOT}/{page}?{query}").status_code < 500


def test_a_page_that_is_not_there_says_so(visitor: Visitor) -> None:
    for path in ("nothing", "alert/none", "alert", "metric/none.such", "error/none", "rule/none", "alerts/x"):
        assert visitor.get(f"{ROOT}/{path}").status_code == 404, path


def test_two_hundred_alerts_stand_on_several_pages(site: SQLiteSite, visitor: Visitor) -> None:
    for number in range(200):
        an_alert(site, f"Batch number {number} was refused", "LOW")
    first = visitor.get(f"{ROOT}/alerts").text
    assert "1 to 25 of 200" in first
    assert "26 to 50 of 200" in visitor.get(f"{ROOT}/alerts?page=2").text
    assert len(visitor.get(f"{ROOT}/alerts?as=csv").text.splitlines()) == 201


def test_nobody_without_the_password_sees_anything_of_the_site(site: SQLiteSite) -> None:
    an_alert(site)
    stranger = Visitor(site, "a-long-enough-password")
    for path in LISTS:
        answer = stranger.get(path)
        assert answer.status_code == 401
        assert "attention" not in answer.text


def test_the_course_of_an_error_has_its_alerts_and_changes_marked(
    site: SQLiteSite, visitor: Visitor, clock: MovableClock
) -> None:
    for number in range(12):
        an_error(site, error=f"Traceback\nValueError: no signature date {number}")
    an_error(site, "KeyError: another")
    checks.run_job(site, "tick")
    site.commit()
    clock.move(minutes=10)
    by_title = {row["title"]: row["name"] for row in site.get_all("Error Kind", ["name", "title"])}
    marked = {
        title: visitor.get(f"{ROOT}/error/{name}?range=24h").text.partition("<main")[2].count('"vm-mark"')
        for title, name in by_title.items()
    }
    assert marked == {"ValueError: no signature date": 2, "KeyError: another": 1}, "many, and new; new alone"


def test_what_is_over_speaks_of_the_past_on_every_page(
    site: SQLiteSite, visitor: Visitor, judge: Evaluate, clock: MovableClock
) -> None:
    rule = replace(BY_KEY["error_rate_hourly"], keep_firing_seconds=0)
    (name,) = judge(12, rule).opened
    site.commit()
    present, past = "12 errors in the last hour", "It was open for 12 min: 12 errors in the last hour"
    for page in (f"alert/{name}", f"incident/{name}", "alerts"):
        assert past not in Html(visitor.get(f"{ROOT}/{page}").text).text(), page
    clock.move(minutes=12)
    judge(0, rule)
    site.commit()
    for page in (f"alert/{name}", f"incident/{name}", "alerts?state=ended", "alerts"):
        said = Html(visitor.get(f"{ROOT}/{page}").text).text("vm-main")
        dated = re.sub(rf"Opened[^·]{{0,40}}?{present}", "", said.replace(past, ""))
        assert past in said and present not in dated, page


def test_who_resolves_is_answered_with_the_title_of_what_is_over(
    site: SQLiteSite, visitor: Visitor, judge: Evaluate
) -> None:
    (name,) = judge(12, BY_KEY["error_rate_hourly"]).opened
    site.commit()
    answer = visitor.post(f"{ROOT}/alert/{name}", action="resolve", alert=name)
    assert Html(answer.text).text("vm-notice") == "Resolved: Errors in the last hour"


def test_the_monitor_names_its_version_and_how_it_tests_itself(visitor: Visitor) -> None:
    said = Html(visitor.get(f"{ROOT}/monitor").text).text("vm-version")
    assert f"{carrier.app_name()} {carrier.app_version()}" in said
    assert "python -m verenigingen status" in said and "python -m verenigingen accept" in said


def test_a_refresh_brings_what_the_page_has(site: SQLiteSite, visitor: Visitor) -> None:
    name = an_alert(site)
    here = quote(f"{ROOT}/alerts?severity=HIGH", safe="")
    method = "/api/method/verenigingen.www.monitoring_dashboard.get_dashboard_html"
    content = visitor.get(f"{method}?here={here}").json["message"]
    assert f"vm-alert-{name}" in content and "<script" not in content


def test_a_refresh_brings_nothing_when_only_time_has_passed(
    site: SQLiteSite, visitor: Visitor, clock: MovableClock
) -> None:
    an_alert(site)
    method = "/api/method/verenigingen.www.monitoring_dashboard.get_dashboard_html?here=/monitoring_dashboard"
    (digest,) = re.findall(r'data-digest="([0-9a-f]{16})"', visitor.get(f"{method}/alerts").json["message"])
    clock.move(seconds=20)
    assert visitor.get(f"{method}/alerts&seen={digest}").json["message"] == ""
    assert visitor.get(f"{method}/errors&seen={digest}").json["message"]
    an_alert(site)
    assert visitor.get(f"{method}/alerts&seen={digest}").json["message"]


def test_a_planned_window_stands_in_the_header_of_every_page_and_ends_there(
    site: SQLiteSite, visitor: Visitor
) -> None:
    visitor.post(f"{ROOT}/rules", action="maintenance", minutes="30", note="update")
    page = visitor.get(f"{ROOT}/rules").text
    assert "Nobody is told." in page
    (name,) = re.findall(r'name="silence" value="([^"]+)"', page)
    visitor.post(f"{ROOT}/rules", action="end_silence", silence=name)
    assert "Nobody is told." not in visitor.get(f"{ROOT}/rules").text


class TestAlerts:
    def test_the_tabs_part_what_is_open_from_what_has_ended(self, site: SQLiteSite, visitor: Visitor) -> None:
        open_one, ended = an_alert(site, "still open"), an_alert(site, "over by now")
        alerts.resolve(site, ended, "done")
        site.commit()
        assert f'id="vm-alert-{ended}"' not in visitor.get(f"{ROOT}/alerts").text
        page = visitor.get(f"{ROOT}/alerts?state=ended").text
        assert f"vm-over-{ended}" in page and f"vm-alert-{open_one}" not in page

    def test_each_filter_leaves_the_others_out(self, site: SQLiteSite, visitor: Visitor) -> None:
        low, high = an_alert(site, "a small one", "LOW"), an_alert(site, "a large one", "HIGH")
        alerts.acknowledge(site, high, "")
        site.commit()
        for asked in ("severity=HIGH", "person=Administrator", "text=LARGE", "state=acknowledged"):
            page = visitor.get(f"{ROOT}/alerts?{asked}").text
            assert f'id="vm-alert-{high}"' in page and f'id="vm-alert-{low}"' not in page, asked
        tomorrow = f"{site.now() + timedelta(days=1):%Y-%m-%d}"
        assert f'id="vm-alert-{high}"' not in visitor.get(f"{ROOT}/alerts?from={tomorrow}").text

    def test_a_muted_alert_stands_under_muted_only(self, site: SQLiteSite, visitor: Visitor) -> None:
        muted, other = an_alert(site, "muted one"), an_alert(site, "other one")
        visitor.post(f"{ROOT}/alerts", action="silence", alert=muted, minutes="120", note="known")
        page = visitor.get(f"{ROOT}/alerts?state=muted").text
        assert f'id="vm-alert-{muted}"' in page and f'id="vm-alert-{other}"' not in page

    def test_a_silence_is_taken_off_and_a_window_is_ended(self, site: SQLiteSite, visitor: Visitor) -> None:
        visitor.post(f"{ROOT}/alerts", action="silence", alert=an_alert(site), minutes="120", note="known")
        visitor.post(f"{ROOT}/alerts", action="maintenance", minutes="30", note="update")
        page = visitor.get(f"{ROOT}/notifications").text
        assert sorted(re.findall(r'value="end_silence">([^<]+)<span', page)) == ["End now", "Unmute"]

    def test_many_are_acknowledged_at_once(self, site: SQLiteSite, visitor: Visitor) -> None:
        first, second, third = (an_alert(site, text) for text in ("one", "two", "three"))
        picked = {f"pick.{first}": "1", f"pick.{second}": "1"}
        answer = visitor.post(f"{ROOT}/alerts", bulk="acknowledge", note="on it", **picked)
        assert "Done for 2 of 2 alerts." in answer.text
        rows = {row["name"]: row["status"] for row in site.get_all("System Alert", ["name", "status"])}
        assert rows == {first: "Acknowledged", second: "Acknowledged", third: "Active"}

    def test_one_that_refuses_stops_no_other(self, site: SQLiteSite, visitor: Visitor) -> None:
        first, second = an_alert(site, "one"), an_alert(site, "two")
        alerts.acknowledge(site, first, "")
        site.commit()
        picked = {f"pick.{first}": "1", f"pick.{second}": "1"}
        answer = visitor.post(f"{ROOT}/alerts", bulk="acknowledge", **picked)
        assert "Done for 1 of 2 alerts." in answer.text

    def test_a_spreadsheet_takes_no_cell_for_a_formula(self, site: SQLiteSite, visitor: Visitor) -> None:
        an_alert(site, "=cmd|' /C calc'!A0")
        assert ",=cmd" not in visitor.get(f"{ROOT}/alerts?as=csv").text

    def test_a_message_leads_to_the_page_of_its_alert(
        self, site: SQLiteSite, visitor: Visitor, postman: RememberingPostman
    ) -> None:
        name = an_alert(site)
        checks.run_job(site, "tick")
        assert any(
            path_of_alert(name) in mail.text and path_of_alert(name) in mail.html for mail in postman.sent
        )
        assert "Batch 12 was refused" in visitor.get(f"/{path_of_alert(name)}").text

    def test_what_was_done_can_be_undone(self, site: SQLiteSite, visitor: Visitor) -> None:
        name = an_alert(site)
        page = visitor.post(
            f"{ROOT}/alert/{name}", action="silence", alert=name, minutes="120", note="known"
        ).text
        undo = page.split('"vm-act vm-undo"')[1].split("</form>")[0]
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', undo))
        assert fields["action"] == "end_silence"
        visitor.post(f"{ROOT}/alert/{name}", **fields)
        assert f'id="vm-alert-{name}"' not in visitor.get(f"{ROOT}/alerts?state=muted").text


class TestRules:
    def test_a_threshold_is_changed_beside_what_it_would_have_done_and_undone(
        self, site: SQLiteSite, visitor: Visitor
    ) -> None:
        watched(site)
        path = f"{ROOT}/rule/error_rate_hourly"
        assert "vm-backtest-answer" in visitor.get(f"{path}?try=3").text
        page = visitor.post(path, action="change_rule", rule="error_rate_hourly", threshold="3").text
        assert (site.get("Alert Rule", "error_rate_hourly") or {})["threshold"] == "3"
        undo = page.split('"vm-act vm-undo"')[1].split("</form>")[0]
        visitor.post(path, **dict(re.findall(r'name="(\w+)" value="([^"]*)"', undo)))
        assert (site.get("Alert Rule", "error_rate_hourly") or {})["threshold"] == "10"

    def test_every_deviation_is_listed(self, site: SQLiteSite, visitor: Visitor) -> None:
        visitor.post(f"{ROOT}/rule/cpu", action="change_rule", rule="cpu", enabled="0")
        changed = visitor.get(f"{ROOT}/rules?show=changed").text
        assert "/rule/cpu" in changed and "/rule/disk" not in changed

    def test_a_threshold_that_is_none_is_refused_with_a_sentence(
        self, site: SQLiteSite, visitor: Visitor
    ) -> None:
        answer = visitor.post(f"{ROOT}/rule/cpu", action="change_rule", rule="cpu", threshold="many")
        assert answer.status_code == 200 and site.get("Alert Rule", "cpu") is None


class TestNumbers:
    def test_the_course_is_drawn_for_the_range_in_the_address(
        self, site: SQLiteSite, visitor: Visitor, clock: MovableClock
    ) -> None:
        for _hour in range(5):
            checks.run_job(site, "tick")
            clock.move(hours=1)
        path = f"{ROOT}/metric/errors.last_hour"
        assert "<path" in visitor.get(f"{path}?range=24h").text.split('id="vm-chart-course', 1)[1]
        assert "Nothing is stored of this range." in visitor.get(f"{path}?from=2001-01-01&to=2001-01-02").text

    def test_its_points_are_had_as_csv_and_json(self, site: SQLiteSite, visitor: Visitor) -> None:
        watched(site)
        path = f"{ROOT}/metric/errors.last_hour"
        assert visitor.get(f"{path}?as=csv").text.startswith("time,errors.last_hour")
        answer = visitor.get(f"{path}?as=json")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.json["unit"] == "errors" or answer.json["unit"]

    def test_a_month_is_drawn_by_the_hour_and_a_year_by_the_day(
        self, site: SQLiteSite, visitor: Visitor
    ) -> None:
        past = [(site.now() - timedelta(hours=hours), float(hours % 24)) for hours in range(1, 24 * 40)]
        history.backfill(site, "errors", {SeriesName("errors.last_hour"): past})
        path = f"{ROOT}/metric/errors.last_hour"
        month = visitor.get(f"{path}?range=30d&as=csv").text.splitlines()
        assert month[0].endswith("lowest,highest,samples")
        assert len(month) == 24 * 30 + 1
        year = visitor.get(f"{path}?range=1y&as=csv").text.splitlines()
        assert len(year) in (41, 42) and year[5].endswith(",0.0,23.0,24")
        assert "vm-spread" in visitor.get(f"{path}?range=1y").text

    def test_what_is_usual_is_drawn_and_where_it_leads_is_said(
        self, site: SQLiteSite, visitor: Visitor
    ) -> None:
        name, now = SeriesName("host.disk_percent"), site.now()
        past = [(now - timedelta(hours=hours), 80 - hours / 48) for hours in range(24 * 40)]
        history.backfill(site, "%", {name: past})
        learning.learn(site, name, "%")
        site.commit()
        page = visitor.get(f"{ROOT}/metric/host.disk_percent?range=24h").text
        assert 'class="vm-usual"' in page and "green: what is usual" in page
        assert re.search(r"Wednesdays at 10:00 usually \S+ % to \S+ %\.", page)
        assert re.search(r"90 % is reached on \d+ Nov \(80 %: \d+ Nov to \d+ Nov\)\.", page)
        assert 'class="vm-usual"' not in visitor.get(f"{ROOT}/metric/host.disk_percent?range=1y").text

    def test_what_was_found_stands_in_its_column(
        self, site: SQLiteSite, visitor: Visitor, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also where rows of one number say different things."""
        for times in (10, 13):
            ran = Statement("d", "SELECT `name` FROM `tabMember`", times, times * 2500.0, times * 400, None)
            monkeypatch.setattr(SQLiteSite, "statements", lambda _site, ran=ran: Statements((ran,), 0))
            clock.move(minutes=5)
            checks.run_job(site, "tick")
        page = visitor.get(f"{ROOT}/metric/database.slowest_statement_ms").text
        found = page.split("What was found</h2>", 1)[1]
        heads = re.findall(r'<th scope="col">(.*?)</th>', found)
        rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in found.split("<tr>")[2:]]
        cells = [dict(zip(heads, row, strict=True)) for row in rows]
        assert "tabMember" in cells[0]["statement"]
        assert (cells[0]["times"], cells[0]["mean ms"], cells[0]["rows examined"]) == ("3", "2500.0", "1200")
        assert cells[1]["counted since"] == "2026-11-04 10:05:00" and not cells[1]["statement"]

    def test_a_small_size_stands_beside_what_it_was(
        self, site: SQLiteSite, visitor: Visitor, clock: MovableClock
    ) -> None:
        folder = site.folder / "private" / "backups"
        folder.mkdir(parents=True)
        dump = gzip.compress(b"CREATE TABLE member (name);\n-- Dump completed\n")
        (folder / "20261103_site.sql.gz").write_bytes(dump)
        checks.run_job(site, "tick")
        clock.move(days=7)
        checks.run_job(site, "tick")
        assert f"→ was {len(dump)}\u202fB" in visitor.get(ROOT).text

    def test_too_little_to_learn_from_is_said(self, site: SQLiteSite, visitor: Visitor) -> None:
        learning.learn(site, SeriesName("errors.last_hour"), "errors")
        site.commit()
        page = visitor.get(f"{ROOT}/metric/errors.last_hour").text
        assert "weeks needed: 3" in page and 'class="vm-usual"' not in page

    def test_the_settings_show_tables_and_texts_in_words(self, site: SQLiteSite, visitor: Visitor) -> None:
        levels = [{"level": "2", "after_minutes": 30, "severity": "HIGH"}]
        site.set_single(SETTINGS, {"escalation_level_rows": levels, "quiet_hours": "LOW 20:00-08:00"})
        site.set_single(SETTINGS, {"channel_rows": [{"level": "1", "channel": "desk", "every_message": 1}]})
        site.commit()
        shown = visitor.get(f"{ROOT}/settings").text
        for said in (
            "Level 2: HIGH and worse, after",
            "LOW 20:00-08:00",
            "desk, Gets every message",
        ):
            assert said in shown, said

    def test_the_settings_show_what_of_the_cap_is_used(self, site: SQLiteSite, visitor: Visitor) -> None:
        watched(site)
        assert re.search(r"100 \([\d.]+\s\w+ are used\)", visitor.get(f"{ROOT}/settings").text)

    def test_a_number_is_found_by_its_words(self, site: SQLiteSite, visitor: Visitor) -> None:
        page = visitor.get(f"{ROOT}/metrics?find=errors+hour").text
        assert "/metric/errors.last_hour" in page and "/metric/host.memory_percent" not in page


class TestErrors:
    def test_one_kind_shows_its_traceback_and_its_single_errors(
        self, site: SQLiteSite, visitor: Visitor
    ) -> None:
        name = an_error(site, "ValueError: broken", TRACEBACK)
        page = visitor.get(f"{ROOT}/error/{a_kind(site)}").text
        assert "Traceback (most recent call last)" in page
        assert f"/app/error-log/{name}" in page

    @pytest.mark.parametrize(
        ("stretch", "bars"),
        [
            ("24h", {"10:00: 1 errors", "13:00: 2 errors"}),
            ("7d", {"4 Nov 08:00: 3 errors"}),
            ("35d", {"4 Nov: 3 errors"}),
        ],
    )
    def test_the_course_counts_each_error_in_its_hours_and_on_its_day(
        self, site: SQLiteSite, visitor: Visitor, clock: MovableClock, stretch: str, bars: set[str]
    ) -> None:
        for hours in (0, 3, 0):
            clock.move(hours=hours)
            an_error(site)
        page = visitor.get(f"{ROOT}/error/{a_kind(site)}?range={stretch}").text
        assert set(re.findall(r"<title>([^<]*: [1-9]\d* errors)</title>", page)) == bars

    def test_a_kind_of_today_is_new(self, site: SQLiteSite, visitor: Visitor) -> None:
        an_error(site)
        assert f"/error/{a_kind(site)}" in visitor.get(f"{ROOT}/errors?show=new").text
        assert f"/error/{a_kind(site)}" not in visitor.get(f"{ROOT}/errors?show=back").text


def test_search_finds_an_alert_an_error_a_number_and_a_rule(site: SQLiteSite, visitor: Visitor) -> None:
    name = an_alert(site, "errors in batch 12")
    an_error(site, "RuntimeError: errors everywhere")
    page = visitor.get(f"{ROOT}/search?q=errors").text
    for link in (
        f"/alert/{name}",
        f"/error/{a_kind(site)}",
        "/metric/errors.last_hour",
        "/rule/error_rate_hourly",
    ):
        assert link in page


def test_the_test_message_says_what_really_happened(site: SQLiteSite, visitor: Visitor) -> None:
    page = visitor.post(f"{ROOT}/notifications", action="test_message").text
    assert "was taken over by" in Html(page).text("vm-notice")


class TestNow:
    def test_every_area_of_the_checklist_is_a_tile_with_its_numbers_or_their_reasons(
        self, site: SQLiteSite, visitor: Visitor
    ) -> None:
        read = Html(visitor.get(f"{watched(site) and ROOT}").text)
        for area in ("resources", "errors", "scheduler", "mail", "backups", "sepa", "business", "trail"):
            assert len(read.text(f"vm-area-{area}")) > 20, area

    def test_it_shows_six_incidents_at_most_and_how_many_more_there_are(
        self, site: SQLiteSite, visitor: Visitor
    ) -> None:
        for number in range(9):
            an_alert(site, f"Trouble {number}")
        page = visitor.get(ROOT).text
        assert page.count('class="vm-card vm-incident') == 6
        assert "And 3 more." in page

    def test_one_button_acknowledges_all_alerts_of_an_incident(
        self, site: SQLiteSite, visitor: Visitor
    ) -> None:
        names = [an_alert(site, text) for text in ("Mandate SEPA-0001 failed", "Batch of SEPA-0001 failed")]
        for name in names:
            details = '{"evidence": [{"mandate": "SEPA-MANDATE-0001"}]}'
            site.update("System Alert", name, {"details": details})
        site.commit()
        page = visitor.get(f"{ROOT}/incident/{names[1]}").text
        assert "Acknowledge all 2" in page
        assert "because both come from SEPA-MANDATE-0001" in page
        assert "because both come from SEPA-MANDATE-0001" in visitor.get(ROOT).text
        picked = {f"pick.{name}": "1" for name in names}
        visitor.post(f"{ROOT}/incident/{names[0]}", bulk="acknowledge", note="on it", **picked)
        statuses = {row["status"] for row in site.get_all("System Alert", ["status"])}
        assert statuses == {"Acknowledged"}

    def test_an_alert_says_what_most_of_it_comes_from_and_leads_there(
        self, site: SQLiteSite, visitor: Visitor
    ) -> None:
        name, (kind, batch) = an_alert(site), ("0123456789abcdef", "BATCH-7")
        subjects = [Subject("error kind", kind, EVIL), Subject("batch", batch)]
        details = {"subjects": [*(each.as_plain() for each in subjects), {"sort": "planet"}, 7]}
        site.update("System Alert", name, {"details": json.dumps(details)})
        site.commit()
        page = visitor.get(path_of_alert(name)).text
        assert f'href="{ROOT}/error/{kind}"' in page
        assert "the batch BATCH-7" in page
        assert "<evil" not in page

    def test_what_is_to_be_done_once_is_listed_until_it_is_done(
        self, site: SQLiteSite, visitor: Visitor
    ) -> None:
        assert "Send a test message" in Html(visitor.get(ROOT).text).text("vm-steps")
        assert RECIPIENTS_KEY in Html(visitor.get(ROOT).text).text("vm-steps")
        configuration = {RECIPIENTS_KEY: ["kas@elsewhere.example"]}
        (site.site_path() / "site_config.json").write_text(json.dumps(configuration), "utf-8")
        assert RECIPIENTS_KEY not in Html(visitor.get(ROOT).text).text("vm-steps")
        site.set_single("Monitoring Settings", {"heartbeat_url": "https://watch.example/abc"})
        site.commit()
        assert "heartbeat" not in Html(visitor.get(ROOT).text).text("vm-steps")
