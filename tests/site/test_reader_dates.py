"""Days and moments are written as the reader's language writes them; machines go on reading ISO 8601."""

from __future__ import annotations

import html
import json
import re
from copy import copy
from datetime import date, datetime

import pytest

from tests.conftest import MovableClock, RememberingPostman
from tests.site.test_dutch import dutch, in_dutch, page
from vuurtoren.acceptance import acceptance
from vuurtoren.acceptance.report import as_html, as_lines
from vuurtoren.commands import monitoring
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.pages.sepa import report
from vuurtoren.rounds.checks import run_job
from vuurtoren.site.quantities import Day, Moment, calendar_day, exact_moment, moment
from vuurtoren.site.words.kept import read
from vuurtoren.site.words.words import Words, as_plain, from_plain

__all__ = ["dutch"]
ISO = re.compile(r"\b20\d\d-[01]\d-[0-3]\d\b")
QUESTION = re.compile(r"\b\w+ [<>]=? 20\d\d-")
"""What a number rests on, as a question that somebody can repeat: its values are as a filter wants them."""
AT = datetime(2026, 11, 5, 9, 17, 30)


def iso_dates(markup: str) -> list[str]:
    """The lines of what is shown that hold a date as machines write it."""
    shown = re.sub(r"<(style|script|code|pre|svg|title)\b.*?</\1>", "", markup, flags=re.S)
    lines = html.unescape(re.sub(r"<[^>]+>", "\n", shown)).splitlines()
    titles = html.unescape("\n".join(re.findall(r'title="([^"]*)"', markup))).splitlines()
    said = (line for line in (*lines, *titles) if not QUESTION.search(line))
    return [line.strip() for line in said if ISO.search(line)]


# ---- the one formatter
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (calendar_day(AT, in_dutch), "05-11-2026"),
        (calendar_day(AT), "2026-11-05"),
        (moment(AT, in_dutch), "05-11-2026 09:17"),
        (moment(AT), "2026-11-05 09:17"),
        (moment(None, in_dutch), "—"),
        (exact_moment(AT, in_dutch), "05-11-2026 09:17:30"),
        (Day(date(2026, 11, 5)).said(in_dutch), "05-11-2026"),
        (copy(Day("2026-11-05")).said(in_dutch), "05-11-2026"),
        (Moment(AT).said(in_dutch), "05-11-2026 09:17"),
        (copy(Moment(AT)).said(in_dutch), "05-11-2026 09:17"),
        (str(Day(AT)), "2026-11-05"),
        (str(Moment(AT)), "2026-11-05 09:17"),
    ],
)
def test_days_and_moments_are_said_as_the_language_says_them(said: str, expected: str) -> None:
    assert said == expected


@pytest.mark.parametrize("kind", [Day("2026-11-05"), Moment("2026-11-05 09:17")])
def test_a_day_within_a_kept_sentence_is_said_again(kind: Words) -> None:
    kept = json.loads(json.dumps(as_plain(Words("not in force before {0}", kind))))
    again = from_plain(kept)
    assert isinstance(again, Words) and "05-11-2026" in again.said(in_dutch)


@pytest.mark.parametrize("kind", ["day", "moment"])
@pytest.mark.parametrize("written", ["yesterday", "2026-13-40", "", 5])
def test_what_is_no_day_is_not_ours(kind: str, written: object) -> None:
    assert read({"text": str(written), "values": [written], "kind": kind}) == ""


# ---- what people see
@pytest.mark.parametrize(
    "path",
    [
        *("", "/alerts", "/errors", "/operations", "/association", "/sepa", "/notifications", "/monitor"),
        *("/settings", "/rules", "/routines", "/numbers", "/search?q=fout"),
    ],
)
def test_a_page_shows_days_as_the_dutch_write_them(dutch: SQLiteSite, path: str) -> None:
    assert iso_dates(page(dutch, f"/monitoring_dashboard{path}")) == []


def test_the_pages_of_alerts_do_too(dutch: SQLiteSite) -> None:
    names = [row["name"] for row in dutch.get_all("System Alert", ["name"], {})]
    assert names
    for name in names:
        assert iso_dates(page(dutch, f"/monitoring_dashboard/alert/{name}")) == []


@pytest.mark.parametrize("path", ["/monitoring_sepa", "/monitoring_backtest?rule=disk"])
def test_the_pages_beside_it_do_too(dutch: SQLiteSite, path: str) -> None:
    assert iso_dates(page(dutch, path)) == []


def test_mails_do_too(dutch: SQLiteSite, postman: RememberingPostman, clock: MovableClock) -> None:
    dutch.set_single("Monitoring Settings", {"daily_report": 1, "weekly_digest": 1, "monthly_review": 1})
    dutch.commit()
    for days in (1, 4, 22):
        clock.move(days=days)
        for job in ("tick", "hourly", "daily"):
            run_job(dutch, job)
    assert len(postman.sent) > 5
    for mail in postman.sent:
        assert iso_dates(mail.html) == []
        assert [line for line in (mail.subject, *mail.text.splitlines()) if ISO.search(line)] == []


def test_reports_to_print_and_commands_do_too(dutch: SQLiteSite) -> None:
    done = acceptance.walk(dutch)
    assert iso_dates(report.document(dutch, date(2026, 1, 1), date(2026, 12, 31))) == []
    assert iso_dates(as_html(dutch, done)) == []
    assert [line for line in as_lines(dutch, done) if ISO.search(line)] == []
    assert not ISO.search(monitoring.status(dutch).text)


def test_what_a_machine_reads_stays_iso(dutch: SQLiteSite) -> None:
    assert ISO.search(acceptance.walk(dutch).as_dict()["walked_at"])
