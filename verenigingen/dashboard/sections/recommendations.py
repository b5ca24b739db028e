"""What to do before a rule fires; each item names the finding that it comes from."""

from __future__ import annotations

from collections.abc import Iterator

from verenigingen.alerts.rule import Rule
from verenigingen.dashboard.facts import Facts
from verenigingen.dashboard.labels import label
from verenigingen.dashboard.parts import Advice, Recommendations

NEAR = 0.9
"""A number above this part of its limit is near it."""


def build(facts: Facts) -> Recommendations:
    _ = facts.site.translate
    items = (*_settings(facts), *_near_limits(facts))
    if items:
        return Recommendations(
            items, _("Each comes from the finding that it names; open alerts carry their own advice.")
        )
    return Recommendations((), _("No number is near its limit and no setting had to be ignored."))


def _settings(facts: Facts) -> Iterator[Advice]:
    """Settings that could not be used as they stand."""
    _ = facts.site.translate
    for problem in facts.settings.problems:
        yield Advice("warning", _("soon"), _("Mend a setting of the monitor"), problem, ())


def _near_limits(facts: Facts) -> Iterator[Advice]:
    for metric, rules in facts.judging.items():
        for rule in rules:
            yield from _near_limit(facts, metric, rule)


def _near_limit(facts: Facts, key: str, rule: Rule) -> Iterator[Advice]:
    """Only for limits from above: a number just above a lower limit says little."""
    _, text = facts.site.translate, facts.formats.text
    limit = facts.settings.thresholds.values[rule.key]
    if not rule.operator.startswith(">") or not rule.adjustable or limit <= 0:
        return
    for metric in facts.snapshot.all(key):
        value = metric.value
        if isinstance(value, int | float) and NEAR * limit <= value < limit:
            why = _("{0} is {1}, {2} % of the limit {3}.").format(
                _(label(key)), text(value, metric.unit), round(100 * value / limit), text(limit, metric.unit)
            )
            yield Advice(
                "notice", _("before it fires"), _(rule.title), why, tuple(_(rule.runbook).splitlines())
            )
