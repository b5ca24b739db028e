"""What to do beyond the open alerts: from ignored settings, noisy rules and the last 30 days."""

from __future__ import annotations

from collections.abc import Iterator

from vuurtoren.alerts.alerts import DOCTYPE
from vuurtoren.analytics.insights_report import recommendations
from vuurtoren.analytics.period import period
from vuurtoren.analytics.recommendations import Recommendation
from vuurtoren.analytics.sections import Sections
from vuurtoren.audit.adoption import adoption, cleanup_jobs
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.backtest import stored_suggestions
from vuurtoren.backtest.suggestions import sentence
from vuurtoren.pages.facts import Facts, level_of
from vuurtoren.pages.parts import Advice, Recommendations, Suggested
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import said

DAYS = 30
SHOWN = 8


def build(facts: Facts) -> Recommendations:
    """An open alert carries its own advice; here is what no alert says."""
    _ = facts.site.translate
    found = recommendations(Sections(facts.site, period(facts.site, DAYS), facts.settings))
    beyond = [_advice(facts, each) for each in found if not each.evidence.startswith(DOCTYPE)]
    items = (*_settings(facts), *_beside_another_app(facts), *beyond)[:SHOWN]
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
    for problem in facts.problems:
        yield Advice("warning", "MEDIUM", _("Mend a setting of the monitor"), problem, ())


def _beside_another_app(facts: Facts) -> Iterator[Advice]:
    """What somebody should do once where another app kept an audit log before."""
    _ = facts.site.translate
    for job in cleanup_jobs.running(facts.site):
        title = _("Switch off a job that deletes old audit entries")
        why = _(
            "{0} of another app is refused whenever it runs: entries of the trail stay for seven years."
            " Nothing is lost by it; its Error Log row is kept once a week."
        )
        step = _("Open Scheduled Job Type {0} and tick “Stopped”.")
        yield Advice("plain", "LOW", title, why.format(job), (step.format(job),))
    found = adoption.last(facts.site) if facts.has(LOG) else None
    if found and found.adopted and not found.confirmed_by:
        title = _("Stand for the audit entries from before")
        why = plural(
            _,
            found.adopted,
            "1 entry was taken over as it was found; nobody has confirmed it by name yet.",
            "{0} entries were taken over as they were found; nobody has confirmed it by name yet.",
        )
        step = "bench --site SITE monitoring audit adopt --by NAME"
        yield Advice("plain", "LOW", title, why.format(facts.formats.text(found.adopted)), (step,))


def _advice(facts: Facts, found: Recommendation) -> Advice:
    return Advice(
        level=level_of(found.priority),
        priority=found.priority,
        title=found.title,
        why=found.description,
        steps=tuple(line for line in found.action.splitlines() if line.strip()),
        source=said(found.evidence, facts.translate),
    )
