from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from vuurtoren.signals.requests.request_log import read_tail, route_of
from vuurtoren.signals.requests.source import percentile

NOW_UTC = datetime(2026, 11, 4, 9, 0)


def line(
    minutes_ago, *, site="vereniging.example", path="/api/method/ping", status=200, ms=10, uuid="", **more
):
    began = NOW_UTC - timedelta(minutes=minutes_ago)
    entry = {
        "site": site,
        "timestamp": f"{began}+00:00",
        "transaction_type": "request",
        "uuid": uuid or f"{minutes_ago}-{path}-{ms}",
        "duration": ms * 1000,
        "request": {"ip": "127.0.0.1", "method": "GET", "path": path, "status_code": status},
    }
    return json.dumps({**entry, **more}, sort_keys=True, separators=(",", ":"))


@pytest.fixture
def log(site):
    """Writes the monitor log of the site, oldest line first."""
    path = site.site_path() / "logs" / "monitor.json.log"
    path.parent.mkdir(parents=True)

    def write(*lines):
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


def test_it_counts_the_requests_of_the_last_hour(site, log, measured):
    log(line(70), line(59), line(1))
    assert measured(site, "requests").get("requests.last_hour").value == 2


def test_it_leaves_out_the_other_sites_of_the_bench(site, log, measured):
    log(line(3, site="other.example"), line(2))
    assert measured(site, "requests").get("requests.last_hour").value == 1


def test_it_counts_a_line_that_each_flush_repeats_once(site, log, measured):
    log(line(3), line(2), line(2), line(1))
    assert measured(site, "requests").get("requests.last_hour").value == 3


def test_it_counts_jobs_as_no_requests(site, log, measured):
    log(line(2, transaction_type="job", job={"method": "x", "wait": 5}), line(1))
    assert measured(site, "requests").get("requests.last_hour").value == 1


def test_it_measures_percentiles_in_milliseconds(site, log, measured):
    log(*(line(30, ms=ms, uuid=str(ms)) for ms in range(1, 101)))
    snapshot = measured(site, "requests")
    assert [snapshot.get(f"requests.p{percent}_ms").value for percent in (50, 95, 99)] == [50, 95, 99]
    assert snapshot.get("requests.slowest_ms").value == 100


@pytest.mark.parametrize(("percent", "fewest"), [(50, 2), (95, 20), (99, 100)])
def test_of_too_few_requests_no_part_is_the_slowest(site, log, measured, percent, fewest):
    log(*(line(30, uuid=str(number)) for number in range(fewest - 1)))
    few = measured(site, "requests").get(f"requests.p{percent}_ms")
    assert few.value is None
    assert few.reason == f"too few requests in the last hour ({fewest - 1} of the {fewest} that this takes)"
    log(*(line(30, uuid=str(number)) for number in range(fewest)))
    assert measured(site, "requests").get(f"requests.p{percent}_ms").value is not None


def test_it_counts_server_errors_and_names_their_routes(site, log, measured):
    log(line(3, status=404), line(2, status=500, path="/api/method/broken"), line(1, status=503, uuid="b"))
    failed = measured(site, "requests").get("requests.failed_last_hour")
    assert failed.value == 2
    assert "/api/method/broken" in [row["route"] for row in failed.evidence]


def test_it_names_the_slowest_routes_without_document_names(site, log, measured):
    log(
        line(3, path="/api/resource/Member/Assoc-Member-2026-01-0007", ms=2500),
        line(2, path="/api/resource/Member/Assoc-Member-2026-01-0008", ms=3000),
        line(1, ms=5),
    )
    slow = measured(site, "requests").get("requests.slow_last_hour")
    assert slow.value == 2
    assert slow.evidence[0] == {"route": "/api/resource/Member/…", "count": 2, "p95_ms": 3000.0}


def test_it_finds_a_request_that_began_before_the_window_and_ended_in_it(site, log, measured):
    log(line(61, ms=120_000), line(59), line(90, ms=89 * 60_000, path="/long"))
    assert measured(site, "requests").get("requests.last_hour").value == 3


