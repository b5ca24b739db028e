"""A row of System Alert in which a field is empty, however that came about, stops no telling and no page."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from tests.conftest import Evaluate, MovableClock, RememberingPostman
from tests.pages.whole import build_page
from vuurtoren.alerts import alerts, statistics
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications.delivery import deliver
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import BY_KEY
from vuurtoren.site.values import Row

HOLES = (
    "timestamp", "first_seen", "last_seen", "severity", "message", "rule", "details", "count", "kind",
    "fingerprint", "unit", "alert_type", "threshold", "value", "escalation_level",
)  # fmt: skip


def named(site: SQLiteSite) -> list[Row]:
    return site.get_all(alerts.DOCTYPE, ["name"])


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("hole", [*HOLES, "resolved_at", "first_seen+timestamp"])
def test_it_is_told_and_shown(
    hole: str,
    ended: bool,
    site: SQLiteSite,
    judge: Evaluate,
    postman: RememberingPostman,
    clock: MovableClock,
) -> None:
    judge(12)
    judge(0, BY_KEY["mail_stuck"], mail__stuck_sending=1)
    site.commit()
    if ended:
        clock.move(minutes=4)
        judge(3)
    site.update_all(alerts.DOCTYPE, {"name": ("is", "set")}, dict.fromkeys(hole.split("+")))
    site.commit()
    clock.move(minutes=4)

    deliver(site, settings.read(site))
    judge(12)
    deliver(site, settings.read(site))
    build_page(site)
    statistics.alert_statistics(site)
    opened = Client(Application(site, Gate("127.0.0.1", 8000)))
    about = [f"/{kind}/{row['name']}" for kind in ("alert", "incident") for row in named(site)]
    for path in ("", "/alerts", *about):
        answer = opened.get(f"/monitoring_dashboard{path}", headers={"Host": "127.0.0.1:8000"})
        assert answer.status_code < 500, site.get_all("Error Log", ["error"])

    assert postman.sent
    assert site.count("Error Log") == 0
