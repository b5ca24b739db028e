"""Who gets what: routes by area, rule and severity, and that no alert is without a reader."""

from __future__ import annotations

import json
import unittest
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Evaluate, MovableClock, RememberingPostman
from tests.notifications.telling import EmbeddedTelling
from tests.notifications.test_outbox import Pigeon, choose, pigeon, tell
from verenigingen.tests.contracts.route_contract import RouteContract
from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.alerts.events import record_event
from vuurtoren.backtest.hearing import preview, result
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications.routes import stored_routes
from vuurtoren.notifications.routes.route import USUAL, About, AlertRoute, readers, takes
from vuurtoren.pages.actions import answer_form
from vuurtoren.pages.methods import route_actions
from vuurtoren.rules.rule import SEVERITIES
from vuurtoren.settings import settings
from vuurtoren.signals.areas import area_of
from vuurtoren.signals.catalogue import BY_KEY, SIGNALS
from vuurtoren.signals.signal import AREAS

__all__ = ["pigeon"]

USUAL_ADDRESS = "beheer@vereniging.example"
TREASURER = "penningmeester@vereniging.example"
BOARD = "bestuur@vereniging.example"
SEPA, ERRORS = BY_KEY["failed_sepa_threshold"], BY_KEY["error_rate_hourly"]
STUCK, WAITING = BY_KEY["mail_stuck"], BY_KEY["mail_waiting"]

words = st.sampled_from(["", "nonsense", *AREAS, *SEVERITIES, *BY_KEY])
routes = st.builds(
    AlertRoute,
    name=st.text(min_size=1, max_size=3),
    title=st.just("route"),
    recipients=st.sampled_from([(), (TREASURER,), (TREASURER, BOARD)]),
    area=words,
    rule=words,
    severity=words,
    instead=st.booleans(),
)
abouts = st.builds(About, severity=words, rule=words, area=words)


@given(st.lists(routes, max_size=6), abouts)
def test_every_alert_has_a_reader_whatever_the_table_says(table: list[AlertRoute], alert: About) -> None:
    found = readers(table, alert)
    reading = {route.name for route in table if route.recipients and takes(route, alert)}
    assert found
    assert set(found) <= {USUAL, *reading}
    assert reading <= set(found)
    assert (USUAL in found) or any(r.instead and r.name in found and r.recipients for r in table)


@given(st.lists(routes, max_size=6), abouts)
def test_the_usual_recipients_hear_of_all_that_no_route_takes_from_them(
    table: list[AlertRoute], alert: About
) -> None:
    taken = any(route.instead and route.recipients and takes(route, alert) for route in table)
    assert (USUAL in readers(table, alert)) is not taken


def add(site: SQLiteSite, recipients: str = TREASURER, **values: object) -> str:
    given = {"title": "Treasurer", "recipients": recipients, **values}
    name = stored_routes.add(site, settings.read(site), given)
    site.commit()
    return name


def sent(postman: RememberingPostman) -> list[tuple[str, ...]]:
    return [mail.recipients for mail in postman.sent]


