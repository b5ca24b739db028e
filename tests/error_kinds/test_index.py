"""Every error is counted once, under its kind, whatever the clock, the load and the neighbours do."""

from __future__ import annotations

import json
import threading
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from verenigingen.tests.support.patience import joined, turns, until
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds import index as error_index
from vuurtoren.error_kinds import kinds as error_kinds
from vuurtoren.error_kinds import log_pages as error_pages
from vuurtoren.error_kinds.cursor import MEMORY, OVERLAP, Cursor
from vuurtoren.error_kinds.fingerprint import fingerprint
from vuurtoren.error_kinds.fingerprint_version_1 import key_of_version_1
from vuurtoren.failures import OWN_TITLE
from vuurtoren.site.errors import InvalidValue, Unavailable
from vuurtoren.site.values import Row

if TYPE_CHECKING:
    from conftest import MovableClock

TRACEBACK = """Traceback (most recent call last):
  File "apps/verenigingen/verenigingen/dues.py", line {line}, in collect
    raise ValueError(member)
ValueError: {message}
"""
RANDOM = ("QkXcVbNmZrTw", "hYtGfRdEsWaQ")
ERROR_SNAPSHOT = Path(__file__).with_name("error_snapshot.json")


def log(
    site: SQLiteSite, message: str = "no mandate", *, minutes_ago: float = 0, line: int = 10, **fields: str
) -> None:
    when = site.now() - timedelta(minutes=minutes_ago)
    row = {"method": "dues", "error": TRACEBACK.format(message=message, line=line), "creation": when}
    site.seed("Error Log", [row | fields])
    site.commit()


def kinds(site: SQLiteSite) -> list[dict[str, Any]]:
    return site.get_all("Error Kind", ["title", "count", "culprit"], order_by="title")


def test_it_counts_errors_of_one_kind_in_one_row(site: SQLiteSite) -> None:
    log(site, "member 7 has no mandate", line=10)
    log(site, "member 8 has no mandate", line=12)
    error_index.index_new_errors(site)
    assert kinds(site) == [
        {
            "title": "ValueError: member … has no mandate",
            "count": 2,
            "culprit": "verenigingen/dues.py in collect",
        }
    ]


