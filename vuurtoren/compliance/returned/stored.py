"""Rows of SEPA Return: one for each collection that came back, whoever tells of it and however often."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from vuurtoren.audit.recording.process_events import RETURN_PROCESSING
from vuurtoren.audit.recording.recording import COMPLIANT, record
from vuurtoren.audit.recording.return_codes import status_of
from vuurtoren.audit.seals.rows import LARGEST_CENTS
from vuurtoren.compliance.errors import NotPossible
from vuurtoren.compliance.follow_up import (
    DONE,
    NOT_NEEDED,
    TO_DO,
    State,
    advice,
    beginning_state,
    deadline,
    kind_of,
)
from vuurtoren.compliance.periods import return_window_end, window_name
from vuurtoren.compliance.records import Agreements, Return
from vuurtoren.compliance.subject import RETURN
from vuurtoren.health import readiness
from vuurtoren.privacy.redaction import redact_start
from vuurtoren.privacy.text import one_line, storable
from vuurtoren.site.errors import AlreadyExists
from vuurtoren.site.protocol import Site
from vuurtoren.site.schema import SHORT_TEXT_LENGTH
from vuurtoren.site.values import Row

DOCTYPE = RETURN
Source = Literal["Batch", "Payment Retry", "Bank Transaction", "Bank File", "Person"]
EUROS = "EUR"
"""What is summed up; an amount of another currency is shown, and counts in no sum."""
LONGEST_KEY = 130
LONGEST_TEXT = 500
BELONGING = ("batch", "member", "mandate")
"""What the collection belongs to."""
FIELDS = (
    *("name", "end_to_end_id", "reason_code", "kind", "state", "action", "arrived_on", "due_on", "deadline"),
    *("window_ends_on", "mandate", "mandate_reference", "member", "batch", "invoice", "amount_cents"),
    *("currency", "done_by", "done_at", "done_because", "source", "source_name", "return_key"),
)


@dataclass(frozen=True)
class News:
    """That a collection came back, as one source tells it; empty or None is what it does not say.

    A source that knows batch and invoice, or the end-to-end id, names a collection; the same collection told
    again is the same return. `key` is for a source that knows neither: its own name for the line.
    """

    code: str
    source: Source
    source_name: str = ""
    end_to_end_id: str = ""
    batch: str = ""
    invoice: str = ""
    mandate: str = ""
    mandate_reference: str = ""
    member: str = ""
    cents: int | None = None
    currency: str = "EUR"
    kind: str = ""
    arrived_on: date | None = None
    due_on: date | None = None
    key: str = field(default="", repr=False)

    @property
    def return_key(self) -> str:
        if self.batch and self.invoice:
            key = f"{self.batch}|{self.invoice}"
        else:
            key = (
                f"e2e|{self.end_to_end_id}"
                if self.end_to_end_id
                else f"{self.source}|{self.key or self.invoice}"
            )
        return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def keep(site: Site, news: Iterable[News], agreements: Agreements) -> int:
    """Store what is not known yet and tell the trail; how many were new. The caller commits."""
    new = 0
    for each in news:
        each = replace(each, code=each.code.strip().upper()[:35])
        if known := site.get_all(DOCTYPE, list(FIELDS), {"return_key": each.return_key}, limit=1):
            _complete(site, known[0], each, agreements)
            continue
        try:
            site.insert(DOCTYPE, _row(each, agreements))
        except AlreadyExists:
            continue
        new += 1
        _tell_came_back(site, each)
    return new


def _complete(site: Site, known: Row, news: News, agreements: Agreements) -> None:
    """Another source says why it came back, which nobody had said before."""
    if known["reason_code"] or not news.code:
        return
    news = replace(
        news,
        **{name: known[name] or getattr(news, name) for name in ("arrived_on", "due_on", *BELONGING)},
    )
    row = _row(news, agreements)
    told = ("reason_code", "kind", "action", "window_name", "window_ends_on", "arrived_on", "due_on")
    values = {name: row[name] for name in told}
    if known["state"] == TO_DO:
        values |= {name: row[name] for name in ("state", "deadline")}
    if site.update(DOCTYPE, known["name"], values, expect={"state": known["state"]}):
        _tell_came_back(site, news, news.code)


def as_record(row: Row) -> Return:
    """The record that the rules judge; what belongs to its mandate is added by whoever reads that."""
    return Return(
        str(row["name"]),
        end_to_end_id=str(row["end_to_end_id"] or ""),
        mandate=str(row["mandate"] or ""),
        mandate_reference=str(row["mandate_reference"] or ""),
        invoice=str(row["invoice"] or ""),
        member=str(row["member"] or ""),
        batch=str(row["batch"] or ""),
        cents=(row["amount_cents"] or None) if (row["currency"] or EUROS) == EUROS else None,
        currency=str(row["currency"] or EUROS),
        code=str(row["reason_code"] or ""),
        kind=str(row["kind"] or ""),
        arrived_on=row["arrived_on"],
        due_on=row["due_on"],
        state=str(row["state"]),
        done_on=row["done_at"].date() if row["done_at"] else None,
        known_collection=bool(row["batch"]),
    )


def seen_done(site: Site, back: Return) -> bool:
    """The mandate shows that it is done; whether this caller wrote so."""
    because = site.translate("The mandate is {0}.").format(site.translate(back.mandate_status or ""))
    return _settle(site, back.name, DONE, because, by="")


def settle(site: Site, name: str, state: str, how: str) -> Row:
    """A person says that it is done, or not needed; raises NotPossible. The caller commits."""
    _ = site.translate
    row = site.get(DOCTYPE, name) if storable(name) and readiness.keeps(site, DOCTYPE) else None
    if row is None:
        raise NotPossible(_("There is no return {0}.").format(one_line(name, 60)))
    how = redact_start(how.strip(), LONGEST_TEXT)
    if state not in (DONE, NOT_NEEDED):
        raise NotPossible(_("A return is done, or nothing is needed."))
    if not how:
        raise NotPossible(_("Say what was done, or why nothing is needed."))
    if not _settle(site, name, DONE if state == DONE else NOT_NEEDED, how, by=site.user()):
        raise NotPossible(_("Somebody else has just decided about this return."))
    return row | {"state": state, "done_by": site.user()}


def trim(site: Site, older_than: datetime, limit: int) -> int:
    """Delete what was settled and came back before this time; the trail keeps it."""
    if not readiness.keeps(site, DOCTYPE):
        return 0
    old = {"state": ("!=", TO_DO), "arrived_on": ("<", older_than.date())}
    return site.delete(DOCTYPE, old, limit=limit)


def _settle(site: Site, name: str, state: State, how: str, *, by: str) -> bool:
    values = {"state": state, "done_by": by, "done_at": site.now(), "done_because": how}
    if not site.update(DOCTYPE, name, values, expect={"state": TO_DO}):
        return False
    row = site.get(DOCTYPE, name) or {}
    record(
        site,
        RETURN_PROCESSING,
        DOCTYPE,
        name,
        "return_followed_up" if state == DONE else "return_needs_nothing",
        COMPLIANT,
        {"how": how, "reason_code": row.get("reason_code")},
        outcome={
            "rule_id": "R03",
            "outcome_code": row.get("reason_code"),
            "mandate": row.get("mandate") or None,
            "batch": row.get("batch") or None,
        },
    )
    return True


def _row(news: News, agreements: Agreements) -> Row:
    back = Return(
        "", code=news.code, arrived_on=news.arrived_on, due_on=news.due_on, state=beginning_state(news.code)
    )
    return {
        "end_to_end_id": news.end_to_end_id[:SHORT_TEXT_LENGTH],
        "reason_code": news.code,
        "kind": news.kind or kind_of(news.code, news.due_on, news.arrived_on),
        "state": back.state,
        "action": advice_for(news),
        "arrived_on": news.arrived_on,
        "due_on": news.due_on,
        "window_name": window_name(news.code),
        "window_ends_on": return_window_end(news.due_on, news.code) if news.due_on else None,
        "deadline": deadline(back, agreements) if back.state == TO_DO else None,
        "mandate": news.mandate,
        "mandate_reference": news.mandate_reference,
        "member": news.member,
        "batch": news.batch,
        "invoice": news.invoice,
        "amount_cents": min(max(news.cents or 0, 0), LARGEST_CENTS),
        "currency": news.currency,
        "source": news.source,
        "source_name": news.source_name[:SHORT_TEXT_LENGTH],
        "return_key": news.return_key,
    }


def advice_for(news: News) -> str:
    """What to do about it, as far as what that names is known."""
    known = bool(news.batch)
    return advice(
        Return("", code=news.code, mandate=news.mandate, member=news.member, known_collection=known)
    )


def _tell_came_back(site: Site, news: News, since_known: str = "") -> None:
    """An entry of the trail; the same return told by another process at the same moment is one entry."""
    record(
        site,
        RETURN_PROCESSING,
        "Sales Invoice" if news.invoice else DOCTYPE,
        news.invoice or news.end_to_end_id,
        "collection_returned",
        status_of(news.code),
        {"reason_code": news.code, "returned_on": news.arrived_on, "source": news.source},
        event_id=hashlib.sha256(f"returned|{news.return_key}{since_known}".encode()).hexdigest()[:32],
        outcome={
            "rule_id": "R01",
            "outcome_code": news.code,
            "mandate": news.mandate or None,
            "batch": news.batch or None,
            "amount_cents": news.cents,
            "currency": news.currency,
        },
    )