def test_a_route_whose_only_reader_has_left_takes_nothing_and_says_so(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    add(site, instead=1)
    site.insert("User", {"name": TREASURER, "email": TREASURER, "enabled": 0})
    site.commit()
    judge(12)
    tell(site)
    assert sent(postman) == [(USUAL_ADDRESS,)]
    (problem,) = stored_routes.read(site).problems
    assert "Treasurer" in problem
    assert TREASURER in problem


def test_a_channel_of_a_route_that_fails_is_followed_by_the_usual_ones(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, pigeon: Pigeon
) -> None:
    pigeon.fails = "a hawk"
    add(site, channels="pigeon", instead=1)
    judge(12)
    tell(site)
    assert sent(postman) == [(TREASURER,)]


def test_a_channel_of_a_route_carries_it(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, pigeon: Pigeon
) -> None:
    add(site, channels="pigeon")
    judge(12)
    tell(site)
    assert sent(postman) == [(USUAL_ADDRESS,)]
    assert len(pigeon.sent) == 1


def test_an_alert_is_not_left_to_one_that_its_reader_does_not_hear_of(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock
) -> None:
    """What follows from another is told with it, unless a reader hears of the one alone."""
    add(site, rule=WAITING.key)
    for _ in range(10):
        judge(0, STUCK, WAITING, mail__stuck_sending=9, mail__oldest_waiting_seconds=4_000)
        tell(site)
        clock.move(minutes=4)
    treasurers = [mail.subject for mail in postman.sent if mail.recipients == (TREASURER,)]
    assert len(treasurers) == 1
    assert sent(postman).count((USUAL_ADDRESS,)) == 2


@pytest.mark.parametrize(
    "values",
    [
        {"recipients": ""},
        {"recipients": "nobody"},
        {"area": "Redis"},
        {"severity": "AWFUL"},
        {"rule": "no_such_rule"},
        {"channels": "smoke"},
        {"title": " "},
    ],
)
def test_a_route_that_takes_nothing_is_refused(site: SQLiteSite, values: dict[str, object]) -> None:
    with pytest.raises(NotPossible):
        stored_routes.check(
            site, settings.read(site), {"title": "Treasurer", "recipients": TREASURER, **values}
        )


def test_the_page_adds_a_route_and_takes_it_back(site: SQLiteSite) -> None:
    notice = answer_form(
        site, {"action": "add_route", "title": "Treasurer", "recipients": TREASURER, "area": "Money"}
    )
    assert (notice.level, notice.undo) == ("ok", "route_off")
    answer_form(site, {"action": "route_off", **dict(notice.undo_fields)})
    assert stored_routes.read(site).routes == ()
    assert answer_form(site, {"action": "route_on", "route": "gone"}).level == "warning"


def test_the_preview_says_who_would_have_heard_of_what(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12, ERRORS)
    judge(12, SEPA, sepa__failed_last_hour=99)
    record_event(site, settings.read(site), "TEST", "CRITICAL", "thing")
    site.commit()
    add(site, area="Money")
    found = preview.preview(site, settings.read(site))
    assert [(each.title, each.alerts) for each in found.readers] == [
        ("the usual recipients", 3),
        ("Treasurer", 1),
    ]
    assert found.readers[1].rules == (SEPA.key,)
    assert "Treasurer" in "\n".join(result.as_lines(site, settings.read(site), found))
    assert json.loads(json.dumps(result.as_data(found)))["alerts"] == 3
    clock.move(days=40)
    assert preview.preview(site, settings.read(site)).alerts == 0


def test_every_shipped_rule_is_somebodys_business() -> None:
    shipped: Iterable[str] = (area_of(rule) for signal in SIGNALS for rule in signal.rules)
    assert set(shipped) == set(AREAS)
    assert area_of(None) == ""


def test_messages_go_on_before_the_migration_that_brings_routes(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, monkeypatch: pytest.MonkeyPatch
) -> None:
    had = site.has_field
    monkeypatch.setattr(site, "has_field", lambda doctype, name: name != "route" and had(doctype, name))
    judge(12)
    tell(site)
    choose(site, enabled=1)
    assert sent(postman) == [(USUAL_ADDRESS,)]


# ---- a route that is being filled in
def heard(site: SQLiteSite, **draft: object) -> dict[str, list[str]]:
    found = preview.preview(
        site, settings.read(site), draft={"recipients": TREASURER, "title": "Draft", **draft}
    )
    return {reader.title: [told.message for told in reader.newest] for reader in found.readers}


def test_a_route_that_is_not_saved_is_tried_on_the_alerts_of_last_month(
    site: SQLiteSite, judge: Evaluate
) -> None:
    judge(12, ERRORS)
    judge(12, SEPA, sepa__failed_last_hour=99)
    added, instead = heard(site, area="Money"), heard(site, area="Money", instead=1)
    assert len(added["the usual recipients"]) == 2 and len(added["Draft"]) == 1
    assert instead["Draft"] == added["Draft"]
    assert instead["the usual recipients"] == [
        each for each in added["the usual recipients"] if each not in added["Draft"]
    ]
    assert stored_routes.rows(site) == []


def test_a_draft_stands_in_for_the_stored_route_of_its_name(site: SQLiteSite, judge: Evaluate) -> None:
    judge(12, ERRORS)
    name = add(site, severity="CRITICAL")
    assert list(heard(site, name=name, title="Changed")) == ["the usual recipients", "Changed"]
    assert len(heard(site, name=name, title="Changed")["Changed"]) == 1
    assert list(heard(site)) == ["the usual recipients", "Treasurer", "Draft"]


def test_no_more_than_ten_alerts_are_named_for_a_reader(site: SQLiteSite) -> None:
    for number in range(12):
        record_event(site, settings.read(site), "TEST", "HIGH", f"thing {number}")
    site.commit()
    found = preview.preview(site, settings.read(site))
    assert (found.readers[0].alerts, len(found.readers[0].newest)) == (12, preview.MOST_NAMED)


def test_the_page_tries_a_route_and_saves_nothing(site: SQLiteSite, judge: Evaluate) -> None:
    judge(12, ERRORS)
    form = {"action": "try_route", "title": "Draft", "recipients": TREASURER}
    notice = answer_form(site, form)
    assert notice.level == "ok" and f"Draft ({TREASURER}): 1 alert (1 as stored): " in notice.said
    assert (notice.undo, stored_routes.rows(site)) == ("", [])
    assert answer_form(site, {**form, "recipients": ""}).level == "warning"


def test_the_form_of_a_route_is_answered_with_what_is_escaped(site: SQLiteSite) -> None:
    record_event(site, settings.read(site), "TEST", "HIGH", "<script>")
    site.commit()
    record = {"title": "<b>Draft</b>", "recipients": TREASURER}
    html = route_actions.preview_of(site, json.dumps(record), "31")["html"]
    assert "&lt;b&gt;Draft&lt;/b&gt;" in html and "&lt;script&gt;" in html
    assert "<b>" not in html and "<script>" not in html


@pytest.mark.parametrize(
    ("record", "days"),
    [
        ("nonsense", "31"),
        ("[]", "31"),
        ('{"title": "x"}', "31"),
        ('{"title": "x", "recipients": "a@b.example", "channels": "smoke"}', "31"),
        ('{"title": "x", "recipients": "a@b.example"}', "0"),
        ('{"title": "x", "recipients": "a@b.example"}', "9999"),
        ('{"title": "x", "recipients": "a@b.example"}', "many"),
        ('{"title": "' + "x" * 30_000 + '"}', "31"),
    ],
)
def test_what_is_no_route_is_not_tried(site: SQLiteSite, record: str, days: str) -> None:
    with pytest.raises(NotPossible):
        route_actions.preview_of(site, record, days)


class TestRoutes(EmbeddedTelling, RouteContract, unittest.TestCase):
    """The contract, on SQLite."""

    refused = (NotPossible,)

    def route(self, **values: Any) -> str:
        return add(self.site, **values)
