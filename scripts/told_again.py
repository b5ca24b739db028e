"""Which messages of a site tell what was told before; used by the upgrade lane inside a bench."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from email import message_from_string, policy

Rows = Mapping[str, Mapping[str, str]]
"""The rows of Email Queue or Notification Log as text, by name."""


def told_again(before: Rows, now: Rows, alerts: Collection[str]) -> list[str]:
    """New messages about an alert of before, and reports whose kind was told already, a line each.

    A kind of report that the older release did not know is told once, and that is not again.
    """
    kinds = {kind_of(row) for row in before.values() if not _about(row)}
    wrong = []
    for name in sorted(now.keys() - before.keys()):
        row = now[name]
        about, kind = _about(row), kind_of(row)
        if about in alerts or (not about and (not kind or kind in kinds)):
            wrong.append(f"{name} tells again of {about or kind or 'nothing'}: {subject_of(row)!r}")
        if not about:
            kinds.add(kind)
    return wrong


def kind_of(row: Mapping[str, str]) -> str:
    """REPORT of "[REPORT] vereniging.example: …"; empty where a subject does not begin so."""
    found = re.match(r"\[([^\]]+)\] ", subject_of(row))
    return found[1] if found else ""


def subject_of(row: Mapping[str, str]) -> str:
    """The subject as a reader sees it; a mail in the queue has it among its headers only."""
    if row.get("subject"):
        return row["subject"]
    return str(message_from_string(row.get("message", ""), policy=policy.default)["subject"] or "")


def _about(row: Mapping[str, str]) -> str:
    return row.get("reference_name") or row.get("document_name") or ""
