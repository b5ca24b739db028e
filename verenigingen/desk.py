"""What the desk asks for: numbers of the workspace, the badge in its bar, and who sees the app's tile.

No `from __future__ import annotations`: Frappe reads the annotations of whitelisted functions.
"""

from typing import Any

from vuurtoren.composition import current_site
from vuurtoren.endpoints.permission import may_act, permitted_site
from vuurtoren.endpoints.whitelist import whitelist
from vuurtoren.pages.methods import desk

READ = ["GET", "POST"]


def sees_the_tile() -> bool:
    """It opens the workspace, which readers of the pages do not have."""
    return may_act(current_site())


@whitelist(methods=READ)
def alert_badge() -> dict[str, Any]:
    return desk.badge(permitted_site())


@whitelist(methods=READ)
def open_alerts() -> str:
    return desk.open_alerts(permitted_site())


@whitelist(methods=READ)
def severe_alerts() -> str:
    return desk.open_alerts(permitted_site(), desk.SEVERE)


@whitelist(methods=READ)
def errors_last_day() -> str:
    return desk.measured(permitted_site(), "errors_last_day")


@whitelist(methods=READ)
def mails_waiting() -> str:
    return desk.measured(permitted_site(), "mails_waiting")


@whitelist(methods=READ)
def jobs_waiting() -> str:
    return desk.measured(permitted_site(), "jobs_waiting")


@whitelist(methods=READ)
def trail_verified() -> str:
    return desk.measured(permitted_site(), "trail_verified")
