"""The audit committee under the role of the association's own app reads what ours reads."""

from __future__ import annotations

import frappe

from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF, LOG
from vuurtoren.audit.search.sensitive_details import committee_roles
from vuurtoren.compliance.findings.stored import DOCTYPE as FINDING
from vuurtoren.compliance.rule_states import DOCTYPE as RULE_STATE
from vuurtoren.compliance.subject import RETURN
from vuurtoren.frappe_adapter.site import FrappeSite

RIGHTS = {"read": 1, "report": 1, "export": 1}
READ = (LOG, LEAF, CHECKPOINT, FINDING, RETURN, RULE_STATE)


def other_role() -> str:
    """The role of the committee as the association's own app names it, whether it is there or not."""
    return committee_roles(FrappeSite())[1]


def let_the_other_role_read() -> None:
    """Where the role is there. A migrate that reads our DocTypes anew takes it away, so it is done again."""
    role = other_role()
    if not frappe.db.exists("Role", role):
        return
    for doctype in READ:
        if frappe.db.exists("DocPerm", {"parent": doctype, "role": role}):
            continue
        row = {"doctype": "DocPerm", "parenttype": "DocType", "parentfield": "permissions", "role": role}
        idx = frappe.db.count("DocPerm", {"parent": doctype}) + 1
        frappe.get_doc({**row, "parent": doctype, "idx": idx, **RIGHTS}).db_insert()
        frappe.clear_cache(doctype=doctype)
