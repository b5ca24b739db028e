"""On Frappe 16 the desk has one tile of ours, *Monitoring*, and no other that Frappe made of the title."""

import frappe

from verenigingen.installing import desk


def execute() -> None:
    desk.leave_one_tile()
    frappe.db.commit()
