"""Days of the clock on whatever site: one suite, on SQLite by pytest and in a bench by Frappe's runner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vuurtoren.alerts.intents import intents
from vuurtoren.health import liveness
from vuurtoren.notifications import outbox, planning, routing
from vuurtoren.settings import settings
from vuurtoren.site.protocol import Site

if TYPE_CHECKING:
    from unittest import TestCase as Base
else:
    Base = object

RULE = "error_rate_hourly"


class ClockContract(Base):
    """Mix it into a `TestCase` with the methods that raise here; nobody has been told anything yet."""

    site: Site

    def errors(self) -> None:
        """More errors than `RULE` allows, committed."""
        raise NotImplementedError

    def no_more_errors(self) -> None:
        raise NotImplementedError

    def tick(self) -> None:
        """One tick, which succeeds."""
        raise NotImplementedError

    def age(self, **ago: float) -> None:
        """So much time passes; it goes back when negative."""
        raise NotImplementedError

    def event(self, message: str = "the books do not balance") -> str:
        """Open an alert of its own, without telling anybody; its name."""
        raise NotImplementedError

    def mails_about(self, alert: str) -> int:
        """How many mails were handed over about this alert."""
        raise NotImplementedError

    def told(self) -> list[int]:
        """How many mails each alert of `RULE` has had."""
        alerts = self.site.get_all("System Alert", ["name"], {"rule": RULE}, order_by="creation")
        return [self.mails_about(str(row["name"])) for row in alerts]

    def health(self) -> str:
        return str(liveness.health(self.site, details=False)["status"])

    def test_after_five_days_without_a_scheduler_one_tick_catches_up_and_floods_nobody(self) -> None:
        self.errors()
        self.tick()
        self.age(days=5)
        self.assertEqual(self.health(), "silent")
        self.no_more_errors()
        self.errors()
        self.tick()
        self.assertEqual(self.health(), "ok")
        self.assertEqual(self.told(), [1])

    def test_what_was_due_when_the_scheduler_stopped_is_told_five_days_later(self) -> None:
        name = self.event("nobody has been told")
        self.age(days=5)
        self.tick()
        self.assertEqual(self.mails_about(name), 1)

    def test_what_ended_meanwhile_is_resolved_at_once(self) -> None:
        self.errors()
        self.tick()
        self.no_more_errors()
        self.age(days=5)
        self.tick()
        self.age(minutes=16)
        self.tick()
        statuses = [row["status"] for row in self.site.get_all("System Alert", ["status"], {"rule": RULE})]
        self.assertEqual((statuses, self.told()), (["Resolved"], [2]))

    def test_a_clock_that_goes_back_two_hours_opens_and_tells_nothing_twice(self) -> None:
        self.errors()
        self.tick()
        self.age(hours=-2)
        for _ in range(3):
            self.tick()
            self.assertEqual(self.told(), [1])
            self.age(minutes=4)
        self.tick()
        self.assertEqual(self.health(), "ok")

    def test_a_claim_from_before_the_clock_went_back_is_taken_over(self) -> None:
        name = self.event()
        chosen = settings.read(self.site)
        planning.plan(self.site, chosen, routing.route(self.site, chosen))
        claimed = {"status": "Claimed", "status_at": self.site.now()}
        self.site.update_all(intents.DOCTYPE, {"alert": name}, claimed)
        claimed = {"status": "Claimed", "claimed_at": self.site.now()}
        self.site.update_all(outbox.DOCTYPE, {"alert": name}, claimed)
        self.site.commit()
        self.age(hours=-2)
        self.tick()
        self.assertEqual(self.mails_about(name), 1)

    def test_what_comes_and_goes_at_every_tick_is_one_alert_and_two_messages(self) -> None:
        for _ in range(6):
            self.errors()
            self.tick()
            self.age(minutes=4)
            self.no_more_errors()
            self.tick()
            self.age(minutes=4)
        self.assertEqual(self.told(), [1])
        for _ in range(4):
            self.tick()
            self.age(minutes=4)
        self.assertEqual(self.told(), [2])
