"""What is known of a member, mandate, invoice, batch or code: findings, returns, accounts and the trail."""

from __future__ import annotations

import re
from typing import Any

from vuurtoren.audit.seals.tables import LEAF, LOG
from vuurtoren.audit.verification.entry_state import EntryState, states
from vuurtoren.compliance.findings import stored
from vuurtoren.compliance.identifiers import compact, invoices_in
from vuurtoren.compliance.reading.values import pages, text
from vuurtoren.compliance.return_codes import return_code
from vuurtoren.compliance.returned import stored as returned
from vuurtoren.compliance.rules.catalogue import BY_ID
from vuurtoren.host_records import records as host_records
from vuurtoren.host_records.names import BATCH, INVOICE, MANDATE, MEMBER
from vuurtoren.host_records.records import HostRecords
from vuurtoren.privacy.text import storable
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment
from vuurtoren.site.values import Row

MOST_FOUND, MOST_ENTRIES = 50, 20
FIELDS = (
    *("name", "event_id", "timestamp", "actor", "action", "compliance_status", "entity_name", "rule_id"),
    "outcome_code",
)
LAST_FOUR = re.compile(r"[0-9A-Za-z]{4}")
Found = dict[str, str]
"""What it is, its name, what is said, its state, and where it is."""


def search(site: Site, question: str) -> list[Found]:
    """Findings and returns about exactly this member, mandate, invoice, batch, id, rule or reason code.

    A member may be asked for by its number, a mandate by its reference, a collection by its end-to-end id.
    """
    if not storable(question):
        return []
    found: list[Found] = []
    host = host_records.of(site)
    known_as = {
        "member": (question, *sorted(_named(host, MEMBER, "member_id", question))),
        "mandate": (question, *sorted(_named(host, MANDATE, "mandate_id", question))),
        "invoice": _invoices(question),
    }
    for field in ("member", "mandate", "batch", "invoice", "subject_name", "rule"):
        about = {field: ("in", known_as.get(field, (question,)))}
        found += [_found_finding(site, row) for row in stored.rows(site, about, limit=MOST_FOUND)]
    if site.has_doctype(returned.DOCTYPE):
        for field in (
            "member",
            "mandate",
            "mandate_reference",
            "batch",
            "invoice",
            "end_to_end_id",
            "reason_code",
        ):
            wanted = (question.upper(),) if field == "reason_code" else known_as.get(field, (question,))
            about = {field: ("in", wanted)}
            for row in site.get_all(returned.DOCTYPE, list(returned.FIELDS), about, limit=MOST_FOUND):
                found.append(_found_return(site, row))
    if LAST_FOUR.fullmatch(question):
        found += _paying_from(site, question)
    unique = {(each["what"], each["name"]): each for each in found}
    return list(unique.values())[:MOST_FOUND]


def entries(site: Site, question: str) -> list[Found]:
    """Entries of the trail about this document, newest first, in words, and whether each is as it was sealed.

    About a member are also those about its mandates and returns, about a return those about its invoice.
    """
    if not storable(question) or not site.has_doctype(LOG):
        return []
    rows: dict[str, Row] = {}
    for doctype, names in _about(site, question).items():
        asked = {"reference_doctype": doctype, "reference_name": ("in", tuple(sorted(names)))}
        for row in site.get_all(LOG, FIELDS, asked, order_by="timestamp desc", limit=MOST_ENTRIES):
            rows[str(row["name"])] = row
    newest_first = sorted(rows.values(), key=lambda row: row["timestamp"], reverse=True)[:MOST_ENTRIES]
    sealed = states(site, [str(row["name"]) for row in newest_first]) if site.has_doctype(LEAF) else {}
    return [_entry(site, row, sealed.get(str(row["name"]))) for row in newest_first]


