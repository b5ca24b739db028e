"""What became of the messages of alerts, and a worker that died with one in its hand."""

from __future__ import annotations

import pytest

from tests.conftest import MovableClock, RememberingPostman
from vuurtoren.alerts.intents import intents
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications import outbox, planning, routing
from vuurtoren.settings import settings
from vuurtoren.site.values import Row


def told(site: SQLiteSite, *more: str) -> list[Row]:
    """Every alert in its order, with the state of its messages and these fields."""
    rows = site.get_all("System Alert", ["name", "status", *more], order_by="timestamp, name")
    columns = intents.columns(site, [str(row["name"]) for row in rows])
    return [row | columns[row["name"]] for row in rows]


def die_with_a_claim(site: SQLiteSite) -> None:
    """A worker claims the first deliveries of all that is due, and is gone."""
    chosen = settings.read(site)
    planning.plan(site, chosen, routing.route(site, chosen))
    now = site.now()
    site.update_all(
        outbox.DOCTYPE, {"status": "Due"}, {"status": "Claimed", "attempts": 1, "claimed_at": now}
    )
    site.update_all(intents.DOCTYPE, {"status": "Not sent"}, {"status": "Claimed", "status_at": now})
    site.commit()


class EmbeddedTelling:
    """What a `TellingContract` leaves open, with the embedded site's own clock and postman."""

    @pytest.fixture(autouse=True)
    def _given(self, site: SQLiteSite, postman: RememberingPostman, clock: MovableClock) -> None:
        self.site, self.postman, self.clock = site, postman, clock

    def age(self, **ago: float) -> None:
        self.clock.move(**ago)

    def mails(self) -> list[tuple[str, ...]]:
        return [mail.recipients for mail in self.postman.sent]

    def mail_is_refused(self) -> None:
        self.postman.refuses_because = "smtp.example:25 did not take the message: timed out"

    def mail_is_taken(self) -> None:
        self.postman.refuses_because = ""
