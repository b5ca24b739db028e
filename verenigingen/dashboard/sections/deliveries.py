"""What became of the messages about an alert: what is proven, what is not, and where it went instead."""

from __future__ import annotations

from collections.abc import Sequence

from verenigingen.dashboard.facts import Facts
from verenigingen.dashboard.parts import Step
from verenigingen.site.values import Row


def steps(facts: Facts, rows: Sequence[Row]) -> list[Step]:
    """A step for each channel that proved its message or did not; what is on its way is left out."""
    return [_step(facts, row) for row in rows if str(row["status"]) in _said(facts)]


def _said(facts: Facts) -> dict[str, str]:
    _ = facts.site.translate
    return {
        "Proven": _("Message proven by {0}"),
        "Not proven": _("Message not proven by {0}"),
        "Failed": _("Message not taken by {0}"),
        "Given up": _("Message given up by {0}"),
    }


def _step(facts: Facts, row: Row) -> Step:
    status = str(row["status"])
    lines = str(row["failure"] or "").splitlines()
    note = str(row["proof"] or "") if status == "Proven" else "".join(lines[-1:])
    return Step(_said(facts)[status].format(row["channel"]), row["modified"], note)