def test_it_keeps_500_kinds_apart(site: SQLiteSite) -> None:
    # Public mistake 11: grouping on the first characters put them all in one row.
    words = [chr(97 + n % 26) + chr(97 + n // 26 % 26) + chr(97 + n // 676) for n in range(500)]
    for word in words:
        site.seed(
            "Error Log", [{"method": "dues", "error": TRACEBACK.format(message=f"kind {word}", line=1)}]
        )
    site.commit()
    error_index.index_new_errors(site)
    assert site.count("Error Kind") == 500


def test_it_counts_a_row_once_however_often_it_looks(site: SQLiteSite, clock: MovableClock) -> None:
    log(site)
    for _look in range(3):
        error_index.index_new_errors(site)
        clock.move(minutes=4)
    assert kinds(site)[0]["count"] == 1


def test_it_counts_a_row_that_becomes_visible_late(site: SQLiteSite, clock: MovableClock) -> None:
    log(site)
    error_index.index_new_errors(site)
    clock.move(minutes=4)
    error_index.index_new_errors(site)
    log(site, minutes_ago=10)  # its transaction was committed ten minutes after the error
    error_index.index_new_errors(site)
    assert kinds(site)[0]["count"] == 2


def test_it_loses_nothing_of_10_000_errors_in_a_minute(site: SQLiteSite, clock: MovableClock) -> None:
    error_index.index_new_errors(site)
    clock.move(minutes=1)
    start = site.now()
    rows = [
        {
            "method": "flood",
            "error": f"x {number}",
            "creation": start + timedelta(milliseconds=6 * (number % 500)),
        }
        for number in range(10_000)
    ]
    site.seed("Error Log", rows)
    site.commit()
    clock.move(minutes=1)
    for _ in turns("an index that is behind", most=10):
        if not error_index.index_new_errors(site, budget_rows=3_000).behind:
            break
        clock.move(minutes=1)
    assert kinds(site)[0]["count"] == 10_000


def test_it_says_that_it_is_behind_when_the_budget_is_used_up(site: SQLiteSite) -> None:
    for _number in range(5):
        log(site)
    assert error_index.index_new_errors(site, budget_rows=3).behind == ["Error Log"]
    assert error_index.index_new_errors(site, budget_rows=3).behind == []
    assert kinds(site)[0]["count"] == 5


def test_the_first_run_reads_the_last_seven_days_newest_first(site: SQLiteSite) -> None:
    for day in range(10):
        log(site, minutes_ago=day * 1440 + 200)
    run = error_index.index_new_errors(site, budget_rows=3)
    assert run.backfilling == ["Error Log"]
    oldest = site.get_all("Error Kind", ["first_seen"])[0]["first_seen"]
    assert oldest == site.now() - timedelta(days=2, minutes=200)
    until(lambda: not error_index.index_new_errors(site, budget_rows=3).backfilling, "the whole backfill")
    assert kinds(site)[0]["count"] == 7


def test_the_first_run_counts_rows_of_one_moment_once(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_pages, "PAGE", 3)
    for _number in range(10):
        log(site, minutes_ago=600)
    error_index.index_new_errors(site)
    assert kinds(site)[0]["count"] == 10


def test_no_kind_is_called_new_before_the_first_week_has_been_read(site: SQLiteSite) -> None:
    for day in range(5):
        log(site, minutes_ago=day * 1440 + 200)
    error_index.index_new_errors(site, budget_rows=2)
    with pytest.raises(Unavailable, match="still being read"):
        error_index.new_kinds(site, site.now() - timedelta(hours=1))


def test_a_kind_is_new_when_it_was_never_seen_before(site: SQLiteSite, clock: MovableClock) -> None:
    log(site, "old", minutes_ago=300)
    error_index.index_new_errors(site)
    clock.move(minutes=5)
    log(site, "old")
    log(site, "fresh")
    error_index.index_new_errors(site)
    fresh = error_index.new_kinds(site, site.now() - timedelta(hours=1))
    assert [kind.title for kind in fresh] == ["ValueError: fresh"]


def test_questions_before_the_first_run_have_no_answer(site: SQLiteSite) -> None:
    with pytest.raises(Unavailable, match="not been counted yet"):
        error_index.recent_kinds(site)


def test_a_site_without_errors_has_no_kinds(site: SQLiteSite) -> None:
    error_index.index_new_errors(site)
    assert error_index.recent_kinds(site) == []
    assert error_index.new_kinds(site, site.now() - timedelta(hours=1)) == []
    assert set(error_index.hourly_counts(site, site.now() - timedelta(days=30)).values()) == {0}


def test_it_leaves_out_the_monitors_own_errors(site: SQLiteSite) -> None:
    log(site, method=OWN_TITLE)
    error_index.index_new_errors(site)
    assert kinds(site) == []


def test_it_counts_failed_scheduled_jobs_by_the_time_of_the_failure(
    site: SQLiteSite, clock: MovableClock
) -> None:
    job = {"name": "alerts.run", "method": "verenigingen.dues.nightly", "frequency": "Daily"}
    site.seed("Scheduled Job Type", [job])
    error_index.index_new_errors(site)
    clock.move(hours=3)
    now = site.now()
    started = {"scheduled_job_type": "alerts.run", "creation": now - timedelta(hours=2)}
    site.seed(
        "Scheduled Job Log",
        [
            started
            | {"status": "Failed", "details": TRACEBACK.format(message="bank", line=3), "modified": now},
            started | {"status": "Failed", "details": "", "modified": now},
            started | {"status": "Complete", "modified": now},
        ],
    )
    site.commit()
    error_index.index_new_errors(site)
    assert [(kind["title"], kind["count"]) for kind in kinds(site)] == [
        ("Scheduled job verenigingen.dues.nightly failed", 1),
        ("ValueError: bank", 1),
    ]


def test_it_counts_error_snapshots_where_frappe_still_has_them(tmp_path: Path, clock: MovableClock) -> None:
    site = SQLiteSite(tmp_path / "old", clock=clock, extra_schema=[ERROR_SNAPSHOT])
    row = {
        "etype": "ValueError",
        "evalue": "ValueError('x')",
        "traceback": TRACEBACK.format(message="x", line=1),
    }
    site.seed("Error Snapshot", [row])
    site.commit()
    error_index.index_new_errors(site)
    assert kinds(site)[0]["title"] == "ValueError: x"


def test_a_log_that_the_site_no_longer_has_does_not_hold_the_index_back(
    tmp_path: Path, clock: MovableClock
) -> None:
    with_snapshots = SQLiteSite(tmp_path / "site", clock=clock, extra_schema=[ERROR_SNAPSHOT])
    error_index.index_new_errors(with_snapshots)
    clock.move(days=2)
    upgraded = SQLiteSite(tmp_path / "site", clock=clock)
    error_index.index_new_errors(upgraded)
    assert error_index.coverage(upgraded).until == upgraded.now()


def test_the_same_hour_of_the_autumn_night_loses_nothing_and_counts_nothing_twice(
    tmp_path: Path, clock: MovableClock
) -> None:
    clock.moment = datetime(2026, 10, 24, 23, 30, tzinfo=timezone.utc)
    site = SQLiteSite(tmp_path / "night", clock=clock, config={"time_zone": "Europe/Amsterdam"})
    error_index.index_new_errors(site)
    logged = 0
    for _quarter in range(12):
        log(site)
        logged += 1
        error_index.index_new_errors(site)
        clock.move(minutes=15)
    assert kinds(site)[0]["count"] == logged


def test_a_clock_that_was_a_day_ahead_loses_no_error(site: SQLiteSite, clock: MovableClock) -> None:
    error_index.index_new_errors(site)
    clock.move(days=1)
    log(site, "dated tomorrow")
    error_index.index_new_errors(site)
    clock.move(days=-1, minutes=5)
    log(site, "after the repair")
    error_index.index_new_errors(site)
    clock.move(days=1)
    error_index.index_new_errors(site)
    assert [(kind["title"], kind["count"]) for kind in kinds(site)] == [
        ("ValueError: after the repair", 1),
        ("ValueError: dated tomorrow", 1),
    ]


def test_two_indexers_at_once_count_every_error_once(
    site: SQLiteSite, clock: MovableClock, tmp_path: Path
) -> None:
    error_index.index_new_errors(site)
    for number in range(300):
        site.seed("Error Log", [{"method": "both", "error": f"{number}"}])
    site.commit()

    def index() -> None:
        for _ in turns("indexing"):
            if any(kind["count"] == 300 for kind in kinds(site)):
                break
            error_index.index_new_errors(site, budget_rows=20)
        site.store.close()

    workers = [threading.Thread(target=index) for _number in range(4)]
    for worker in workers:
        worker.start()
    joined(workers)
    assert kinds(site) == [{"title": "both", "count": 300, "culprit": ""}]


def test_an_indexer_whose_cursor_was_moved_by_another_counts_nothing(site: SQLiteSite) -> None:
    log(site)
    late = error_index._Indexer(site, error_index.IndexRun(), 100)
    error_index.index_new_errors(site)
    with pytest.raises(error_index._Overtaken):
        late.read_all()
    assert kinds(site)[0]["count"] == 1


def test_a_second_run_while_one_is_at_work_does_nothing(site: SQLiteSite) -> None:
    log(site)
    with site.lock(error_index.JOB):
        assert error_index.index_new_errors(site).skipped
    assert kinds(site) == []


def test_a_page_that_cannot_be_stored_is_counted_by_the_next_run(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(site)
    with monkeypatch.context() as broken:
        broken.setattr(error_kinds, "ATTEMPTS", 0)
        with pytest.raises(Exception, match="being changed"):
            error_index.index_new_errors(site)
    assert not site.store.in_transaction
    error_index.index_new_errors(site)
    assert kinds(site)[0]["count"] == 1


def test_a_cursor_that_cannot_be_read_is_a_clear_error_until_the_next_run(site: SQLiteSite) -> None:
    error_index.index_new_errors(site)
    site.update("Monitoring Run", error_index.JOB, {"cursor": '{"Error Log": 3}'})
    with pytest.raises(InvalidValue, match="the next run goes on after the newest error"):
        error_index.coverage(site)
    error_index.index_new_errors(site)
    assert error_index.coverage(site).until == site.now()


def newest_kind(site: SQLiteSite) -> Row:
    fields = ["example", "last_doctype", "last_document"]
    return site.get_all("Error Kind", fields, order_by="last_seen desc", limit=1)[0]


def test_the_example_holds_no_iban_no_variables_and_no_nul(site: SQLiteSite) -> None:
    text = TRACEBACK.format(message="NL91 ABNA 0417 1643 00 refused\x00", line=1)
    text = text.replace("    raise", "      iban = 'NL91ABNA0417164300'\n    raise")
    site.seed("Error Log", [{"method": "dues", "error": text}])
    site.commit()
    error_index.index_new_errors(site)
    example = newest_kind(site)["example"]
    assert "1643" not in example
    assert "iban =" not in example
    assert "\x00" not in example
    assert "in collect" in example


def test_a_kind_names_the_document_of_its_newest_error(site: SQLiteSite) -> None:
    log(site, minutes_ago=5)
    log(site, reference_doctype="Sales Invoice", reference_name="SINV-7")
    error_index.index_new_errors(site)
    kind = newest_kind(site)
    assert (kind["last_doctype"], kind["last_document"]) == ("Sales Invoice", "SINV-7")


def test_an_error_about_no_document_names_its_log_row(site: SQLiteSite) -> None:
    log(site, name="e1")
    error_index.index_new_errors(site)
    kind = newest_kind(site)
    assert (kind["last_doctype"], kind["last_document"]) == ("Error Log", "e1")


def test_a_flood_of_nonsense_fills_no_table_and_is_still_counted(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_kinds, "NEW_KINDS_AT_ONCE", 3)
    for word in ("aap", "noot", "mies", "wim", "zus"):
        log(site, word)
    error_index.index_new_errors(site)
    assert site.count("Error Kind") == 4
    assert site.total("Error Kind", "count") == 5


def test_recent_kinds_counts_the_running_hour_and_the_full_hours_before_it(site: SQLiteSite) -> None:
    log(site, "often")
    log(site, "often", minutes_ago=22 * 60)
    log(site, "once", minutes_ago=60)
    log(site, "older", minutes_ago=24 * 60)
    error_index.index_new_errors(site)
    assert [(kind.title, kind.count) for kind in error_index.recent_kinds(site, hours=24)] == [
        ("ValueError: often", 2),
        ("ValueError: once", 1),
    ]


def test_hours_without_an_error_are_zero_and_hours_before_the_index_are_left_out(site: SQLiteSite) -> None:
    log(site)
    log(site, minutes_ago=120)
    log(site, minutes_ago=8 * 1440)
    error_index.index_new_errors(site)
    counts = error_index.hourly_counts(site, site.now() - timedelta(days=30))
    assert list(counts.values())[-3:] == [1, 0, 1]
    assert next(iter(counts)) == site.now() - timedelta(days=7)


def test_days_are_those_of_site_time(site: SQLiteSite, clock: MovableClock) -> None:
    clock.moment = datetime(2026, 11, 4, 23, 30, tzinfo=timezone.utc)  # half past midnight in Amsterdam
    log(site)
    log(site, minutes_ago=8 * 1440)
    error_index.index_new_errors(site)
    counts = error_index.daily_counts(site, site.now() - timedelta(days=2))
    assert counts == {date(2026, 11, 4): 0, date(2026, 11, 5): 1}


def test_counts_older_than_five_weeks_are_kept_per_day(site: SQLiteSite, clock: MovableClock) -> None:
    log(site)
    log(site, minutes_ago=8 * 1440)
    error_index.index_new_errors(site)
    clock.move(days=40)
    log(site)
    error_index.index_new_errors(site)
    stored = json.loads(site.get_all("Error Kind", ["hours"])[0]["hours"])
    assert stored == {"2026-11-04": 1, "2026-12-14T10": 1}
    counts = error_index.daily_counts(site, site.now() - timedelta(days=60))
    assert counts[date(2026, 11, 4)] == 1


def test_trim_deletes_kinds_that_have_not_been_seen_for_the_retention(
    site: SQLiteSite, clock: MovableClock
) -> None:
    log(site, "old")
    error_index.index_new_errors(site)
    clock.move(days=100)
    log(site, "young")
    error_index.index_new_errors(site)
    clock.move(days=100)
    assert error_index.trim(site, 180) == 1
    assert [kind["title"] for kind in kinds(site)] == ["ValueError: young"]


def test_the_cursor_survives_being_stored(site: SQLiteSite) -> None:
    cursor = Cursor.begin(site.now())
    cursor.remember([(site.now(), "a"), (site.now(), "b")])
    assert Cursor.from_dict(json.loads(json.dumps(cursor.as_dict()))) == cursor


def test_the_names_that_are_remembered_are_bounded(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vuurtoren.error_kinds.cursor.NAMES_KEPT", 100)
    cursor = Cursor.begin(site.now())
    for minute in range(20):
        when = site.now() + timedelta(minutes=minute)
        cursor.remember((when, f"{minute}-{number}") for number in range(30))
    cursor.read_until = site.now() + timedelta(minutes=20)
    cursor.forget(site.now() + timedelta(minutes=20))
    assert sum(map(len, cursor.seen.values())) <= 100
    assert cursor.complete_from == site.now() + timedelta(minutes=17)


def test_names_are_remembered_for_as_long_as_rows_may_still_come_late(site: SQLiteSite) -> None:
    cursor, begun = Cursor.begin(site.now()), site.now()
    cursor.remember((begun + timedelta(minutes=minute), f"{minute}") for minute in range(600))
    cursor.read_until = now = begun + timedelta(minutes=600)
    cursor.forget(now)
    assert min(cursor.seen) == f"{now - MEMORY - OVERLAP:%Y-%m-%dT%H:%M}"
    assert len(cursor.seen) == (MEMORY + OVERLAP) / timedelta(minutes=1)


def test_a_site_that_was_not_migrated_says_so(site: SQLiteSite) -> None:
    site.store.schemas = {k: v for k, v in site.store.schemas.items() if k != "Error Kind"}
    with pytest.raises(Unavailable, match="bench migrate"):
        error_index.index_new_errors(site)


def test_days_before_the_log_begins_are_not_days_without_an_error(site: SQLiteSite) -> None:
    log(site, minutes_ago=3 * 1440)
    error_index.index_new_errors(site)
    counts = error_index.daily_counts(site, site.now() - timedelta(days=30))
    assert counts == {site.now().date() - timedelta(days=back): 0 for back in (2, 1, 0)}


def test_days_without_an_error_count_where_the_log_reaches_further_back(site: SQLiteSite) -> None:
    log(site, minutes_ago=9 * 1440)
    error_index.index_new_errors(site)
    counts = error_index.daily_counts(site, site.now() - timedelta(days=30))
    assert list(counts.values()) == [0] * 7


def counted_by_version_1(site: SQLiteSite, title: str, text: str, *, days_ago: int) -> None:
    """An Error Kind as it was stored before the keys changed."""
    when = site.now() - timedelta(days=days_ago)
    row = {
        "fingerprint": key_of_version_1(title, text),
        "title": "old",
        "count": 3,
        "hours": "{}",
        "version": 1,
    }
    site.insert("Error Kind", row | {"first_seen": when, "last_seen": when})
    site.commit()


LOCKED = TRACEBACK.format(message="(1205, 'Lock wait timeout exceeded')", line=1) + (
    "\nDuring handling of the above exception, another exception occurred:\n\n"
    + TRACEBACK.format(message="handler", line=9)
)


@pytest.mark.parametrize(
    "text",
    [
        LOCKED,
        TRACEBACK.format(message="Column 'iban' cannot be null", line=3),
        TRACEBACK.format(message="mail QkXcVbNmZrTw bounced", line=3),
    ],
)
def test_what_was_known_before_the_keys_changed_is_not_new(
    site: SQLiteSite, clock: MovableClock, text: str
) -> None:
    error_index.index_new_errors(site)
    assert key_of_version_1("dues", text) != fingerprint("dues", text).key
    counted_by_version_1(site, "dues", text, days_ago=50)
    clock.move(minutes=5)
    log(site, error=text)
    assert error_index.index_new_errors(site).kinds == 0
    assert error_index.new_kinds(site, site.now() - timedelta(hours=1)) == []
    known = site.get_all(
        "Error Kind", ["first_seen", "count"], {"last_seen": (">", site.now() - timedelta(days=1))}
    )
    assert [row["count"] for row in known] == [1]
    assert known[0]["first_seen"] < site.now() - timedelta(days=49)


def test_kinds_that_are_one_since_the_keys_changed_are_known_when_one_of_them_was(
    site: SQLiteSite, clock: MovableClock
) -> None:
    error_index.index_new_errors(site)
    known, other = (TRACEBACK.format(message=f"mail {word} bounced", line=3) for word in RANDOM)
    counted_by_version_1(site, "dues", known, days_ago=50)
    clock.move(minutes=5)
    log(site, error=known)
    log(site, error=other)
    error_index.index_new_errors(site)
    assert error_index.new_kinds(site, site.now() - timedelta(hours=1)) == []


def test_an_error_that_no_version_has_seen_is_new(site: SQLiteSite, clock: MovableClock) -> None:
    error_index.index_new_errors(site)
    counted_by_version_1(site, "dues", LOCKED, days_ago=50)
    clock.move(minutes=5)
    log(site, "another")
    assert error_index.index_new_errors(site).kinds == 1
