"""A site whose language is Dutch speaks Dutch: all of it, with every place for a value kept."""

from __future__ import annotations

import csv
import html
import re
from calendar import month_abbr
from copy import copy
from datetime import date, datetime
from pathlib import Path

import pytest
from werkzeug.test import Client

from scripts import wording
from tests.conftest import MovableClock, RememberingPostman
from vuurtoren.acceptance import acceptance
from vuurtoren.acceptance.report import as_html
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.pages.sepa import report
from vuurtoren.rounds.checks import run_job
from vuurtoren.signals.catalogue import BY_KEY
from vuurtoren.signals.runbooks import path_of
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.quantities import Cents, day, duration, limit, money, quantity
from vuurtoren.site.words.translations import CONTEXT, FOLDER, Translations
from vuurtoren.site.words.words import Words, filled, listed

SAID = wording.sentences()
DUTCH = wording.rows("nl")
ENGLISH = re.compile(
    r"\b(the|and|this|that|these|which|what|when|why|are|have|has|been|were|from|with|your|you|not|its|since"
    r"|ago|unknown|never|alerts?|limit|errors|requests|failed|nothing|nobody|because|entries|days|hours)\b",
    re.I,
)
NAMES = re.compile(
    r"\b(Not Sent|Retry Sending|[Ff]ailed|Partially (?:Sent|Errored)|(?:Error|Scheduled Job) Log"
    r"|SEPA Audit \w+|Scheduled Job \w+|(?:Alert|System) [A-Z]\w+|Server Error|slow query log|Job)\b"
    r"|“(?:set back|forked|bad signature|own failure)”|errors\.\w+|\S+@\S+|/\S+|monitoring \w+-\w+|\d\.\S+"
)
"""What is called so in the desk, and stays English: statuses, DocTypes, buttons, addresses, commands."""


def in_dutch(text: str) -> str:
    return Translations().translate(text, "nl")


# ---- the file
def test_no_sentence_lacks_a_translation() -> None:
    assert {text: place for text, place in SAID.items() if text not in DUTCH} == {}


def test_no_row_is_said_by_nobody() -> None:
    assert DUTCH.keys() - SAID.keys() == set()


def test_the_rows_are_sorted_and_what_forms_say_has_a_row_for_the_form_too() -> None:
    with (FOLDER / "nl.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    assert rows == sorted(rows) and all(row[1].strip() for row in rows)
    for_forms = {(text, context): given for text, given, context in rows if context != CONTEXT}
    assert for_forms == {(text, doctype): DUTCH[text] for text, doctype in wording.labels()}


@pytest.mark.parametrize(
    "kept", [r"\{\w*\}", r"`[^`]+`", r"</?\w[^>]*>", r"\n", r"\]\(\w+\.md\)", r"--\w+", r"https?|\.$"]
)
def test_what_is_no_word_is_kept(kept: str) -> None:
    """Places for values, commands, markup, lines, links, and the stop at the end."""

    def found(text: str) -> list[str]:
        return sorted(re.findall(kept, text))

    words = {text: given for text, given in DUTCH.items() if text not in set(month_abbr)}
    assert {text: given for text, given in words.items() if found(text) != found(given)} == {}


def test_nothing_is_left_in_english() -> None:
    """A row that says the same in both languages holds names alone."""
    same = [text for text, given in DUTCH.items() if text == given]
    assert [text for text in same if ENGLISH.search(NAMES.sub("", text))] == []
    assert [given for given in DUTCH.values() if ENGLISH.search(NAMES.sub("", _spoken(given)))] == []


def _spoken(text: str) -> str:
    """Without commands, places for values, links, and values that are named as they are stored."""
    stored = r"“compliance scan”|\b(?:Not sent|Not wanted|Unknown|never|days):"
    return re.sub(rf"`[^`]*`|\{{\w*\}}|\[[^\]]*\]\(|{stored}", "", text)


def test_one_term_has_one_translation() -> None:
    table = (Path(__file__).parents[2] / "docs" / "monitoring" / "GLOSSARY.md").read_text("utf-8")
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| ")][2:]
    refused = [word.split("(")[0].strip() for row in rows for word in row[3].split(",") if "(" not in word]
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, filter(None, refused)))}|u|uw)\b", re.I)
    told = {text: given for text, given in DUTCH.items() if len(given.split()) > 1}
    assert {
        given: pattern.findall(_spoken(given)) for given in told.values() if _refused(pattern, given)
    } == {}


def _refused(pattern: re.Pattern[str], given: str) -> bool:
    return bool(pattern.search(NAMES.sub("", _spoken(given))))


