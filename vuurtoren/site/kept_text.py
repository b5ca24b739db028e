"""What a store keeps of a text: nobody's personal data and no secret, by whichever door it comes.

Both platforms ask here before a row is written, so that no caller can forget it. Which fields are kept as
they are given is listed; every other text of our own DocTypes, and every text of the Error Log, is redacted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from vuurtoren.privacy.redaction import redact_both_ends, redact_strings
from vuurtoren.site.schema import CHILD_FIELDS, OWN_DOCTYPES, SHORT_TEXT_LENGTH, STANDARD_FIELDS, Field

TEXTS = frozenset(
    {
        *("Data", "Small Text", "Text", "Long Text", "Code", "JSON", "Autocomplete", "Read Only"),
        *("Text Editor", "HTML Editor", "Markdown Editor"),
    }
)
"""Field types that hold text; links, choices, numbers and times hold what exists or has a form."""
SEALED = frozenset({"SEPA Audit Log", "SEPA Audit Leaf", "SEPA Audit Checkpoint"})
"""Redacted before they are sealed, as a sealed row must be stored exactly as it was sealed."""
AS_GIVEN: Mapping[str, frozenset[str]] = {
    # keys, which other rows are found by, and users
    "Alert Route": frozenset({"recipients", "channels", "rule"}),
    "Alert Rule": frozenset({"rule_key", "metric"}),
    "Alert Rule Change": frozenset({"rule_key", "changed_by"}),
    "Alert Rule State": frozenset({"fingerprint", "rule", "alert"}),
    "Alert Silence": frozenset({"rule", "fingerprint", "silenced_by", "ended_by"}),
    "Alert Step": frozenset({"step_by", "assignee"}),
    "Alert Suggestion": frozenset({"rule", "decided_by", "open_rule"}),
    "Backup Drill": frozenset({"drill_key", "backup", "throw_away", "host"}),
    "Error Kind": frozenset({"fingerprint", "hours"}),
    "Error Kind Decision": frozenset({"fingerprint", "owned_by", "resolved_by"}),
    "Metric Model": frozenset({"series_key", "metric", "content"}),
    "Metric Series": frozenset({"series_key", "metric", "points"}),
    "Monitoring Run": frozenset({"job", "holder", "cursor"}),
    "Monitoring Rule Setting": frozenset({"rule"}),
    "Monitoring Recipient": frozenset({"address"}),
    "Monitoring Routine Item": frozenset({"tick_key", "period", "item", "done_by"}),
    "Site Change": frozenset({"change_key", "kind", "about", "app", "changed_by"}),
    "System Alert": frozenset({"fingerprint", "open_fingerprint", "rule"}),
    "SEPA Finding": frozenset(
        {
            *("rule", "subject_doctype", "subject_name", "open_key", "accepted_by"),
            *("member", "mandate", "batch", "invoice"),
        }
    ),
    "SEPA Return": frozenset(
        {
            *("end_to_end_id", "reason_code", "currency", "return_key", "source_name", "done_by"),
            *("member", "mandate", "mandate_reference", "batch", "invoice"),
        }
    ),
    "SEPA Rule State": frozenset({"rule"}),
    # where messages go
    "Alert Notification": frozenset({"notification_key"}),
    "Alert Delivery": frozenset({"delivery_key", "channel", "route", "addresses", "reference", "topic"}),
    "SEPA Audit Anchor": frozenset({"channel", "target"}),
    "Monitoring Settings": frozenset(
        {
            *("recipients", "escalation_2_recipients", "escalation_3_recipients"),
            *("heartbeat_url", "webhook_url", "apprise_addresses", "channel_order", "parallel_channels"),
            *("escalation_2_channels", "escalation_3_channels", "quiet_hours"),
        }
    ),
    "Error Log": frozenset({"reference_doctype", "trace_id"}),
}
_STAMPS = frozenset({*STANDARD_FIELDS, *CHILD_FIELDS})


@lru_cache(maxsize=256)
def is_own(doctype: str) -> bool:
    """Whether the DocType comes with this app."""
    return (OWN_DOCTYPES / doctype.lower().replace(" ", "_")).is_dir()


@lru_cache(maxsize=1024)
def is_redacted(doctype: str, fieldname: str, fieldtype: str) -> bool:
    """Whether what is stored there is redacted first."""
    if fieldtype not in TEXTS or fieldname in _STAMPS or fieldname in AS_GIVEN.get(doctype, ()):
        return False
    return doctype == "Error Log" or (doctype not in SEALED and is_own(doctype))


def fit_to_keep(doctype: str, field: Field, value: Any) -> Any:
    """The value as the field of a stored row may hold it; never raises, and twice is as once."""
    if not isinstance(value, str) or not is_redacted(doctype, field.name, field.type):
        return value
    shown = _json(value) if field.type == "JSON" else redact_both_ends(value)
    return shown[:SHORT_TEXT_LENGTH] if len(value) <= SHORT_TEXT_LENGTH and field.short_text else shown


def _json(text: str) -> str:
    try:
        value = json.loads(text)
        shown = redact_strings(value)
    except (ValueError, RecursionError):
        return redact_both_ends(text)
    return text if shown == value else json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
