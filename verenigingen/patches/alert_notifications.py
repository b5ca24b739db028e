"""What System Alert kept about its messages in columns becomes rows of Alert Notification.

The columns stay in the table, where nothing reads them: going back to the earlier release loses nothing.
"""

from typing import Any

import frappe

from vuurtoren.alerts.intents.earlier_columns import COLUMNS
from vuurtoren.alerts.intents.taking_over import AT_ONCE, take_over
from vuurtoren.frappe_adapter.site import FrappeSite


def execute() -> None:
    """Batch by batch, each with a commit; killed in the middle, it goes on when it is run again."""
    if not all(frappe.db.has_column("System Alert", name) for name in COLUMNS):
        return
    site, last = FrappeSite(), ""
    while rows := _after(last):
        take_over(site, rows)
        site.commit()
        last = rows[-1]["name"]


def _after(name: str) -> list[dict[str, Any]]:
    wanted = ", ".join(f"`{column}`" for column in ("name", "timestamp", *COLUMNS))
    return frappe.db.sql(
        f"SELECT {wanted} FROM `tabSystem Alert` WHERE name > %s ORDER BY name LIMIT {AT_ONCE}",
        (name,),
        as_dict=True,
    )
