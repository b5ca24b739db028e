"""“What would this have done?”, asked of a rule in force, with other numbers, or of a form not yet saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from vuurtoren.alerts.alerts import DOCTYPE as ALERT
from vuurtoren.backtest import history as backtest_history
from vuurtoren.backtest.backtest import Backtest, as_lived, backtest
from vuurtoren.backtest.history import Progress
from vuurtoren.backtest.learning_again import judged_by
from vuurtoren.backtest.threshold_suggestion import ThresholdSuggestion, suggest
from vuurtoren.backtest.timeline import Timeline, timelines
from vuurtoren.privacy.text import one_line
from vuurtoren.rules import thresholds
from vuurtoren.rules.record import BadRule, seconds
from vuurtoren.rules.rule import Rule
from vuurtoren.rules.thresholds import BadThreshold, parse
from vuurtoren.settings import rules_in_force, settings, stored_rules
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import limit
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import reason, said

USUAL_DAYS, MOST_DAYS = 90, 366
NONE, NEVER = "none", "never"


class CannotBacktest(ValueError):
    """Nothing can be said; the message says why and what to do."""


@dataclass(frozen=True)
class Answer:
    """What the rule would have done, the threshold that is calm enough, and what this rests on."""

    done: Backtest
    suggestion: ThresholdSuggestion | None
    lines: Sequence[Timeline]
    rests_on: tuple[str, ...]

    @property
    def rule(self) -> Rule:
        return self.done.rule


def ask(site: Site, rule: Rule, days: int = USUAL_DAYS, progress: Progress | None = None) -> Answer:
    """The answer over the last `days` of what is stored; reads only. Raises CannotBacktest."""
    if not 1 <= days <= MOST_DAYS:
        raise CannotBacktest(site.translate("days: from 1 to {0}").format(MOST_DAYS))
    now = site.now()
    found = backtest_history.find(site, rule, now - timedelta(days=days), progress)
    lines: Sequence[Timeline] = timelines(found.series, rule.interval, now)
    if not lines:
        text = site.translate("Nothing is stored of {0} yet: the monitor keeps a sample at every tick.")
        raise CannotBacktest(text.format(rule.metric))
    lines = judged_by(site, rule, lines)
    current = settings.read(site)
    repeat_after, in_force = current.channels.repeat_after, current.thresholds.values.get(rule.key)
    done = backtest(rule, lines, repeat_after)
    if done.unmeasured:
        done = as_lived(done, backtest_history.moments_run(site, done.since), lines, repeat_after)
    told = (*found.rests_on, *_caveats(site, done, days), *_live(site, done))
    return Answer(done, suggest(rule, lines, in_force), lines, told)


def in_force(site: Site, key: str, changes: Mapping[str, str] | None = None) -> Rule:
    """The rule of this key as it is judged now, with other numbers where they are given.

    `changes` holds texts as people type them: threshold, critical ("none" for no critical level), for,
    keep_firing and unknown ("never"). Raises CannotBacktest with a sentence.
    """
    rule = settings.read(site).rule(key)
    if rule is None:
        text = site.translate("There is no rule {0}. Rules: {1}.")
        known = ", ".join(sorted(each.key for each in settings.read(site).rules))
        raise CannotBacktest(text.format(repr(one_line(key, 60)), known))
    given = {name: str(text).strip() for name, text in (changes or {}).items() if str(text or "").strip()}
    try:
        return replace(rule, **{READERS[name][0]: READERS[name][1](text) for name, text in given.items()})
    except (BadThreshold, ValueError) as refused:
        raise CannotBacktest(said(reason(refused), site.translate)) from None


def of_record(site: Site, record: Mapping[str, Any]) -> Rule:
    """The rule that these field values of an Alert Rule make, saved or not; raises CannotBacktest."""
    try:
        key = stored_rules.check(site, record).key
    except BadRule as refused:
        raise CannotBacktest(said(reason(refused), site.translate)) from None
    rows = site.get_single(settings.DOCTYPE).get("rules") or [] if site.has_doctype(settings.DOCTYPE) else []
    held = rules_in_force.assemble(
        stored_rules.known(site).rules,
        site.conf(thresholds.CONFIG_KEY),
        rows,
        [record],
        stored_rules.unit_of(site),
    )
    return next(rule for rule in held.rules if rule.key == key)


def _critical(text: str) -> float | None:
    return None if text.lower() == NONE else parse(text)


def _unknown(text: str) -> int | None:
    return None if text.lower() == NEVER else seconds(text)


READERS: Mapping[str, tuple[str, Any]] = {
    "threshold": ("threshold", parse),
    "critical": ("critical_threshold", _critical),
    "for": ("for_seconds", seconds),
    "keep_firing": ("keep_firing_seconds", seconds),
    "unknown": ("unknown_for_seconds", _unknown),
}
"""What may be tried with other numbers: the field of the rule, and how its text is read."""


def _live(site: Site, done: Backtest) -> list[str]:
    """What really happened in that time, and by which thresholds it was judged then."""
    if not site.has_doctype(ALERT):
        return []
    there = {"rule": done.rule.key, "kind": "Breach", "timestamp": (">=", done.since)}
    by_threshold = site.tally(ALERT, "threshold", there)
    text = site.translate("The monitor itself opened {0} in that time, judged by {1}.")
    return [
        text.format(count, f"{done.rule.operator} {limit(float(threshold), done.rule.unit, site.translate)}")
        for threshold, count in sorted(by_threshold.items())
    ]


def _caveats(site: Site, done: Backtest, days: int) -> list[str]:
    """What must be known to read the answer rightly."""
    said = []
    if done.until - done.since < timedelta(days=days) * 0.95:
        text = plural(
            site.translate,
            days,
            "That is less than the one day asked for: nothing older is stored.",
            "That is less than the {0} days asked for: nothing older is stored.",
        )
        said.append(text.format(days))
    if done.unknown_share:
        text = site.translate("During {0} % of the time nothing was measured.")
        said.append(text.format(f"{max(done.unknown_share * 100, 0.1):.1f}"))
    if done.told.messages:
        said.append(site.translate("Messages are counted as if nobody acknowledged or silenced anything."))
    return said
