"""The lists of the monitor get saved filters, and the search bar finds its alerts, errors and rules."""

import frappe

from verenigingen.installing import desk


def execute() -> None:
    desk.save_filters()
    desk.offer_in_search()
    frappe.db.commit()
