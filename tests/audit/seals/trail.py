"""Honest logs to test with: events as the SEPA code writes them, sealed as the scheduler seals them."""

from __future__ import annotations

from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import CHECKPOINT
from vuurtoren.audit.verification.verification import Anchor
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

STATUSES = ("Compliant", "Failed", "Exception", "Pending Review")
PROCESSES = ("Mandate Creation", "Batch Generation", "Bank Submission", "Payment Processing")


def write_event(site: SQLiteSite, number: int) -> None:
    """One event; the numbers make them differ in every field."""
    mandate = f"M-2026-{number:04d}"
    record(
        site,
        PROCESSES[number % 4],
        "SEPA Mandate",
        mandate,
        f"step_{number % 7}",
        STATUSES[number % 3],
        {"amount": f"{number}.00", "note": f"caf\u00e9 \U0001f600 {number}"},
        event_id=f"{number:032x}",
        outcome={
            "mandate": mandate,
            "batch": f"BATCH-{number // 10}" if number % 2 else None,
            "amount_cents": number * 100,
            "currency": "EUR" if number % 3 else None,
            "iban_masked": "NL91****4300",
            "iban_fingerprint": f"{number:016x}",
            "rule_id": "M01",
            "outcome_code": "AC04",
        },
    )


def write_events(site: SQLiteSite, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        write_event(site, number)
        site._clock.move(seconds=1.5)  # type: ignore[attr-defined]
    site.commit()


def sealed_log(site: SQLiteSite, sizes: tuple[int, ...] = (7, 1, 12)) -> list[Anchor]:
    """Write and seal the log in several steps; an anchor of every checkpoint."""
    written = 0
    for size in sizes:
        write_events(site, size, written)
        written += size
        seal(site)
    return anchors_of(site)


def anchors_of(site: SQLiteSite) -> list[Anchor]:
    """What somebody outside would have if every checkpoint so far had been handed out."""
    notes = site.get_all(CHECKPOINT, ["sequence", "note"], order_by="sequence")
    return [Anchor.from_note(row["note"], f"anchor {row['sequence']}") for row in notes]
