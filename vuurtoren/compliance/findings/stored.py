"""Rows of SEPA Finding, and each step of them as an entry of the audit trail.

A row keeps its sentences in the language of the site, and what they are made of; an entry of the trail seals
both (ADR 13). `rows` says them in the language spoken now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from vuurtoren.audit.recording.recording import COMPLIANT, EXCEPTION, record
from vuurtoren.audit.seals.rows import LARGEST_CENTS
from vuurtoren.compliance.errors import NotPossible
from vuurtoren.compliance.rule import SepaRule, Severity, Verdict
from vuurtoren.compliance.subject import Key, Subject, of_row
from vuurtoren.health import readiness
from vuurtoren.privacy.redaction import redact_start
from vuurtoren.privacy.text import one_line, storable
from vuurtoren.site.errors import AlreadyExists
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.kept import FIELD as WORDS
from vuurtoren.site.words.kept import kept, parts, told
from vuurtoren.site.words.words import Words, as_plain, as_words

DOCTYPE = "SEPA Finding"
DORMANT = "M04"
"""The rule by which a mandate ends 36 months after the last collection."""
PROCESS_TYPE = "Compliance Check"
OPEN, ACCEPTED, ENDED = "Open", "Accepted", "Ended"
STANDING = (OPEN, ACCEPTED)
ORDER: Mapping[str, int] = {"C": 0, "H": 1, "M": 2, "I": 3}
LONGEST_TEXT = 500
LONGEST_KEY = 130
LONGEST_ACCEPTANCE = timedelta(days=366)
MENDED = Words("It is mended.")
GONE = Words("The record is no longer there, or too old to be mended.")
FIELDS = (
    *("name", "rule", "severity", "area", "status", "said", "action", "deadline", "amount_cents"),
    *("opened_at", "confirmed_at", "times_confirmed", "subject_doctype", "subject_name", "member"),
    *("mandate", "batch", "invoice", "accepted_by", "accepted_at", "accepted_until", "accepted_because"),
    *("ended_at", "ended_because", WORDS),
)
SENTENCES = ("said", "action", "ended_because")
"""The fields that are said again in the language of whoever reads them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A finding that has not ended, as a scan needs it."""

    name: str
    rule: str
    severity: str
    status: str
    subject: Subject
    batch: str
    deadline: date | None
    accepted_until: date | None
    times_confirmed: int = 0


def ending(since: date | None, until: date) -> dict[str, Any]:
    """Which rows are mandates that end by then unless something is collected on them; those from a day on."""
    days: list[tuple[str, date]] = [("<=", until), *([(">=", since)] if since else [])]
    return {"rule": DORMANT, "status": OPEN, "subject_doctype": "SEPA Mandate", "deadline": days}


def rows(
    site: Site,
    filters: Mapping[str, Any],
    fields: Iterable[str] = FIELDS,
    *,
    order_by: str = "",
    limit: int | None = None,
) -> list[Row]:
    """Findings with their sentences in the language spoken now."""
    wanted = readiness.kept_fields(site, DOCTYPE, dict.fromkeys([*fields, WORDS]))
    found = site.get_all(DOCTYPE, wanted, filters, order_by=order_by, limit=limit)
    return [told(site, row, SENTENCES, LONGEST_TEXT) for row in found]


def sentences_told(site: Site, row: Row) -> Row:
    """The sentences of one row in the language spoken now."""
    said = told(site, row, SENTENCES, LONGEST_TEXT)
    return {name: said.get(name) for name in SENTENCES}


def urgency(row: Row) -> tuple[int, str, str, str]:
    """Sorts what is worst first, then what is due first; never by chance."""
    severity = ORDER.get(str(row["severity"]), 3)
    return severity, str(row["deadline"] or "9999"), str(row["rule"]), str(row["said"])


def in_words(row: Row) -> str:
    """What is wrong, to be said in a language later where that is known."""
    return parts(row).get("said") or str(row["said"] or "")


def standing(site: Site, filters: Mapping[str, Any] | None = None) -> dict[Key, Standing]:
    """Every finding that has not ended, by rule and document."""
    asked = {"status": ("in", STANDING), **(filters or {})}
    wanted = [
        *("name", "rule", "severity", "status", "subject_doctype", "subject_name", "deadline"),
        *("member", "mandate", "batch", "invoice", "accepted_until", "times_confirmed"),
    ]
    found = {}
    for row in site.get_all(DOCTYPE, wanted, asked):
        subject = of_row(row)
        found[(str(row["rule"]), subject.doctype, subject.name)] = Standing(
            str(row["name"]),
            str(row["rule"]),
            str(row["severity"] or ""),
            str(row["status"]),
            subject,
            subject.batch,
            row["deadline"],
            row["accepted_until"],
            row["times_confirmed"] or 0,
        )
    return found


def accepted(site: Site) -> frozenset[Key]:
    """What somebody lives with today."""
    if not readiness.keeps(site, DOCTYPE):
        return frozenset()
    today = {"status": ACCEPTED, "accepted_until": (">=", site.now().date())}
    fields = ("rule", "subject_doctype", "subject_name")
    rows = site.get_all(DOCTYPE, list(fields), today)
    return frozenset((str(row[fields[0]]), str(row[fields[1]]), str(row[fields[2]])) for row in rows)


def open_one(site: Site, rule: SepaRule, subject: Subject, verdict: Verdict) -> bool:
    """Open a finding and tell the trail, in one transaction; whether it was not open already."""
    found = _found(site, rule, subject, verdict) | {
        "status": OPEN,
        "opened_at": site.now(),
        "confirmed_at": site.now(),
        "open_key": _open_key(rule.id, subject),
    }
    try:
        site.insert(DOCTYPE, _there(site, found))
    except AlreadyExists:
        return False
    _tell(
        site, "finding_opened", EXCEPTION, rule.id, subject, _sealed(found), verdict.cents, verdict.deadline
    )
    return True


def confirm(site: Site, rule: SepaRule, standing_: Standing, subject: Subject, verdict: Verdict) -> bool:
    """It is still so; whether it was opened again: its acceptance has ended, or it has become worse."""
    found = _found(site, rule, subject, verdict)
    values = found | {"confirmed_at": site.now(), "times_confirmed": standing_.times_confirmed + 1}
    again = standing_.status == ACCEPTED and (
        standing_.accepted_until is None
        or standing_.accepted_until < site.now().date()
        or ORDER[verdict.severity or "I"] < ORDER.get(standing_.severity, 3)
    )
    if again:
        values |= {"status": OPEN}
    site.update(DOCTYPE, standing_.name, _there(site, values), expect={"status": standing_.status})
    if again:
        _tell(
            site, "finding_opened_again", EXCEPTION, rule.id, subject, _sealed(found), verdict.cents,
            verdict.deadline,
        )  # fmt: skip
    return again


def end(site: Site, standing_: Standing, because: str) -> bool:
    """It is over; whether this caller ended it."""
    row = site.get(DOCTYPE, standing_.name)
    if row is None:
        return False
    row |= kept(site, parts(row) | {"ended_because": because}, LONGEST_TEXT)
    values = {name: row[name] for name in (*SENTENCES, WORDS)}
    values |= {"status": ENDED, "ended_at": site.now(), "open_key": None}
    if not site.update(DOCTYPE, standing_.name, _there(site, values), expect={"status": standing_.status}):
        return False
    said = _sealed(row, row["ended_because"], because)
    _tell(site, "finding_ended", COMPLIANT, standing_.rule, standing_.subject, said, None, None)
    return True


def accept(site: Site, name: str, reason: str, until: date) -> Row:
    """A person lives with it until a day, for a reason; raises NotPossible. The caller commits."""
    _ = site.translate
    row = site.get(DOCTYPE, name) if storable(name) and readiness.keeps(site, DOCTYPE) else None
    if row is None:
        raise NotPossible(_("There is no finding {0}.").format(one_line(name, 60)))
    if row["status"] != OPEN:
        raise NotPossible(_("Only a finding that is open can be accepted."))
    reason = redact_start(reason.strip(), LONGEST_TEXT)
    if not reason:
        raise NotPossible(_("Say why the association lives with it."))
    today = site.now().date()
    if not today < until <= today + LONGEST_ACCEPTANCE:
        raise NotPossible(_("The acceptance ends on a day to come, within a year."))
    values = {
        "status": ACCEPTED,
        "accepted_by": site.user(),
        "accepted_at": site.now(),
        "accepted_until": until,
        "accepted_because": reason,
    }
    if not site.update(DOCTYPE, name, values, expect={"status": OPEN}):
        raise NotPossible(_("Somebody else has just decided about this finding."))
    subject = of_row(row)
    said = _sealed(row, reason)
    _tell(site, "finding_accepted", EXCEPTION, str(row["rule"]), subject, said, row["amount_cents"], until)
    return row | values


def told_confirmed(site: Site, confirmed: Mapping[str, int], began: datetime) -> None:
    """One entry a rule for everything that a whole scan found again; the same scan told twice is one."""
    for rule, number in sorted(confirmed.items()):
        record(
            site,
            PROCESS_TYPE,
            DOCTYPE,
            "",
            "findings_confirmed",
            EXCEPTION,
            {"rule": rule, "findings": number},
            event_id=hashlib.sha256(f"confirmed|{rule}|{began.isoformat()}".encode()).hexdigest()[:32],
            outcome={"rule_id": rule},
        )


def trim(site: Site, older_than: datetime, limit: int) -> int:
    """Delete what has ended before this time; the trail keeps its steps."""
    if not readiness.keeps(site, DOCTYPE):
        return 0
    return site.delete(DOCTYPE, {"status": ENDED, "ended_at": ("<", older_than)}, limit=limit)


def _found(site: Site, rule: SepaRule, subject: Subject, verdict: Verdict) -> dict[str, Any]:
    severity: Severity = verdict.severity or rule.severity
    return {
        "rule": rule.id,
        "severity": severity,
        "area": rule.area,
        **kept(
            site,
            {"said": verdict.in_words(), "action": as_words(verdict.action or rule.action)},
            LONGEST_TEXT,
        ),
        "deadline": verdict.deadline,
        "amount_cents": min(max(verdict.cents or 0, 0), LARGEST_CENTS),
        "subject_doctype": subject.doctype,
        "subject_name": subject.name,
        "member": subject.member,
        "mandate": subject.mandate,
        "batch": subject.batch,
        "invoice": subject.invoice,
    }


def _there(site: Site, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without what a site does not have before it is migrated."""
    return {name: value for name, value in values.items() if name != WORDS or site.has_field(DOCTYPE, name)}


