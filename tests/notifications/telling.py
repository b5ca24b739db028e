"""What became of the messages of alerts, and a worker that died with one in its hand."""

from __future__ import annotations

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
