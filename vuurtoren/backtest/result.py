"""The answer of a backtest as plain data for other programs, and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.alerts.judging import label_text
from vuurtoren.backtest.backtest import Firing
from vuurtoren.backtest.request import Answer
from vuurtoren.rules.expected import threshold_text
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import duration, moment, quantity
from vuurtoren.site.words.plurals import plural

MOST_FIRINGS = 200
"""So many alerts are listed one by one, the newest ones; all of them are counted."""


def as_data(answer: Answer) -> dict[str, Any]:
    """The answer as JSON types; times are site time, durations seconds."""
    done, rule = answer.done, answer.rule
    return {
        "rule": rule.key,
        "title": rule.title,
        "metric": rule.metric,
        "kind": rule.kind,
        "horizon_seconds": rule.horizon_seconds,
        "operator": rule.operator,
        "threshold": rule.threshold,
        "critical_threshold": rule.critical_threshold,
        "unit": rule.unit,
        "for_seconds": rule.for_seconds,
        "keep_firing_seconds": rule.keep_firing_seconds,
        "unknown_for_seconds": rule.unknown_for_seconds,
        "since": _moment(done.since),
        "until": _moment(done.until),
        "moments": done.moments,
        "unknown_percent": round(done.unknown_share * 100, 2),
        "rests_on": list(answer.rests_on),
        "alerts": len(done.firings),
        "breaches": done.breaches,
        "unmeasured": done.unmeasured,
        "gaps": done.off,
        "messages": done.told.messages,
        "reasons": dict(done.told.reasons),
        "firings": [_firing(answer, each) for each in done.firings[-MOST_FIRINGS:]],
        "suggestion": vars(answer.suggestion) if answer.suggestion else None,
    }


def as_lines(site: Site, answer: Answer) -> Iterator[str]:
    """The answer for people, most important first."""
    yield f"{site.translate(answer.rule.title)} ({answer.rule.key}): {condition(site, answer)}"
    yield headline(site, answer)
    yield suggestion(site, answer)
    yield from (f"  {row}" for row in _rows(site, answer))
    left_out = len(answer.done.firings) - MOST_FIRINGS
    if left_out > 0:
        yield "  " + plural(site.translate, left_out, "and an earlier one", "and {0} earlier ones").format(
            left_out
        )
    yield from answer.rests_on


def condition(site: Site, answer: Answer) -> str:
    """When the rule fires: "errors.last_hour > 10, critical > 30, for 5 min"."""
    rule = answer.rule
    parts = [f"{rule.metric} {threshold_text(rule, rule.threshold, site.translate)}"]
    if rule.critical_threshold is not None:
        shown = threshold_text(rule, rule.critical_threshold, site.translate)
        parts.append(site.translate("critical {0}").format(shown))
    if rule.for_seconds:
        parts.append(site.translate("for {0}").format(duration(rule.for_seconds, site.translate)))
    if rule.keep_firing_seconds:
        parts.append(
            site.translate("over after {0}").format(duration(rule.keep_firing_seconds, site.translate))
        )
    return ", ".join(parts)


def headline(site: Site, answer: Answer) -> str:
    """How many alerts and messages in how long a time; what was not measured is told apart."""
    done = answer.done
    span = _span(site, done.until - done.since)
    said = [site.translate("It would have opened no alert in {0}.").format(span)]
    if done.firings:
        text = site.translate("Alerts that it would have opened in {0}: {1}. Messages: {2}.")
        said = [text.format(span, len(done.firings), done.told.messages)]
    if done.unmeasured:
        text = site.translate("Alerts of them because the metric could not be measured: {0}.")
        said.append(text.format(done.unmeasured))
    if done.off:
        text = site.translate("Stretches in which the monitor did not run, where nothing is counted: {0}.")
        said.append(text.format(done.off))
    return " ".join(said)


def _span(site: Site, span: timedelta) -> str:
    """ "30 days"; hours and minutes where there are less than two days of samples."""
    days = span / timedelta(days=1)
    if round(days, 1) < 2:
        return duration(span.total_seconds(), site.translate)
    return plural(site.translate, round(days), "1 day", "{0} days").format(f"{days:.0f}")


def suggestion(site: Site, answer: Answer) -> str:
    """The threshold with at most one alert a week, or why there is none."""
    found, rule = answer.suggestion, answer.rule
    if not rule.adjustable:
        return site.translate("A yes-or-no rule has no threshold to choose.")
    if found is None:
        return site.translate("No threshold would have kept it to one alert a week.")
    text = site.translate("At most one alert a week: {0} {1}, which would have opened {2}.")
    return text.format(
        rule.operator, quantity(found.threshold, rule.threshold_unit, site.translate), found.alerts
    )


def firing_parts(site: Site, answer: Answer, firing: Firing) -> tuple[str, str, str, str, str]:
    """Which, from when, for how long, at which level, and the worst value."""
    ended = firing.ended or answer.done.until
    lasted = duration((ended - firing.opened).total_seconds(), site.translate)
    if firing.ended is None:
        lasted = site.translate("{0}, still open").format(lasted)
    level = site.translate("could not be measured" if firing.kind == "Unknown" else firing.level)
    worst = "" if firing.worst is None else quantity(firing.worst, answer.rule.unit, site.translate)
    return label_text(firing.labels), moment(firing.opened, site.translate), lasted, level, worst


def _rows(site: Site, answer: Answer) -> Iterator[str]:
    for firing in answer.done.firings[-MOST_FIRINGS:]:
        which, opened, lasted, level, worst = firing_parts(site, answer, firing)
        yield "  ".join(
            part for part in (opened, f"{lasted:22}", f"{level:10}", worst, which) if part
        ).rstrip()


def _firing(answer: Answer, firing: Firing) -> dict[str, Any]:
    ended = firing.ended or answer.done.until
    return {
        "labels": dict(firing.labels),
        "kind": firing.kind,
        "level": firing.level,
        "opened": _moment(firing.opened),
        "ended": _moment(firing.ended) if firing.ended else None,
        "duration_seconds": round((ended - firing.opened).total_seconds()),
        "worst": firing.worst,
    }


def _moment(at: datetime) -> str:
    return at.isoformat(" ", "seconds")
