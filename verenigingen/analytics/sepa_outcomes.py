"""How SEPA operations ended, from the SEPA Audit Log: by process, with the share that failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from verenigingen.analytics.period import Period
from verenigingen.analytics.robust import Share, wilson
from verenigingen.analytics.statement import Statement, percent, question
from verenigingen.audit.recording import FAILED, PENDING_REVIEW
from verenigingen.site.errors import Unavailable
from verenigingen.site.protocol import Filters, Site

DOCTYPE = "SEPA Audit Log"
FORMULA = (
    "failure share = Failed ÷ (Compliant + Exception + Failed); Pending Review is not decided and left out. "
    "The interval is Wilson's at 95 %."
)


@dataclass(frozen=True)
class Outcome:
    """The entries of one process type in a period, by compliance status."""

    process_type: str
    by_status: dict[str, int] = field(default_factory=dict)

    @property
    def entries(self) -> int:
        return sum(self.by_status.values())

    @property
    def decided(self) -> int:
        return self.entries - self.by_status.get(PENDING_REVIEW, 0)

    @property
    def failed(self) -> int:
        return self.by_status.get(FAILED, 0)

    @property
    def failures(self) -> Share | None:
        """The share that failed; None where nothing is decided."""
        return wilson(self.failed, self.decided) if self.decided else None

    def as_dict(self) -> dict[str, Any]:
        share = self.failures
        return {
            "process_type": self.process_type,
            "entries": self.entries,
            "by_status": self.by_status,
            "decided": self.decided,
            "failed": self.failed,
            "failure_percent": round(100 * share.share, 1) if share else None,
            "failure_percent_low": round(100 * share.low, 1) if share else None,
            "failure_percent_high": round(100 * share.high, 1) if share else None,
        }


def outcomes(site: Site, period: Period) -> list[Outcome]:
    """One for each process type that has entries, most entries first; raises Unavailable without the log."""
    if not site.has_doctype(DOCTYPE):
        raise Unavailable(site.translate("SEPA Audit Log is not installed on this site"))
    found: dict[str, Outcome] = {}
    for (process_type, status), number in site.tally(
        DOCTYPE, ["process_type", "compliance_status"], window(period)
    ).items():
        found.setdefault(process_type, Outcome(process_type)).by_status[status] = number
    return sorted(found.values(), key=lambda outcome: (-outcome.entries, outcome.process_type))


def overall(found: list[Outcome]) -> Outcome:
    """All processes together."""
    together = Outcome("")
    for outcome in found:
        for status, number in outcome.by_status.items():
            together.by_status[status] = together.by_status.get(status, 0) + number
    return together


def window(period: Period) -> Filters:
    return {"timestamp": (">=", period.since)}


def source(period: Period) -> str:
    """The question that the numbers answer."""
    return question("count by process_type and compliance_status", DOCTYPE, window(period))


def sentences(site: Site, period: Period, found: list[Outcome]) -> Iterator[Statement]:
    """What the trail says, or that it says nothing."""
    _ = site.translate
    if not found:
        text = _("No SEPA operation was recorded in the last {0} days.")
        yield Statement(text.format(period.days), source(period))
    for outcome in found:
        yield from _about(site, period, outcome)


def _about(site: Site, period: Period, outcome: Outcome) -> Iterator[Statement]:
    _, share = site.translate, outcome.failures
    name, asked = _(outcome.process_type), source(period)
    if share is None:
        text = _("{0}: {1} operations, none of them decided yet.")
        yield Statement(text.format(name, outcome.entries), asked, outcome.process_type)
    elif not share.number:
        text = _("{0}: none of {1} operations failed in the last {2} days.")
        yield Statement(text.format(name, share.of, period.days), asked, outcome.process_type)
    else:
        text = _("{0}: {1} of {2} operations failed in the last {3} days ({4}; the true share: {5} to {6}).")
        shares = (percent(part) for part in (share.share, share.low, share.high))
        said = text.format(name, share.number, share.of, period.days, *shares)
        yield Statement(said, asked, outcome.process_type, critical=True)