def _about(site: Site, question: str) -> dict[str, set[str]]:
    """The documents that a question is about, by the DocType of this site."""
    host = host_records.of(site)
    found: dict[str, set[str]] = {}
    people = {question, *_named(host, MEMBER, "member_id", question)}
    mandates = {question, *_named(host, MANDATE, "mandate_id", question)}
    for member in people:
        mandates |= _named(host, MANDATE, "member", member)
    returns, invoices = {question}, set(_invoices(question))
    if site.has_doctype(returned.DOCTYPE):
        asked: list[dict[str, Any]] = [
            {"member": ("in", tuple(people))},
            {"mandate": ("in", tuple(mandates))},
        ]
        asked += [{field: question} for field in ("end_to_end_id", "mandate_reference")]
        asked.append({"invoice": ("in", tuple(invoices))})
        for each in asked:
            for row in site.get_all(returned.DOCTYPE, ["name", "invoice"], each, limit=MOST_FOUND):
                returns.add(str(row["name"]))
                invoices |= {str(row["invoice"])} if row["invoice"] else set()
    wanted = {MANDATE: mandates, BATCH: {question}, INVOICE: invoices, MEMBER: people}
    for record, names in wanted.items():
        doctype = host.doctype(record)
        if doctype:
            found[doctype] = found.get(doctype, set()) | names
    return found | {returned.DOCTYPE: returns}


def _invoices(question: str) -> tuple[str, ...]:
    """What the question may name as an invoice, which an end-to-end id ends with."""
    return tuple(filter(None, invoices_in(question)))


def _named(host: HostRecords, record: str, field: str, value: str) -> set[str]:
    if not host.has_field(record, field):
        return set()
    return {str(row["name"]) for row in host.get_all(record, ["name"], {field: value}, limit=MOST_FOUND)}


def _entry(site: Site, row: Row, sealed: EntryState | None) -> Found:
    words = site.translate(str(row["action"] or "").replace("_", " "))
    why = " · ".join(filter(None, (_rule(site, row), _code(site, row))))
    said = site.translate("{0}: {1}, by {2}, about {3}").format(
        moment(row["timestamp"], site.translate),
        f"{words} ({why})" if why else words,
        row["actor"],
        row["entity_name"] or "–",
    )
    return {
        "said": said,
        "state": site.translate(str(row["compliance_status"])),
        "event_id": str(row["event_id"]),
        "sealed": sealed.text(site) if sealed else "",
        "href": site.url_to_form(LOG, str(row["name"])),
    }


def _rule(site: Site, row: Row) -> str:
    rule = BY_ID.get(str(row["rule_id"] or ""))
    return f"{rule.id} {site.translate(rule.title)}" if rule else ""


def _code(site: Site, row: Row) -> str:
    code = str(row["outcome_code"] or "")
    known = return_code(code) if code else None
    return f"{code} {site.translate(known.meaning)}" if known else code


def _paying_from(site: Site, digits: str) -> list[Found]:
    """Mandates on accounts that end in these four characters; the account itself is not shown."""
    host, found = host_records.of(site), []
    if not host.has_field(MANDATE, "iban"):
        return []
    for rows in pages(host, MANDATE, ("mandate_id", "iban", "member", "status")):
        for row in rows:
            if compact(text(row["iban"])).endswith(digits.upper()):
                said = f"{text(row.get('mandate_id')) or row['name']}, {text(row.get('member'))}"
                href = site.url_to_form(host.doctype(MANDATE), str(row["name"]))
                state = site.translate(text(row.get("status")))
                found.append(
                    {"what": MANDATE, "name": str(row["name"]), "said": said, "state": state, "href": href}
                )
        if len(found) >= MOST_FOUND:
            break
    return found


def _found_finding(site: Site, row: Row) -> Found:
    return {
        "what": stored.DOCTYPE,
        "name": str(row["name"]),
        "said": f"{row['rule']}: {row['said']}",
        "state": site.translate(str(row["status"])),
        "href": site.url_to_form(stored.DOCTYPE, str(row["name"])),
    }


def _found_return(site: Site, row: Row) -> Found:
    known = return_code(str(row["reason_code"] or ""))
    meaning = site.translate(known.meaning) if known else ""
    return {
        "what": returned.DOCTYPE,
        "name": str(row["name"]),
        "said": f"{row['reason_code']} {meaning}, {text(row['invoice']) or text(row['end_to_end_id'])}",
        "state": site.translate(str(row["state"])),
        "href": site.url_to_form(returned.DOCTYPE, str(row["name"])),
    }
