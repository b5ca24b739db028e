"""The switch of the monthly review is on where it was never chosen, as it is on a new site."""

import frappe

SETTINGS, FIELD = "Monitoring Settings", "monthly_review"


def execute() -> None:
    """A second run changes nothing: what was chosen stays."""
    if FIELD not in frappe.db.get_singles_dict(SETTINGS):
        frappe.db.set_single_value(SETTINGS, FIELD, 1)