def _sealed(row: Row, beside: str = "", beside_in_words: str = "") -> dict[str, Any]:
    """What the trail is told of a row: its sentence as the site says it, what is said beside it, and what
    these are made of, where that is known."""
    text = f"{row['said']} – {beside}" if beside else str(row["said"])
    said = parts(row).get("said")
    made_of = [as_plain(each) for each in (said, beside_in_words or beside) if each]
    return {"said": text, "words": made_of} if said else {"said": text}


def _open_key(rule: str, subject: Subject) -> str:
    key = f"{rule}|{subject.doctype}|{subject.name}"
    return key if len(key) <= LONGEST_KEY else f"{rule}|{hashlib.sha256(key.encode()).hexdigest()}"


def _tell(
    site: Site, action: str, status: str, rule: str, subject: Subject, said: Mapping[str, Any],
    cents: int | None, deadline: date | None,
) -> None:  # fmt: skip
    record(
        site,
        PROCESS_TYPE,
        subject.doctype,
        subject.name,
        action,
        status,
        {**said, "deadline": deadline.isoformat() if deadline else None},
        outcome={
            "rule_id": rule,
            "batch": subject.batch or None,
            "mandate": subject.mandate or None,
            "amount_cents": min(max(cents or 0, 0), LARGEST_CENTS),
            "currency": "EUR" if cents else None,
        },
    )
