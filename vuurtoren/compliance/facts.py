"""What the rulebook and the bank agreements say, in one table: each with its source and since when.

A fact that changed has a row for each time; `at` gives the one in force on a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from vuurtoren.privacy.iban import SEPA_COUNTRIES
from vuurtoren.site.words.words import Words

START = date(2009, 11, 2)
"""SEPA Core Direct Debit began."""
RULEBOOK = "EPC016-06 SDD Core Rulebook"
GUIDELINES = "EPC130-08 SDD Core C2PSP Implementation Guidelines"

Known = Literal["quoted", "unconfirmed", "proposed"]
"""As public sources quote the rulebook; as we know it, and no public source confirmed it; our own default."""


@dataclass(frozen=True)
class Fact:
    """A limit in force since a day."""

    title: str
    value: int
    unit: str
    source: str
    known: Known = "quoted"
    effective_from: date = START


FACTS: dict[str, tuple[Fact, ...]] = {
    "dormant_months": (
        Fact("A mandate without a collection for so long has ended", 36, "months", f"{RULEBOOK}, 4.1"),
    ),
    "dormant_unused_months": (
        Fact(
            "A mandate that was never collected on has ended so long after its signature",
            36,
            "months",
            RULEBOOK,
            "unconfirmed",
        ),
    ),
    "dormant_warning_months": (
        Fact("A mandate without a collection for so long is named", 33, "months", "our default", "proposed"),
    ),
    "pre_notification_days": (
        Fact(
            "A debtor is told so long before the due date, unless agreed otherwise",
            14,
            "calendar days",
            f"{RULEBOOK}, 4.3",
        ),
    ),
    "submission_target_days": (
        Fact(
            "A first or one-off collection reaches the debtor's bank",
            5,
            "TARGET days before",
            RULEBOOK,
        ),
        Fact(
            "A collection reaches the debtor's bank",
            1,
            "TARGET day before",
            "EPC016-06 SDD Core Rulebook 9.1",
            "quoted",
            date(2016, 11, 20),
        ),
    ),
    "earliest_submission_days": (
        Fact(
            "A collection is not presented earlier than",
            14,
            "calendar days before",
            f"{RULEBOOK}; quoted by PayZen",
        ),
    ),
    "smallest_cents": (Fact("The smallest amount", 1, "cents", f"{GUIDELINES}; quoted by XMLdation"),),
    "largest_cents": (
        Fact("The largest amount", 99_999_999_999, "cents", f"{GUIDELINES}; quoted by XMLdation"),
    ),
    "return_target_days": (
        Fact(
            "A return arrives at the latest",
            5,
            "TARGET days after the due date",
            f"{RULEBOOK}, 4.4",
        ),
    ),
    "reversal_target_days": (
        Fact(
            "The creditor may reverse a collection for",
            5,
            "TARGET days after the due date",
            RULEBOOK,
        ),
    ),
    "refund_days": (
        Fact(
            "The debtor may take a collection back, no questions asked, for",
            56,
            "calendar days",
            f"{RULEBOOK}, 4.4",
        ),
    ),
    "unauthorised_months": (
        Fact("The debtor may take back what was never authorised for", 13, "months", f"{RULEBOOK}, 4.4"),
    ),
    "evidence_months": (
        Fact(
            "Mandates are kept after the last collection for",
            14,
            "months",
            f"{RULEBOOK}, 4.1 and 4.6.4; conditions of banks, such as DKB 4.4.3",
        ),
    ),
    "mandate_id_characters": (
        Fact("The longest mandate reference (AT-01)", 35, "characters", f"{GUIDELINES}; quoted by ABN AMRO"),
    ),
    "address_lines": (
        Fact(
            "Unstructured address lines without town and country",
            2,
            "lines of 70",
            f"{GUIDELINES}; quoted by KB",
        ),
        Fact(
            "Unstructured address lines without town and country",
            0,
            "lines",
            f"{RULEBOOK} 2025, version 1.1; EPC153-22 on the day of settlement; Betaalvereniging Nederland",
            "quoted",
            date(2026, 11, 15),
        ),
    ),
    "hybrid_address_lines": (
        Fact(
            "Address lines beside town and country",
            2,
            "lines of 70 characters",
            f"{RULEBOOK} 2025; EPC153-22; Betaalvereniging Nederland",
            "quoted",
            date(2025, 10, 5),
        ),
    ),
    "retries": (
        Fact("A collection that came back is presented again", 2, "times at most", "our default", "proposed"),
    ),
    "retry_after_days": (Fact("and not before", 5, "days later", "our default", "proposed"),),
    "unanswered_target_days": (
        Fact(
            "A batch at the bank has its answer",
            5,
            "TARGET days after the due date",
            "our default",
            "proposed",
        ),
    ),
    "enough_collections": (
        Fact(
            "A share is judged as it is from so many collections on",
            50,
            "collections",
            "our default",
            "proposed",
        ),
    ),
    "anchor_hours": (Fact("A checkpoint has left the site within", 48, "hours", "our default", "proposed"),),
    "seal_lag_seconds": (Fact("An audit entry is sealed within", 300, "seconds", "our default", "proposed"),),
    "verified_hours": (Fact("The trail was verified within", 48, "hours", "our default", "proposed"),),
}


def at(key: str, day: date) -> int:
    """The value in force on a day; before it was ever in force, the first one."""
    facts = FACTS[key]
    held = [fact for fact in facts if fact.effective_from <= day]
    return (held[-1] if held else facts[0]).value


PAIN_008_VERSIONS: Mapping[str, date] = {
    "pain.008.001.02": date(2009, 11, 2),
    "pain.008.001.08": date(2024, 3, 17),
}
"""Since when banks take each; many take both. March 2024 is public for the newer one, its day is not."""
CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
"""The SEPA character set of references (EPC217-08)."""
COUNTRIES = SEPA_COUNTRIES
"""Countries whose accounts SEPA reaches; the source is in `privacy/iban_registry`."""
OUTSIDE_THE_EEA = COUNTRIES - frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()
)
"""Of these the address of the debtor goes along (regulation (EU) 2015/847; ABN AMRO; Deutsche Bank)."""

Level = Literal["M", "H", "C"]


@dataclass(frozen=True)
class RateLimit:
    """From which share, in thousandths of what was presented, or which number, a level is reached."""

    title: str
    level: Level
    per_mille: int = 0
    number: int = 0
    source: str = "our default; the limits that hold are in the contract with the bank"


RATE_LIMITS: dict[str, tuple[RateLimit, ...]] = {
    "returned": (
        RateLimit(Words("All that came back"), "M", 30),
        RateLimit(Words("All that came back"), "H", 50),
        RateLimit(Words("All that came back"), "C", 100),
    ),
    "refunded": (
        RateLimit(Words("Taken back by the debtor (MD06)"), "M", 10),
        RateLimit(Words("Taken back by the debtor (MD06)"), "H", 25),
    ),
    "unauthorised": (
        RateLimit(Words("Not authorised (MD01)"), "H", number=1),
        RateLimit(Words("Not authorised (MD01)"), "C", number=3),
    ),
    "wrong_account": (RateLimit(Words("Accounts that are wrong, closed or blocked (AC0x)"), "M", 20),),
}
