"""Every report that is mailed reaches each recipient once, and whole in the language of that recipient."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import MovableClock, RememberingPostman
from tests.site.test_dutch import english
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rounds.checks import run_job
from vuurtoren.site.values import Mail

DUTCH, ENGLISH = "penningmeester@example.org", "auditor@example.com"
REPORTS = {
    "REPORT": ("RAPPORT", "REPORT"),
    "WEEK": ("WEEK", "WEEK"),
    "MONTH": ("MAAND", "MONTH"),
    "ROUTINE": ("ROUTINE", "ROUTINE"),
}
"""What begins the subject of each, in the language of the one and the other."""
DAYS_TO_MONDAY, DAYS_TO_THE_FIRST = 5, 27


@pytest.fixture
def sent(site: SQLiteSite, postman: RememberingPostman, clock: MovableClock) -> list[Mail]:
    """All that goes out on a day, a Monday and a first of the month after a bad one."""
    site.seed("User", [{"name": DUTCH, "email": DUTCH, "enabled": 1, "language": "nl"}])
    wanted = {"daily_report": 1, "weekly_digest": 1, "monthly_review": 1}
    site.set_single("Monitoring Settings", {"recipients": f"{DUTCH}\n{ENGLISH}", **wanted})
    site.seed("Error Log", [{"method": f"Broken {number}", "error": "x"} for number in range(1200)])
    site.commit()
    run_job(site, "tick")
    began = clock.moment
    for days in (1, DAYS_TO_MONDAY, DAYS_TO_THE_FIRST):
        clock.moment = began + timedelta(days=days)
        for job in ("tick", "hourly", "daily"):
            run_job(site, job)
    return postman.sent


def of(sent: list[Mail], report: str, reader: str) -> list[Mail]:
    begins = REPORTS[report][0 if reader == DUTCH else 1]
    return [mail for mail in sent if f"[{begins}]" in mail.subject and mail.recipients == (reader,)]


@pytest.mark.parametrize("report", list(REPORTS))
def test_both_readers_get_as_many_mails_each_for_themselves(sent: list[Mail], report: str) -> None:
    dutch, english_ = of(sent, report, DUTCH), of(sent, report, ENGLISH)
    assert len(dutch) == len(english_) >= 1, [(mail.subject, mail.recipients) for mail in sent]
    assert [mail for mail in sent if len(mail.recipients) != 1] == []


@pytest.mark.parametrize("report", list(REPORTS))
def test_the_dutch_reader_finds_nothing_in_english(sent: list[Mail], report: str) -> None:
    for mail in of(sent, report, DUTCH):
        assert english(mail.html) == [], "\n".join(english(mail.html))
        assert [line for line in (mail.subject, *mail.text.splitlines()) if english(line)] == []


@pytest.mark.parametrize("report", list(REPORTS))
def test_the_english_reader_of_the_same_report_finds_it_in_english(sent: list[Mail], report: str) -> None:
    for mail in of(sent, report, ENGLISH):
        assert english(mail.text)
