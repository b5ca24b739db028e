"""The review of a month: few sentences, each with its question, once a month, and nothing invented."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.compliance import books
from tests.compliance.test_findings import office as office
from tests.conftest import MovableClock, RememberingPostman
from vuurtoren.analytics.monthly.review import MEASURED_SINCE, direction, review
from vuurtoren.analytics.monthly.words import headline_of, parts_of
from vuurtoren.compliance import scanning
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.rounds import monthly_review
from vuurtoren.rounds.monthly_review import send_monthly_review
from vuurtoren.settings import settings


def days(site: SQLiteSite, metric: str, before: float, now: float, *, unit: str = "mails") -> None:
    """Hourly samples of sixty days, the newer thirty with another value, each a little apart."""
    begins = site.now().replace(minute=0, second=0) - timedelta(days=60)
    samples = [
        (begins + timedelta(hours=hour), (before if hour < 720 else now) + hour // 24 % 3)
        for hour in range(60 * 24)
    ]
    history.backfill(site, unit, {SeriesName(metric): samples})


def texts(told: tuple[Any, ...]) -> list[str]:
    return [each.text for each in told]


@pytest.mark.parametrize(
    ("before", "now", "moved"),
    [
        ([10] * 20, [5] * 20, -1),
        ([5] * 20, [10] * 20, 1),
        ([10, 11] * 10, [10, 11] * 10, 0),
        ([100] * 20, [105] * 20, 0),
        ([0] * 20, [0] * 20, 0),
        ([1, 30] * 10, [2, 29] * 10, 0),
    ],
)
def test_it_moved_only_where_the_days_say_so(before: list[float], now: list[float], moved: int) -> None:
    assert direction(before, now) == moved


def test_what_fell_became_better_and_what_rose_needs_attention(site: SQLiteSite) -> None:
    days(site, "mail.failed_last_day", 20, 4)
    days(site, "errors.last_day", 5, 50, unit="errors")
    found = review(site)
    (better,) = found.better
    (worse,) = found.attention
    assert better.text == "Mails failed, last day: 4.8 mails on a usual day, 20.8 mails in the month before."
    assert worse.about == "errors.last_day" and "in Metric Series" in worse.source


def test_of_a_share_that_should_be_high_less_is_worse(site: SQLiteSite) -> None:
    days(site, "payments.success_percent", 95, 60, unit="%")
    assert [each.about for each in review(site).attention] == ["payments.success_percent"]


def test_what_is_known_too_shortly_is_named_and_not_compared(site: SQLiteSite) -> None:
    found = review(site)
    assert found.better == found.attention == ()
    assert "Mails failed, last day" in found.unknown
    (_title, told) = parts_of(site, found)[-1]
    assert told[0].text.startswith("Fewer than 14 days of this month")


def test_alerts_are_not_counted_of_a_month_in_which_nobody_looked(site: SQLiteSite) -> None:
    site.insert("System Alert", {"alert_type": "x", "severity": "HIGH", "message": "m", "status": "Active"})
    assert not any("alert" in text for text in texts(review(site).attention))


@pytest.mark.parametrize(("kept_days", "told"), [(59, False), (60, True)])
def test_alerts_are_counted_where_those_of_both_months_are_kept(
    site: SQLiteSite, kept_days: int, told: bool
) -> None:
    days(site, MEASURED_SINCE, 1, 1)
    site.set_single(settings.DOCTYPE, {"alert_retention_days": kept_days})
    site.insert("System Alert", {"alert_type": "x", "severity": "HIGH", "message": "m", "status": "Active",
                                 "timestamp": site.now()})  # fmt: skip
    assert any(text.startswith("One alert opened, 0 ") for text in texts(review(site).attention)) is told


def test_what_it_costs_is_said_where_an_amount_is_known(office: SQLiteSite) -> None:
    books.batch(
        office, "B-1", (office.now() + timedelta(days=12)).date(), [books.mandate(office, status="Suspended")]
    )
    books.mandate(office, used_on=office.now().date() - timedelta(days=1060))
    scanning.scan(office)
    found = review(office)
    assert any("open finding" in text and "EUR" in text for text in texts(found.costs))
    assert any(text.startswith("One mandate ends on ") for text in texts(found.ahead))
    assert all(each.source for each in (*found.costs, *found.ahead))


def test_where_no_amount_is_known_that_is_said(site: SQLiteSite) -> None:
    days(site, "errors.last_day", 5, 50, unit="errors")
    told = dict(parts_of(site, review(site)))
    assert texts(told["What it costs to wait"]) == ["What it would cost to wait has not been measured."]


def test_a_quiet_month_is_said_as_such(site: SQLiteSite) -> None:
    assert headline_of(site, review(site)) == "Nothing needs attention this month"


def test_it_is_mailed_once_a_month_on_the_first(
    site: SQLiteSite, clock: MovableClock, postman: RememberingPostman
) -> None:
    chosen = settings.read(site)
    assert send_monthly_review(site, chosen) == "" and postman.sent == []
    clock.move(days=27)
    assert site.now().day == 1
    assert send_monthly_review(site, chosen) == ""
    assert len(postman.sent) == 1 and "Monthly review" in postman.sent[0].html
    clock.move(hours=3)
    assert send_monthly_review(site, chosen) == "It was sent already."
    clock.move(days=32)
    assert site.now().day == 2, "the first was missed"
    assert send_monthly_review(site, chosen) == "" and len(postman.sent) == 2


def test_switched_off_nothing_is_mailed(site: SQLiteSite, postman: RememberingPostman) -> None:
    site.set_single("Monitoring Settings", {"monthly_review": 0})
    said = send_monthly_review(site, settings.read(site))
    assert "switched off" in said and postman.sent == []


def test_each_sentence_of_the_mail_names_its_question(site: SQLiteSite) -> None:
    days(site, "mail.failed_last_day", 20, 4)
    text = monthly_review.compose(site, review(site)).text
    assert "[medians of the days of mail.failed_last_day in Metric Series" in text
