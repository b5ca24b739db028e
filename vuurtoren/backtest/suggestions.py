"""What would have kept a noisy rule quiet: tried over the history, suggested only where it helps; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from vuurtoren.backtest.noise import Noise
from vuurtoren.rules.rule import HOUR, MINUTE, Rule
from vuurtoren.site.quantities import duration
from vuurtoren.site.words.plurals import plural

NOISY = 5
"""A rule that fired at least so often in the week is looked at."""
WORTH_IT = 4
"""A change is suggested when it would have sent at most a fourth of the messages."""
AGREES_WITHIN = 2
"""The history must tell at least half and at most twice of what really fired, or nothing is suggested."""
PENDING_SECONDS = (2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR)

Trial = Callable[[Rule], int | None]
"""How often a rule would have fired over the week; None where the history cannot tell."""


@dataclass(frozen=True)
class Suggestion:
    """Wait longer (`for_seconds`) before a rule is told: `fired` in the week, and `would_have_fired` then."""

    rule: str
    title: str
    fired: int
    acknowledged: int
    for_seconds_now: int
    for_seconds: int
    would_have_fired: int


def suggest(noise: Iterable[Noise], rules: Mapping[str, Rule], trial: Trial) -> list[Suggestion]:
    """One suggestion for each noisy rule of which nobody acknowledged half, where waiting longer helps."""
    found = []
    for each in noise:
        rule = rules.get(each.source)
        if rule is not None and each.fired >= NOISY and each.acknowledged * 2 < each.fired:
            suggestion = _wait_longer(each, rule, trial)
            if suggestion is not None:
                found.append(suggestion)
    return found


def sentence(suggestion: Suggestion, translate: Callable[[str], str]) -> str:
    """ "Errors in the last hour" fired 31 times, never acknowledged; told after 10 min …, it would have 2."""
    seen = translate("never acknowledged")
    if suggestion.acknowledged:
        times = plural(translate, suggestion.acknowledged, "acknowledged once", "acknowledged {0} times")
        seen = times.format(suggestion.acknowledged)
    fired = plural(translate, suggestion.fired, "“{0}” fired once, {2}", "“{0}” fired {1} times, {2}")
    would = plural(
        translate,
        suggestion.would_have_fired,
        "told only after {0}, it would have fired once",
        "told only after {0}, it would have fired {1} times",
    )
    before = fired.format(translate(suggestion.title), suggestion.fired, seen)
    return (
        f"{before}; {would.format(duration(suggestion.for_seconds, translate), suggestion.would_have_fired)}"
    )


def _wait_longer(noise: Noise, rule: Rule, trial: Trial) -> Suggestion | None:
    """The shortest wait that is worth it; none where the history disagrees with what really happened."""
    as_it_is = trial(rule)
    if as_it_is is None or not noise.fired / AGREES_WITHIN <= as_it_is <= noise.fired * AGREES_WITHIN:
        return None
    for seconds in PENDING_SECONDS:
        if seconds <= rule.for_seconds:
            continue
        fired = trial(replace(rule, for_seconds=seconds))
        if fired is not None and fired * WORTH_IT <= noise.fired:
            return Suggestion(
                rule=rule.key,
                title=rule.title,
                fired=noise.fired,
                acknowledged=noise.acknowledged,
                for_seconds_now=rule.for_seconds,
                for_seconds=seconds,
                would_have_fired=fired,
            )
    return None
