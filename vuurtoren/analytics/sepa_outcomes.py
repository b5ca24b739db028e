"""How SEPA operations ended, from the SEPA Audit Log: by process, with the share that failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vuurtoren.analytics.period import Period
from vuurtoren.analytics.statement import Statement, percent, question
from vuurtoren.audit.recording.recording import FAILED, PENDING_REVIEW
from vuurtoren.metrics.shares import Share, wilson
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Filters, Site
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import Words

DOCTYPE = "SEPA Audit Log"
CHECKS = "Compliance Check"
FORMULA = (
    "failure share = Failed ÷ (Compliant + Exception + Failed); Pending Review is not decided and left out. "
    "The interval is Wilson's at 95 %."
)


@dataclass(frozen=True)
class ProcessOutcome:
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


def outcomes(site: Site, period: Period) -> list[ProcessOutcome]:
    """One for each process type that has entries, most entries first; raises Unavailable without the log."""
    if not site.has_doctype(DOCTYPE):
        raise Unavailable(site.translate("SEPA Audit Log is not installed on this site"))
    found: dict[str, ProcessOutcome] = {}
    for (process_type, status), number in site.tally(
        DOCTYPE, ["process_type", "compliance_status"], window(period)
    ).items():
        found.setdefault(process_type, ProcessOutcome(process_type)).by_status[status] = number
    return sorted(found.values(), key=lambda outcome: (-outcome.entries, outcome.process_type))


def overall(found: list[ProcessOutcome]) -> ProcessOutcome:
    """All processes together."""
    together = ProcessOutcome("")
    for outcome in found:
        for status, number in outcome.by_status.items():
            together.by_status[status] = together.by_status.get(status, 0) + number
    return together


def window(period: Period) -> Filters:
    """Steps of the SEPA process; what the rules found about them is no step of it."""
    return {"timestamp": (">=", period.since), "process_type": ("!=", CHECKS)}


def source(period: Period) -> str:
    """The question that the numbers answer."""
    return question(Words("count by process_type and compliance_status"), DOCTYPE, window(period))


def sentences(site: Site, period: Period, found: list[ProcessOutcome]) -> Iterator[Statement]:
    """What the trail says, or that it says nothing."""
    _ = site.translate
    if not found:
        text = plural(
            _,
            period.days,
            "No SEPA operation was recorded in the last day.",
            "No SEPA operation was recorded in the last {0} days.",
        )
        yield Statement(text.format(period.days), source(period))
    for outcome in found:
        yield from _about(site, period, outcome)


def _about(site: Site, period: Period, outcome: ProcessOutcome) -> Iterator[Statement]:
    _, share = site.translate, outcome.failures
    name, asked = _(outcome.process_type), source(period)
    if share is None:
        text = plural(
            _,
            outcome.entries,
            "{0}: one operation, not decided yet.",
            "{0}: {1} operations, none of them decided yet.",
        )
        yield Statement(text.format(name, outcome.entries), asked, outcome.process_type)
    elif not share.number:
        text = plural(
            _,
            share.of,
            "{0}: the one operation of the last {2} days did not fail.",
            "{0}: none of {1} operations failed in the last {2} days.",
        )
        yield Statement(text.format(name, share.of, period.days), asked, outcome.process_type)
    else:
        text = plural(
            _,
            share.of,
            "{0}: {1} of {2} operation failed in the last {3} days ({4}; the true share: {5} to {6}).",
            "{0}: {1} of {2} operations failed in the last {3} days ({4}; the true share: {5} to {6}).",
        )
        shares = (percent(part) for part in (share.share, share.low, share.high))
        said = text.format(name, share.number, share.of, period.days, *shares)
        yield Statement(said, asked, outcome.process_type, critical=True)
