"""The words of an alert: what was found, since when, on what evidence, and how it ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from vuurtoren.alerts.alerts import AlertContent
from vuurtoren.alerts.judging import Judgement, label_text, summary
from vuurtoren.alerts.stored_state import UNKNOWN
from vuurtoren.host_records import records
from vuurtoren.rules.rule import BreachLevel, Rule, Severity, rank
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import limit, number, quantity
from vuurtoren.site.words.plurals import plural

SOURCE = "rules"
MOST_EVIDENCE, MOST_SUBJECTS = 20, 10
INSTANCES = "instances"
"""The unit of the alert about all others."""
UNKNOWN_RUNBOOK = """While this is unknown nobody is told when it goes wrong: the reason says what to mend.
If the Error Log has a row “Verenigingen monitoring: own failure” of the same time, it holds the traceback.
If this can never be measured here, switch the rule off in Monitoring Settings."""


def unknown_fingerprint(fingerprint: str) -> str:
    """The fingerprint of the alert about not knowing, beside that about the breach."""
    return f"{UNKNOWN}{fingerprint}"


def about_breach(
    site: Site, rule: Rule, judgement: Judgement, fingerprint: str, since: datetime, level: BreachLevel
) -> AlertContent:
    """The threshold was passed; at the critical level the alert names the critical threshold."""
    if level == "critical" and judgement.level == "critical" and judgement.critical_threshold is not None:
        judgement = replace(judgement, threshold=judgement.critical_threshold)
    return AlertContent(
        alert_type=rule.alert_type,
        severity=rule.severity_at(level),
        kind="Breach",
        message=summary(rule, judgement, site.translate),
        fingerprint=fingerprint,
        since=since,
        source=SOURCE,
        rule=rule.key,
        runbook=site.translate(rule.runbook),
        value=judgement.value,
        threshold=judgement.threshold,
        unit=rule.unit,
        details=_details(site, rule, judgement),
    )


def about_the_rest(
    site: Site, rule: Rule, judgement: Judgement, fingerprint: str, since: datetime
) -> AlertContent:
    """More instances of one rule are breached than are told one by one; the value is how many more."""
    text = plural(
        site.translate,
        rule.most_open,
        "“{0}”: and {1} more beyond the limit of {2}; only the worst is told by itself",
        "“{0}”: and {1} more beyond the limit of {2}; only the {3} worst are told one by one",
    )
    many = int(judgement.value or 0)
    said = text.format(
        site.translate(rule.title),
        number(many, site.translate),
        limit(judgement.threshold, rule.unit, site.translate),
        rule.most_open,
    )
    return replace(
        about_breach(site, rule, judgement, fingerprint, since, "warning"),
        message=said,
        threshold=0,
        unit=INSTANCES,
    )


def about_not_knowing(
    site: Site, rule: Rule, judgement: Judgement, fingerprint: str, since: datetime
) -> AlertContent:
    """It could not be measured."""
    which = label_text(judgement.labels)
    named = f"{site.translate(rule.title)} ({which})" if which else site.translate(rule.title)
    return AlertContent(
        alert_type=rule.alert_type,
        severity=not_knowing_severity(rule),
        kind="Unknown",
        message=site.translate("Cannot measure “{0}”: {1}").format(named, judgement.reason),
        fingerprint=unknown_fingerprint(fingerprint),
        since=since,
        source=SOURCE,
        rule=rule.key,
        runbook=site.translate(UNKNOWN_RUNBOOK),
        unit=rule.unit,
        details=_details(site, rule, judgement),
    )


def not_knowing_severity(rule: Rule) -> Severity:
    """No worse than MEDIUM, because nothing is known to be wrong."""
    return rule.severity if rank(rule.severity) < rank("MEDIUM") else "MEDIUM"


def end_of_breach(site: Site, rule: Rule, judgement: Judgement) -> str:
    """Why a breach is over: the value that is no longer beyond the threshold."""
    if judgement.value is None:
        return judgement.reason or site.translate("The condition ended.")
    if not rule.adjustable:
        return site.translate("The condition ended.")
    return site.translate("The condition ended: {0} now, the limit is {1}.").format(
        *_quantities(site, rule, judgement)
    )


def end_of_not_knowing(site: Site, rule: Rule, judgement: Judgement) -> str:
    """What is known again."""
    if judgement.value is None:
        return judgement.reason or site.translate("It is no longer judged.")
    return site.translate("It can be measured again: {0}.").format(_quantities(site, rule, judgement)[0])


def _quantities(site: Site, rule: Rule, judgement: Judgement) -> tuple[str, str]:
    say = site.translate
    return quantity(judgement.value, rule.unit, say), quantity(judgement.threshold, rule.unit, say)


def _details(site: Site, rule: Rule, judgement: Judgement) -> dict[str, Any]:
    host = records.at_best(site)
    return {
        "title": site.translate(rule.title),
        "metric": rule.metric,
        "which": dict(judgement.labels),
        "source": judgement.source,
        "links": [doctype for each in rule.links if (doctype := host.doctype(each))],
        "evidence": [dict(row) for row in judgement.evidence[:MOST_EVIDENCE]],
        "subjects": [subject.as_plain() for subject in judgement.subjects[:MOST_SUBJECTS]],
        **({"evidence_words": dict(judgement.words)} if judgement.words else {}),
    }
