"""What to do: from open alerts and from numbers of the report, each with its evidence; nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from vuurtoren.alerts import alerts
from vuurtoren.analytics.compliance import Gap
from vuurtoren.analytics.errors.hot_spots import CRITICAL_FORMULA, HotSpot
from vuurtoren.analytics.forecast import Forecast
from vuurtoren.analytics.forecast_sentences import near_limit, reaching_limit
from vuurtoren.analytics.sepa_outcomes import ProcessOutcome
from vuurtoren.analytics.statement import Statement, question
from vuurtoren.rules.rule import rank
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import Words

FIELDS = ["name", "alert_type", "severity", "status", "message", "runbook", "details"]


@dataclass(frozen=True)
class Recommendation:
    """One thing to do.

    `priority` is the severity of the alert behind it; for a number of the report it is HIGH where the audit
    trail has a critical gap, else MEDIUM. `evidence` names the alert, or the question behind the number;
    `details` are the rows that the alert was opened on.
    """

    category: str
    priority: str
    title: str
    description: str
    action: str
    evidence: str
    details: tuple[dict[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"details": list(self.details)}


def open_alerts(site: Site) -> list[dict[str, Any]]:
    """The open alerts, most severe first; raises Unavailable where there is no such table."""
    if not site.has_doctype(alerts.DOCTYPE):
        raise Unavailable(site.translate("System Alert is not installed: run bench migrate"))
    return sorted(alerts.open_rows(site, FIELDS), key=lambda row: -rank(str(row["severity"])))


def from_alerts(rows: Iterable[dict[str, Any]]) -> Iterator[Recommendation]:
    """The runbook of each open alert."""
    for row in rows:
        yield Recommendation(
            row["alert_type"],
            row["severity"],
            str(row["message"]).split("\n", 1)[0],
            str(row["message"]),
            row["runbook"] or "",
            f"{alerts.DOCTYPE} {row['name']}",
            tuple(alerts.details_of(row).get("evidence") or ()),
        )


def from_errors(site: Site, spots: Iterable[HotSpot], source: str) -> Iterator[Recommendation]:
    """One for each kind of error that is critical by the formula that the report prints."""
    _ = site.translate
    for spot in spots:
        if spot.critical:
            yield Recommendation(
                "errors",
                "MEDIUM",
                _("Mend the error that happens most: {0}").format(spot.kind.title),
                _often(site, spot.kind.count, spot.kind.days_seen),
                _("Open Error Kind {0} and its newest example; it was raised in {1}.").format(
                    spot.kind.fingerprint, spot.kind.culprit or spot.kind.source
                ),
                Words("{0}; Error Kind {1}", source, spot.kind.fingerprint),
            )


def _often(site: Site, errors: int, days: int) -> str:
    """ "14 errors on 3 days", and by which formula that is much."""
    _ = site.translate
    counted = plural(_, errors, "1 error", "{0} errors").format(errors)
    text = plural(_, days, "{0} on one day; {2}.", "{0} on {1} days; {2}.")
    return text.format(counted, days, _(CRITICAL_FORMULA))


def from_resources(site: Site, found: list[Forecast]) -> Iterator[Recommendation]:
    """One for each resource near its limit or on its way there, with the runbook of its rule."""
    runbooks = {each.rule.metric: site.translate(each.rule.runbook) for each in found}
    told: set[str] = set()
    for statement in (*near_limit(site, found), *reaching_limit(site, found)):
        if statement.about not in told:
            told.add(statement.about)
            yield _about("resources", statement, runbooks[statement.about])


def from_sepa(site: Site, found: Iterable[ProcessOutcome], source: str) -> Iterator[Recommendation]:
    """One for each process with failures."""
    _ = site.translate
    for outcome in found:
        if outcome.failed:
            filters = {"process_type": outcome.process_type, "compliance_status": "Failed"}
            yield Recommendation(
                "sepa",
                "MEDIUM",
                _("Look into the failures of {0}").format(_(outcome.process_type)),
                plural(
                    _,
                    outcome.decided,
                    "The only decided operation failed.",
                    "{0} of {1} decided operations failed.",
                ).format(outcome.failed, outcome.decided),
                _(
                    "One error for many members points to settings, for one member to that mandate: {0}."
                ).format(question(Words("list"), "SEPA Audit Log", filters).said(_)),
                source,
            )


def from_gaps(site: Site, found: Iterable[Gap]) -> Iterator[Recommendation]:
    """One for each gap of the audit trail."""
    for gap in found:
        named = ", ".join(gap.names)
        yield Recommendation(
            "compliance",
            "HIGH" if gap.critical else "MEDIUM",
            gap.title,
            f"{gap.number}: {named}",
            gap.action,
            gap.source,
        )


def ranked(found: Iterable[Recommendation]) -> list[Recommendation]:
    """Most urgent first; among equals the order in which they were found."""
    return sorted(found, key=lambda each: -rank(each.priority))


def _about(category: str, statement: Statement, action: str) -> Recommendation:
    title = statement.text.partition(":")[0]
    return Recommendation(category, "MEDIUM", title, statement.text, action, statement.source)
