"""What happened to an alert, in order: steps of people and of the monitor, and what became of messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vuurtoren.pages.facts import Facts
from vuurtoren.pages.parts import Step
from vuurtoren.site.values import Row


def steps(
    facts: Facts, alert: Row, taken: Sequence[Row], told: Sequence[Row], sent: Sequence[Row]
) -> tuple[Step, ...]:
    """All of it, oldest first; what has no time yet comes last."""
    found = [_taken(facts, row) for row in taken] or _before_there_was_a_log(facts, alert)
    found += [_message(facts, row) for row in told]
    found += [_delivery(facts, row) for row in sent if str(row["status"]) in _outcomes(facts)]
    return tuple(sorted(found, key=lambda step: step.at or datetime.max))


def _taken(facts: Facts, row: Row) -> Step:
    _ = facts.site.translate
    said = _(str(row["step"]))
    if row["assignee"]:
        said = f"{said}: {row['assignee']}"
    if row["step_by"]:
        said = _("{0} by {1}").format(said, row["step_by"])
    return Step(said, row["at"], str(row["note"] or ""))


def _before_there_was_a_log(facts: Facts, alert: Row) -> list[Step]:
    """What the row itself says, for alerts that are older than the log of steps."""
    _ = facts.site.translate
    found = []
    if alert["acknowledged_at"]:
        by = _("Acknowledged by {0}").format(alert["acknowledged_by"] or _("somebody"))
        found.append(Step(by, alert["acknowledged_at"], str(alert["acknowledgement_note"] or "")))
    if alert["resolved_at"]:
        by = _("Resolved by {0}").format(alert["resolved_by"]) if alert["resolved_by"] else _("Resolved")
        found.append(Step(by, alert["resolved_at"], str(alert["resolution"] or "")))
    return found


def _message(facts: Facts, row: Row) -> Step:
    _ = facts.site.translate
    said = {
        "Due": _("Message waits for the next run"),
        "Claimed": _("Message is being sent"),
        "Handed over": _("Message handed over"),
        "Not sent": _("Message not sent"),
        "Not wanted": _("No message"),
    }.get(str(row["status"]), str(row["status"]))
    return Step(_with_level(facts, said, row), row["status_at"], str(row["because"] or ""))


def _outcomes(facts: Facts) -> dict[str, str]:
    """What is said about a delivery that was proven or not; one on its way is left out."""
    _ = facts.site.translate
    return {
        "Proven": _("Message proven by {0}"),
        "Not proven": _("Message not proven by {0}"),
        "Failed": _("Message not taken by {0}"),
        "Given up": _("Message given up by {0}"),
    }


def _delivery(facts: Facts, row: Row) -> Step:
    status = str(row["status"])
    lines = str(row["failure"] or "").splitlines()
    note = str(row["proof"] or "") if status == "Proven" else "".join(lines[-1:])
    said = _outcomes(facts)[status].format(row["channel"])
    return Step(_with_level(facts, said, row), row["modified"], note)


def _with_level(facts: Facts, said: str, row: Row) -> str:
    level = int(row["level"] or 1)
    return facts.site.translate("{0}, level {1}").format(said, level) if level > 1 else said
