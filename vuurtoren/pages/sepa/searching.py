"""What is known of a member, mandate, invoice, batch or code: findings, returns, accounts and the trail."""

from __future__ import annotations

import re

from vuurtoren.audit.seals.tables import LOG
from vuurtoren.compliance.findings import stored
from vuurtoren.compliance.identifiers import compact
from vuurtoren.compliance.reading.values import pages, text
from vuurtoren.compliance.return_codes import return_code
from vuurtoren.compliance.returned import stored as returned
from vuurtoren.host_records import records as host_records
from vuurtoren.host_records.names import BATCH, INVOICE, MANDATE, MEMBER
from vuurtoren.privacy.text import storable
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

MOST_FOUND, MOST_ENTRIES = 50, 20
LAST_FOUR = re.compile(r"[0-9A-Za-z]{4}")
Found = dict[str, str]
"""What it is, its name, what is said, its state, and where it is."""


def search(site: Site, question: str) -> list[Found]:
    """Findings and returns about exactly this member, mandate, invoice, batch, id, rule or reason code."""
    if not storable(question):
        return []
    found: list[Found] = []
    for field in ("member", "mandate", "batch", "invoice", "subject_name", "rule"):
        for row in site.get_all(stored.DOCTYPE, list(stored.FIELDS), {field: question}, limit=MOST_FOUND):
            found.append(_found_finding(site, row))
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
            wanted = question.upper() if field == "reason_code" else question
            for row in site.get_all(
                returned.DOCTYPE, list(returned.FIELDS), {field: wanted}, limit=MOST_FOUND
            ):
                found.append(_found_return(site, row))
    if LAST_FOUR.fullmatch(question):
        found += _paying_from(site, question)
    unique = {(each["what"], each["name"]): each for each in found}
    return list(unique.values())[:MOST_FOUND]


def entries(site: Site, question: str) -> list[Found]:
    """Entries of the trail about exactly this document, newest first, in words."""
    if not storable(question) or not site.has_doctype(LOG):
        return []
    fields = [
        "name",
        "event_id",
        "timestamp",
        "actor",
        "action",
        "compliance_status",
        "entity_name",
        "rule_id",
    ]
    rows: dict[str, Row] = {}
    host = host_records.of(site)
    about = {host.doctype(record) for record in (MANDATE, BATCH, INVOICE, MEMBER)} | {returned.DOCTYPE}
    for doctype in sorted(about - {""}):
        asked = {"reference_doctype": doctype, "reference_name": question}
        for row in site.get_all(LOG, fields, asked, order_by="timestamp desc", limit=MOST_ENTRIES):
            rows[str(row["name"])] = row
    newest_first = sorted(rows.values(), key=lambda row: row["timestamp"], reverse=True)
    return [_entry(site, row) for row in newest_first[:MOST_ENTRIES]]


def _entry(site: Site, row: Row) -> Found:
    words = str(row["action"] or "").replace("_", " ")
    said = site.translate("{0}: {1}, by {2}, about {3}").format(
        f"{row['timestamp']:%Y-%m-%d %H:%M}", site.translate(words), row["actor"], row["entity_name"] or "–"
    )
    return {
        "said": said,
        "state": site.translate(str(row["compliance_status"])),
        "event_id": str(row["event_id"]),
        "href": site.url_to_form(LOG, str(row["name"])),
    }


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
