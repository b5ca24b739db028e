"""A stored alert in the language that is spoken now; it was kept in the site's own. And what is true of one
that is over: its sentence speaks of the trouble as of something present."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vuurtoren.alerts.alerts import details_of, value_of
from vuurtoren.alerts.judging import Judgement, label_text, summary
from vuurtoren.metrics.metric import REASON, said_again
from vuurtoren.rules.rule import Rule
from vuurtoren.signals.catalogue import BY_KEY
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import duration
from vuurtoren.site.values import Row
from vuurtoren.site.words.kept import read
from vuurtoren.site.words.words import said

RETOLD = ("rule", "kind", "value", "threshold", "details", "runbook")
"""The fields of an alert that it is told again from, beside its message."""


def retold(site: Site, row: Row) -> Row:
    """The row with headline, title, runbook and evidence in the language spoken now, as far as they are ours.

    Words that the site would not write today, such as those of a rule that has changed, stay as they are.
    """
    rule = BY_KEY.get(str(row.get("rule") or ""))
    if rule is None or site.language() == site.site_language():
        return row
    details = details_of(row)
    evidence = {"evidence": _evidence(site, details)} if "evidence" in details else {}
    told = row | {"details": details | evidence | {"title": site.translate(rule.title)}}
    for field, words in (("message", _message(site, rule, row)), ("runbook", lambda: _runbook(site, rule))):
        with site.speaking(site.site_language()):
            kept = words()
        if kept and kept == row.get(field):
            told[field] = words()
    return told


def _evidence(site: Site, details: dict[str, Any]) -> Any:
    rows = details["evidence"]
    return said_again(rows, _made_of(details), site.translate) if isinstance(rows, list) else rows


def _made_of(details: dict[str, Any]) -> dict[str, Any]:
    words = details.get("evidence_words")
    return words if isinstance(words, dict) else {}


def over(site: Site, row: Row) -> str:
    """ "Resolved after 12 min: Slow requests": what is true of an alert that has ended."""
    _, after, named = site.translate, lasted(site, row), title_of(site, row)
    if row.get("kind") == "Unknown":
        text = _("Can be judged again after {0}: {1}") if after else _("Can be judged again: {1}")
    else:
        text = _("Resolved after {0}: {1}") if after else _("Resolved: {1}")
    return text.format(after, named)


def title_of(site: Site, row: Row) -> str:
    """The title of its rule and what it is about; of an event the first line of its message."""
    details = details_of(row)
    said = details.get("title") or next(iter(str(row.get("message") or "").splitlines()), "")
    which = details.get("which")
    labels = which.items() if details.get("title") and isinstance(which, dict) else ()
    about = ", ".join(f"{site.translate(str(key))}: {site.translate(str(value))}" for key, value in labels)
    return f"{said or row.get('alert_type')}{f' ({about})' if about else ''}"


def lasted(site: Site, row: Row) -> str:
    """How long it was open; empty where its beginning or its end is not known."""
    since, until = row.get("first_seen"), row.get("resolved_at")
    return duration((until - since).total_seconds(), site.translate) if since and until else ""


def _runbook(site: Site, rule: Rule) -> str:
    return site.translate(rule.runbook)


def _message(site: Site, rule: Rule, row: Row) -> Callable[[], str]:
    which = details_of(row).get("which")
    labels = tuple(which.items()) if isinstance(which, dict) else ()
    if row.get("kind") == "Unknown":
        return lambda: _not_known(site, rule, labels, row)
    if row.get("kind") != "Breach" or value_of(row) is None or "{usual}" in rule.summary:
        return lambda: ""
    found = Judgement("breached", labels, float(row.get("threshold") or 0), value_of(row))
    return lambda: summary(rule, found, site.translate)


def _not_known(site: Site, rule: Rule, labels: tuple[tuple[str, Any], ...], row: Row) -> str:
    """The sentence about not knowing, with the reason as it was kept."""
    which, title = label_text(labels), site.translate(rule.title)
    named = f"{title} ({which})" if which else title
    with site.speaking(site.site_language()):
        kept_title = site.translate(rule.title)
        kept_name = f"{kept_title} ({which})" if which else kept_title
        kept = site.translate("Cannot measure “{0}”: {1}").format(kept_name, "")
    reason = read(_made_of(details_of(row)).get(REASON)) or str(row["message"]).removeprefix(kept)
    return site.translate("Cannot measure “{0}”: {1}").format(named, said(reason, site.translate))
