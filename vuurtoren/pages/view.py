"""Every section of the report, each behind its own error boundary."""

from __future__ import annotations

from vuurtoren.pages.facts import Facts
from vuurtoren.pages.parts import Page
from vuurtoren.pages.sections import (
    alerts,
    business,
    errors,
    everything,
    monitor,
    month,
    recommendations,
    resources,
    sepa,
    unknowns,
    work,
)
from vuurtoren.pages.sections.boundary import section


def build_page(facts: Facts) -> Page:
    """Everything that the page shows, as of now; reads only, and never raises for what one section lacks."""
    _ = facts.translate
    return Page(
        monitor=section(facts, "monitor", _("The monitor itself"), monitor.build),
        alerts=section(facts, "alerts", _("Open alerts"), alerts.build),
        unknowns=section(facts, "unknowns", _("Unknown"), unknowns.build),
        resources=section(facts, "resources", _("Resources"), resources.build),
        errors=section(facts, "errors", _("Errors"), errors.build),
        work=section(facts, "work", _("Scheduler, queues, mail, backups"), work.build),
        sepa=section(facts, "sepa", _("SEPA audit trail"), sepa.build),
        business=section(facts, "business", _("Business"), business.build),
        recommendations=section(facts, "recommendations", _("Recommendations"), recommendations.build),
        everything=section(facts, "everything", _("All numbers"), everything.build),
        month=section(facts, "month", _("The month in two minutes"), month.build),
    )
