"""Who gets what by Alert Route, on whatever site: one suite, by pytest on SQLite and inside a bench."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from verenigingen.tests.contracts.telling_contract import TellingContract
from vuurtoren.alerts import alerts
from vuurtoren.alerts.events import record_event
from vuurtoren.backtest.hearing import preview
from vuurtoren.metrics.history import history, rows
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.notifications.routes import stored_routes
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import BY_KEY

USUAL, TREASURER = "beheer@vereniging.example", "penningmeester@vereniging.example"
SEPA, ERRORS = BY_KEY["failed_sepa_threshold"], BY_KEY["error_rate_hourly"]


class RouteContract(TellingContract):
    """Besides the `USUAL` recipient, or instead of it."""

    refused: tuple[type[Exception], ...]
    """How a route that takes or tells nothing is refused."""

    def route(self, **values: Any) -> str:
        """Save a route to the `TREASURER` with these values; its name."""
        raise NotImplementedError

    def heard(self) -> list[str]:
        """Who was told so far, once for each mail, in the order of their names."""
        return sorted(person for mail in self.mails() for person in mail)

    def event(self, severity: str) -> str:
        name = record_event(self.site, settings.read(self.site), "TEST", severity, f"{severity} thing")
        self.site.commit()
        return name

    def test_a_route_of_an_area_hears_of_that_besides_the_usual_ones(self) -> None:
        self.route(area="Money")
        self.judge(12, ERRORS)
        self.tell()
        self.assertEqual(self.heard(), [USUAL])
        self.judge(99, SEPA)
        for _ in range(2):
            self.tell()
            self.assertEqual(self.heard(), [USUAL, USUAL, TREASURER])

    def test_the_least_severity_counts(self) -> None:
        self.route(severity="HIGH")
        for severity, heard in (("MEDIUM", [USUAL]), ("CRITICAL", [USUAL, USUAL, TREASURER])):
            self.event(severity)
            self.tell()
            self.assertEqual(self.heard(), heard)

    def test_a_route_stands_in_for_the_usual_ones(self) -> None:
        name = self.route(rule=ERRORS.key, instead=1)
        alert = self.judge(12, ERRORS)
        self.tell()
        self.assertEqual(self.heard(), [TREASURER])
        told = self.deliveries(alert, "role", "route", "audience")
        self.assertIn(("First", name, "p***@vereniging.example"), told)

    def test_whoever_was_told_that_it_began_is_told_that_it_is_over(self) -> None:
        name = self.route(rule=ERRORS.key, instead=1)
        alert = self.judge(12, ERRORS)
        self.tell()
        stored_routes.switch(self.site, name, on=False)
        alerts.resolve(self.site, alert, "mended", settings=settings.read(self.site))
        self.site.commit()
        self.tell()
        self.assertEqual((set(self.heard()), self.heard().count(TREASURER)), ({USUAL, TREASURER}, 2))

    def test_a_route_without_a_reader_or_a_matter_is_not_saved(self) -> None:
        for wrong in ({"recipients": "nobody"}, {"rule": "no_such_rule"}, {"channels": "smoke"}):
            with self.subTest(wrong=wrong), self.assertRaises(self.refused):
                self.route(**wrong)
            self.site.rollback()

    def test_the_preview_names_every_reader(self) -> None:
        self.route()
        self.event("HIGH")
        self.tell()
        found = preview.preview(self.site, replace(settings.read(self.site), rules=()))
        self.assertEqual([(each.title, each.alerts) for each in found.readers][1:], [("Treasurer", 1)])
        self.assertEqual(stored_routes.read(self.site).problems, ())

    def test_the_preview_replays_the_rules_that_hold_now(self) -> None:
        """Nothing was told in that hour, and the threshold is another one since."""
        self.without_history()
        now = self.site.now().replace(second=0, microsecond=0)
        ago = {hours: timedelta(hours=hours) for hours in range(41 * 24, 0, -1)}
        samples = [(now - back, 9.0 if hours == 50 else 0.0) for hours, back in ago.items()]
        history.backfill(self.site, SEPA.unit, {SeriesName(SEPA.metric): samples})
        draft = {"title": "Draft", "recipients": TREASURER, "rule": SEPA.key}
        chosen = settings.read(self.site)
        stricter, laxer = replace(SEPA, threshold=8), replace(SEPA, threshold=9)
        for rule, times in ((stricter, [now - ago[50]]), (laxer, [])):
            found = preview.preview(self.site, replace(chosen, rules=(rule,)), 31, draft)
            (reader,) = (each for each in found.readers if each.title == "Draft")
            self.assertEqual([each.at for each in reader.newest if each.replayed], times)

    def without_history(self) -> None:
        """Nothing was ever measured on this site, before this test and after it."""
        self._forget_history()
        self.addCleanup(self._forget_history)

    def _forget_history(self) -> None:
        self.site.rollback()
        self.site.delete(rows.DOCTYPE, {"name": ("is", "set")}, limit=10_000)
        self.site.commit()