def test_it_passes_over_lines_that_are_no_json(site, log, measured):
    log(line(3), '{"torn":', "[]", "7", '{"timestamp": 5}', "\x00\x00", line(1), '{"site": "verenig')
    assert measured(site, "requests").get("requests.last_hour").value == 2


def test_it_reads_naive_times_as_utc(site, log, measured):
    """Frappe 14 writes them so."""
    log(line(1, timestamp=str(NOW_UTC - timedelta(minutes=1))))
    assert measured(site, "requests").get("requests.last_hour").value == 1


def test_it_does_not_take_silence_of_the_log_for_silence_of_the_site(site, log, measured):
    log(line(180))
    assert "no line from the last hour" in measured(site, "requests").get("requests.last_hour").reason


def test_it_knows_that_nobody_came_when_only_jobs_were_logged(site, log, measured):
    log(line(1, transaction_type="job"))
    snapshot = measured(site, "requests")
    assert snapshot.get("requests.last_hour").value == 0
    assert snapshot.get("requests.p95_ms").reason == "there was no request in the last hour"


def test_it_says_that_there_is_no_log(site, measured):
    assert measured(site, "requests").get("requests.last_hour").reason == "no request log is kept"


def test_it_reads_no_more_than_the_tail_and_says_since_when(log):
    path = log(*(line(50 - minute, uuid=str(minute)) for minute in range(50)))
    since = NOW_UTC - timedelta(hours=1)
    whole = read_tail(path, {"vereniging.example"}, since)
    tail = read_tail(path, {"vereniging.example"}, since, longest_bytes=1000)
    assert (len(whole.requests), whole.complete_since_utc) == (50, since)
    assert 0 < len(tail.requests) < 6
    assert tail.complete_since_utc == min(request.ended_utc for request in tail.requests)


def test_it_reads_lines_longer_than_a_block(log, monkeypatch):
    monkeypatch.setattr("vuurtoren.signals.requests.request_log.BLOCK_BYTES", 64)
    path = log(*(line(minute) for minute in range(9, 0, -1)))
    assert len(read_tail(path, {"vereniging.example"}, NOW_UTC - timedelta(hours=1)).requests) == 9


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("/app", "/app"),
        ("/app/member", "/app/member"),
        ("/app/member/Jan%20Jansen", "/app/member/…"),
        ("/desk/member/Jan Jansen", "/desk/member/…"),
        ("/api/resource/Sales Invoice", "/api/resource/Sales Invoice"),
        ("/api/resource/Sales Invoice/ACC-SINV-2026-00012", "/api/resource/Sales Invoice/…"),
        ("/api/v2/document/Member/Piet/method/x", "/api/v2/document/Member/…"),
        ("/api/method/frappe.client.get_list", "/api/method/frappe.client.get_list"),
        ("/api/v2/method/ping", "/api/v2/method/ping"),
        ("/files/jan-jansen.pdf", "/files/…"),
        ("/private/files/mandaat jan.pdf", "/private/…"),
        ("/me?secret=1", "/me"),
        ("not a path", "not a path"),
    ],
)
def test_it_replaces_what_may_name_a_person(path, route):
    assert route_of(path) == route


def test_it_takes_the_nearest_rank():
    assert percentile([7], 95) == 7
    assert percentile([1, 2, 3, 4], 50) == 2
    assert percentile([1, 2, 3, 4], 95) == 4


def test_requests_to_the_monitor_itself_are_counted_apart(site, log, measured):
    own = [
        "/monitoring_dashboard",
        "/monitoring_dashboard?x=1",
        "/monitoring_runbook/cpu",
        "/api/method/verenigingen.www.monitoring_dashboard.health",
        "/api/v2/method/vereniging_monitoring.www.monitoring_dashboard.refresh_dashboard_data",
    ]
    log(
        line(9, ms=5000), *(line(8, path=path, ms=1, status=500) for path in own), line(2, path="/monitoring")
    )
    found = measured(site, "requests")
    assert found.get("requests.own_last_hour").value == 5
    assert found.get("requests.last_hour").value == 2
    assert found.get("requests.failed_last_hour").value == 0
    assert found.get("requests.slow_last_hour").value == 1
    assert found.get("requests.slowest_ms").value == 5000
