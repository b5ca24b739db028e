"""What Monitoring Settings said in texts about telling becomes rows of its tables; what no row can say stays
in the text, where the form shows it and the pages name it."""

import frappe

from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.settings.carrying_over import carry_over
from vuurtoren.settings.settings import DOCTYPE


def execute() -> None:
    """In one transaction: killed before its end it has done nothing, and a second time nothing is left."""
    changed = carry_over(FrappeSite(), lambda fields: _write(dict(fields)))
    if changed:
        said = ", ".join(changed)
        frappe.get_doc(DOCTYPE).add_comment("Info", f"Carried over into tables: {said}")
    frappe.db.commit()
    frappe.clear_document_cache(DOCTYPE, DOCTYPE)


def _write(fields: dict[str, object]) -> None:
    for field, value in fields.items():
        frappe.db.set_single_value(DOCTYPE, field, value)