# ---- what is composed
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (quantity(1, "mails", in_dutch), "1 e-mail"),
        (quantity(12, "mails", in_dutch), "12 e-mails"),
        (quantity(1, "batches", in_dutch), "1 batch"),
        (quantity(1234.5, "errors", in_dutch), "1.234 fouten"),
        (quantity(93.4, "%", in_dutch), "93,4 %"),
        (quantity(1.5e9, "bytes", in_dutch), "1,5 GB"),
        (quantity(1.5e9, "bytes/day", in_dutch), "1,5 GB/dag"),
        (quantity(True, "yes/no", in_dutch), "ja"),
        (limit(2, "h", in_dutch), "2 u"),
        (duration(11_400, in_dutch), "3 u 10 min"),
        (money(1234.56, "EUR", in_dutch), "€ 1.234,56"),
        (money(1234.56, "USD", in_dutch), "USD 1.234,56"),
        (money(1234.56, "EUR"), "EUR 1,234.56"),
        (day(datetime(2026, 12, 3), in_dutch), "3 dec."),
        (day(datetime(2026, 12, 3)), "3 Dec"),
        (filled(in_dutch, "{0}", (Cents(123456),)), "1.234,56"),
        (copy(Cents(123456)).said(in_dutch), "1.234,56"),
        (str(Cents(123456)), "1,234.56"),
        (duration(187_200, in_dutch), "2 d 4 u"),
        (quantity(1, "batches"), "1 batch"),
        (quantity(1234.5, "errors"), "1,234 errors"),
        (duration(187_200), "2 d 4 h"),
    ],
)
def test_quantities_are_said_as_the_language_says_them(said: str, expected: str) -> None:
    assert said == expected


def test_a_text_within_a_text_is_translated_too() -> None:
    assert filled(in_dutch, "{0} lacks {1}", ("M-1", listed([Words("the IBAN"), Words("active")]))) == (
        "M-1 mist de IBAN, actief"
    )
    late = Unavailable("{0} has no field {1} on this site", "Member", "iban")
    assert str(late) == "Member has no field iban on this site"
    assert late.said(in_dutch) == "Member heeft op deze site geen veld iban"


def test_braces_of_others_are_left_alone() -> None:
    assert Words("a {strange} text").said(in_dutch) == "a {strange} text"
    assert Unavailable("a {strange} text").said(in_dutch) == "a {strange} text"


# ---- what people see
@pytest.fixture
def dutch(site: SQLiteSite) -> SQLiteSite:
    site.set_conf("lang", "nl")
    site.seed("Error Log", [{"method": f"Stuk {number}", "error": "x"} for number in range(1200)])
    site.seed("Email Queue", [{"status": "Error", "error": "vol"} for _ in range(8)])
    site.commit()
    for job in ("tick", "hourly", "daily"):
        run_job(site, job)
    return site


def page(site: SQLiteSite, path: str) -> str:
    client = Client(Application(site, Gate("127.0.0.1", 8000)))
    return client.get(path, headers={"Host": "127.0.0.1:8000"}).get_data(as_text=True)


def english(markup: str) -> list[str]:
    """The lines of what is shown that hold an English word of ours."""
    shown = re.sub(r"<(style|script|code|pre|svg|title)\b.*?</\1>", "", markup, flags=re.S)
    lines = html.unescape(re.sub(r"<[^>]+>", "\n", shown)).splitlines()
    return [line.strip() for line in lines if ENGLISH.search(NAMES.sub("", line))]


@pytest.mark.parametrize(
    "path",
    [
        "",
        *("/alerts", "/errors", "/operations", "/association", "/sepa", "/notifications", "/monitor"),
        *("/settings", "/rules", "/search?q=fout", "/nothing"),
    ],
)
def test_a_page_of_the_monitoring_is_dutch(dutch: SQLiteSite, path: str) -> None:
    markup = page(dutch, f"/monitoring_dashboard{path}")
    assert '<html lang="nl">' in markup
    assert english(markup) == []


@pytest.mark.parametrize(
    "path", ["/monitoring_sepa", "/monitoring_backtest?rule=disk", "/monitoring_checklist", "/outbox"]
)
def test_the_pages_beside_it_are_dutch(dutch: SQLiteSite, path: str) -> None:
    assert english(page(dutch, path)) == []


def test_the_page_of_an_alert_is_dutch(dutch: SQLiteSite) -> None:
    names = [row["name"] for row in dutch.get_all("System Alert", ["name"], {})]
    assert names
    for name in names:
        assert english(page(dutch, f"/monitoring_dashboard/alert/{name}")) == []


@pytest.mark.parametrize("rule", sorted(BY_KEY))
def test_a_runbook_is_dutch(site: SQLiteSite, rule: str) -> None:
    site.set_conf("lang", "nl")
    markup = page(site, f"/{path_of(rule)}").split("<main ")[1]
    assert "Wat het betekent" in markup and english(markup) == []


def test_mails_of_alerts_and_reports_are_dutch(dutch: SQLiteSite, postman: RememberingPostman) -> None:
    subjects = [mail.subject for mail in postman.sent]
    assert any("1.200 fouten in het laatste uur" in subject for subject in subjects)
    assert any("RAPPORT" in subject for subject in subjects)
    for mail in postman.sent:
        assert english(mail.html) == []
        assert [line for line in (mail.subject, *mail.text.splitlines()) if english(line)] == []


def test_the_report_to_print_is_dutch(dutch: SQLiteSite) -> None:
    printed = report.document(dutch, date(2026, 1, 1), date(2026, 12, 31))
    assert '<html lang="nl">' in printed and english(printed) == []


def test_a_walk_through_the_checklist_is_dutch(dutch: SQLiteSite) -> None:
    done = acceptance.walk(dutch)
    printed = as_html(dutch, done)
    assert '<html lang="nl">' in printed and english(printed) == []


@pytest.mark.parametrize(("language", "words"), [("nl", "nl"), ("en", "en"), ("fr", "en"), ("nl-BE", "nl")])
def test_a_page_declares_the_language_of_its_words(
    site: SQLiteSite, clock: MovableClock, language: str, words: str
) -> None:
    site.set_conf("lang", language)
    assert f'<html lang="{words}">' in page(site, "/monitoring_dashboard")
