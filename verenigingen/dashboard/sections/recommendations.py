"""What to do beyond the open alerts: from ignored settings, noisy rules and the last 30 days."""

from __future__ import annotations

from collections.abc import Iterator

from verenigingen.alerts import stored_suggestions
from verenigingen.alerts.alerts import DOCTYPE
from verenigingen.alerts.suggestions import sentence
from verenigingen.analytics.insights_report import recommendations
from verenigingen.analytics.period import period
from verenigingen.analytics.recommendations import Recommendation
from verenigingen.analytics.sections import Sections
from verenigingen.dashboard.facts import Facts, level_of
from verenigingen.dashboard.parts import Advice, Recommendations, Suggested

DAYS = 30
SHOWN = 8


def build(facts: Facts) -> Recommendations:
    """An open alert carries its own advice; here is what no alert says."""
    _ = facts.site.translate
    found = recommendations(Sections(facts.site, period(facts.site, DAYS)))
    beyond = [_advice(each) for each in found if not each.evidence.startswith(DOCTYPE)]
    items = (*_settings(facts), *beyond)[:SHOWN]
    said = _("From the last {0} days, beyond what open alerts say; each names what it rests on.").format(DAYS)
    nothing = _("No number of the last {0} days asks for more than the open alerts do.").format(DAYS)
    return Recommendations(items, said if items else nothing, tuple(_suggested(facts)))


def _suggested(facts: Facts) -> Iterator[Suggested]:
    """What the weekly digest found in the history of noisy rules."""
    for row in stored_suggestions.shown(facts.site):
        applied = row["status"] == "Applied"
        yield Suggested(
            name=str(row["name"]),
            said=sentence(stored_suggestions.of_row(facts.settings, row), facts.site.translate),
            applied_by=str(row["decided_by"] or "") if applied else "",
            applied_at=row["decided_at"] if applied else None,
        )


def _settings(facts: Facts) -> Iterator[Advice]:
    """Settings of the monitor that could not be used as they stand."""
    _ = facts.site.translate
    for problem in facts.settings.problems:
        yield Advice("warning", "MEDIUM", _("Mend a setting of the monitor"), problem, ())


def _advice(found: Recommendation) -> Advice:
    return Advice(
        level=level_of(found.priority),
        priority=found.priority,
        title=found.title,
        why=found.description,
        steps=tuple(line for line in found.action.splitlines() if line.strip()),
        source=found.evidence,
    )
