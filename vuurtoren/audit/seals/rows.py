"""What a row of the SEPA Audit Log needs so that it can be sealed and checked later."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vuurtoren.audit.adoption.adopted import ADOPTED
from vuurtoren.audit.details.details_box import boxed
from vuurtoren.audit.seals.canonical import sealed_values, utc_text
from vuurtoren.audit.seals.keys import newest_details_key, newest_mac_key
from vuurtoren.privacy.iban import mask_iban
from vuurtoren.privacy.redaction import redact_start
from vuurtoren.site.protocol import Site
from vuurtoren.site.schema import SHORT_TEXT_LENGTH
from vuurtoren.site.values import Row

SEVERITIES = ("info", "warning", "error", "critical")
SEVERITY_OF_STATUS = {"Compliant": "info", "Exception": "warning", "Failed": "error"}
NO_MARKUP = str.maketrans("<>\x00", "\u2039\u203a\ufffd")
"""PostgreSQL stores no NUL."""
LONGEST_SHORT_TEXT = 8_192
"""What is read of a text that is cut to 140 characters in the end."""
LARGEST_CENTS = 2**31 - 1
OUTCOME_TEXTS = ("rule_id", "outcome_code", "batch", "mandate", "currency", "iban_fingerprint")


def outcome_fields(values: Mapping[str, Any], compliance_status: str) -> Row:
    """The fields that events are grouped and judged by, from what is known; what is absent is None."""
    stated = str(values.get("severity") or "")
    row: Row = {name: _short_or_none(values.get(name)) for name in OUTCOME_TEXTS}
    if str(row["rule_id"] or "").startswith(ADOPTED):
        row["rule_id"] = None  # an event that is written was not found
    iban = values.get("iban_masked")
    return row | {
        "severity": stated if stated in SEVERITIES else SEVERITY_OF_STATUS.get(compliance_status, "warning"),
        "amount_cents": _cents(values.get("amount_cents")),
        "iban_masked": mask_iban(str(iban)) if iban else None,
    }


def times(site: Site, values: Mapping[str, Any]) -> Row:
    """The moment of an event twice: `timestamp` in site time, and `event_time_utc`, which is sealed.

    Site time alone is ambiguous: an hour of every October happens twice.
    """
    stated, stated_utc = values.get("timestamp"), values.get("event_time_utc")
    if stated and stated_utc:
        return {"timestamp": stated, "event_time_utc": stated_utc}
    utc = site.to_utc(_moment(stated)) if stated else site.now_utc()
    return {"timestamp": stated or site.from_utc(utc), "event_time_utc": utc_text(utc)}


def iban_fingerprint(site: Site, iban: str | None) -> str | None:
    """Sixteen digits that are the same for the same IBAN on this site; useless without the site's key."""
    compact = "".join(character for character in str(iban or "").upper() if character.isalnum())
    if not compact:
        return None
    message = b"iban-fingerprint\n" + compact.encode("utf-8")
    return hmac.new(newest_mac_key(site), message, hashlib.sha256).hexdigest()[:16]


def short_text(text: str) -> str:
    """Text as it fits a field of 140 characters and as no sanitiser would change it on its way there.

    Frappe closes and strips what looks like markup, also where that makes the text too long for its field.
    """
    return text.translate(NO_MARKUP)[:SHORT_TEXT_LENGTH]


def with_seal(site: Site, row: Mapping[str, Any]) -> Row:
    """The finished row: authenticated, committed to its details, which are encrypted; raises KeysMissing.

    It is owned by the user whom it is about, also where somebody else brings it in from the spool.
    """
    mac_key = newest_mac_key(site)
    sealed = dict(row) | sealed_values(row, mac_key)
    owned = {"owner": sealed["user"]} if sealed.get("user") else {}
    return sealed | boxed(sealed, newest_details_key(site), mac_key) | owned


def _moment(stated: Any) -> datetime:
    return stated if isinstance(stated, datetime) else datetime.fromisoformat(str(stated))


def _cents(amount: Any) -> int:
    """Whole cents; an amount that fits no column is left to the details, as absent here."""
    try:
        cents = int(amount or 0)
    except (TypeError, ValueError, OverflowError):
        return 0
    return cents if abs(cents) <= LARGEST_CENTS else 0


def _short_or_none(value: Any) -> str | None:
    return None if value in (None, "") else short_text(redact_start(str(value), LONGEST_SHORT_TEXT))
