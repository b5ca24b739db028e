"""The page of a site: every section behind its own error boundary, so that one that fails hides no other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from verenigingen.alerts import own_errors
from verenigingen.audit.log_redaction import redacting
from verenigingen.dashboard.facts import Facts
from verenigingen.dashboard.parts import Overall, Page, Section
from verenigingen.dashboard.sections import (
    alerts,
    business,
    errors,
    everything,
    monitor,
    overall,
    recommendations,
    resources,
    sepa,
    unknowns,
    work,
)
from verenigingen.site.errors import Unavailable
from verenigingen.site.protocol import Site

Content = TypeVar("Content")
log = redacting(logging.getLogger(__name__))


def build_page(site: Site) -> Page:
    """Everything that the page shows, as of now; reads only, and never raises for what one section lacks."""
    facts, _ = Facts(site), site.translate
    alerts_section = _section(facts, "alerts", _("Open alerts"), alerts.build)
    monitor_section = _section(facts, "monitor", _("The monitor itself"), monitor.build)
    unknowns_section = _section(facts, "unknowns", _("Unknown"), unknowns.build)
    return Page(
        site_name=site.name,
        platform=site.platform,
        now=facts.now,
        overall=_overall(facts, alerts_section, monitor_section, unknowns_section),
        monitor=monitor_section,
        alerts=alerts_section,
        unknowns=unknowns_section,
        resources=_section(facts, "resources", _("Resources"), resources.build),
        errors=_section(facts, "errors", _("Errors"), errors.build),
        work=_section(facts, "work", _("Scheduler, queues, mail, backups"), work.build),
        sepa=_section(facts, "sepa", _("SEPA audit trail"), sepa.build),
        business=_section(facts, "business", _("Business"), business.build),
        recommendations=_section(facts, "recommendations", _("Recommendations"), recommendations.build),
        everything=_section(facts, "everything", _("All numbers"), everything.build),
    )


def _section(facts: Facts, key: str, title: str, build: Callable[[Facts], Content]) -> Section[Content]:
    """The error boundary of a section: its reason stands where its content would be.

    Nothing is written to the Error Log: looking at a page must not raise the error rate that it shows.
    """
    try:
        return Section(key, title, build(facts))
    except Unavailable as unavailable:
        return Section(key, title, None, str(unavailable))
    except Exception as failure:
        if own_errors.LOUD:
            raise
        log.exception("Section %s of the monitoring page failed", key)
        return Section(key, title, None, own_errors.explain(failure))


def _overall(facts: Facts, *sections: Section) -> Overall:  # type: ignore[type-arg]
    judged = _section(facts, "overall", "", lambda facts: overall.build(facts, *sections))
    if judged.content:
        return judged.content
    cannot_say = facts.site.translate("Whether all is well cannot be said")
    return Overall("unknown", cannot_say, (judged.problem,), "")
