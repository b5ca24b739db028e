"""What the outlook of the resources says, each sentence with the samples that it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vuurtoren.analytics.forecast import HORIZON_DAYS, Forecast
from vuurtoren.analytics.statement import Statement
from vuurtoren.analytics.trend import too_short
from vuurtoren.rules.rule import COMPARE
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import calendar_day, moment, quantity
from vuurtoren.site.words.plurals import plural


def near_limit(site: Site, found: Sequence[Forecast]) -> list[Statement]:
    """One sentence for each resource whose newest sample is near its threshold."""
    _ = site.translate
    text = _("{0}: {1} at {2}, the limit is {3}.")
    return [
        Statement(
            text.format(
                _(each.rule.title),
                quantity(each.newest[1], each.rule.unit, _),
                moment(each.newest[0], _),
                quantity(each.threshold, each.rule.unit, _),
            ),
            each.source,
            each.rule.metric,
            COMPARE[each.rule.operator](each.newest[1], each.threshold),
        )
        for each in found
        if each.newest and each.near
    ]


def none_near(site: Site, found: Sequence[Forecast]) -> list[Statement]:
    """One sentence where resources were sampled and none is near its threshold."""
    sampled = [each for each in found if each.newest]
    if not sampled or any(each.near for each in sampled):
        return []
    text = plural(
        site.translate,
        len(sampled),
        "One resource was sampled and is not near its limit: {1}.",
        "{0} resources were sampled and none is near its limit: {1}.",
    )
    titles = ", ".join(site.translate(each.rule.title) for each in sampled)
    return [Statement(text.format(len(sampled), titles), "; ".join(each.source for each in sampled))]


def courses(site: Site, found: Sequence[Forecast]) -> list[Statement]:
    """One sentence for each sampled resource: where it stands, and whether it moves."""
    return [_course(site, each) for each in found if each.newest]


def _course(site: Site, each: Forecast) -> Statement:
    assert each.newest is not None
    _ = site.translate
    moves = why_no_forecast(site, each)
    if each.trend:
        moves = _("{0} over {1} full days").format(_(each.trend.direction), each.trend.days)
    text = _("{0}: {1}, the limit is {2}; {3}")
    shown = (quantity(each.newest[1], each.rule.unit, _), quantity(each.threshold, each.rule.unit, _))
    return Statement(text.format(_(each.rule.title), *shown, moves), each.source, each.rule.metric)


def reaching_limit(site: Site, found: Sequence[Forecast]) -> list[Statement]:
    """One sentence for each resource that a clear course takes to its threshold within the horizon."""
    return [_reaching(site, each) for each in found if each.reach]


def _reaching(site: Site, each: Forecast) -> Statement:
    _, reach, trend = site.translate, each.reach, each.trend
    assert reach is not None and trend is not None
    latest = calendar_day(reach.latest, _) if reach.latest else _("much later")
    text = _("{0}: it changes by about {1} a day and reaches {2} on {3} (80 %: {4} to {5}; full days: {6}).")
    said = text.format(
        _(each.rule.title),
        quantity(trend.per_day, each.rule.unit, _),
        quantity(each.threshold, each.rule.unit, _),
        calendar_day(reach.expected, _),
        calendar_day(reach.earliest, _),
        latest,
        trend.days,
    )
    return Statement(said, each.source, each.rule.metric, critical=True)


def history(each: Forecast) -> dict[str, Any] | None:
    """The samples of a resource in numbers; None where there are none."""
    if each.newest is None:
        return None
    values = [value for _when, value in each.samples]
    return {
        "title": each.rule.title,
        "unit": each.rule.unit,
        "samples": len(values),
        "full_days": len(each.daily),
        "lowest": min(values),
        "highest": max(values),
        "newest": each.newest[1],
        "newest_at": each.newest[0].isoformat(" ", "seconds"),
        "threshold": each.threshold,
        "near": each.near,
        "daily_medians": {day.isoformat(): value for day, value in each.daily.items()},
        "source": each.source,
    }


def forecast(each: Forecast, days: int) -> dict[str, Any] | None:
    """Where the line leads so many days after the last full day; None where there is no line."""
    if each.line is None or each.trend is None:
        return None
    expected, low, high = each.value_in(days)
    reach = each.reach
    return {
        "unit": each.rule.unit,
        "direction": each.trend.direction,
        "points_a_day": each.trend.per_day,
        "points_a_day_low": each.trend.low,
        "points_a_day_high": each.trend.high,
        "expected": round(expected, 1),
        "low": round(low, 1),
        "high": round(high, 1),
        "reaches_threshold": reach.expected.isoformat() if reach else None,
        "reaches_threshold_at_the_earliest": reach.earliest.isoformat() if reach else None,
        "reaches_threshold_at_the_latest": reach.latest.isoformat() if reach and reach.latest else None,
        "full_days": each.trend.days,
        "source": each.source,
    }


def why_no_history(site: Site, each: Forecast) -> str:
    return site.translate("{0} has not been sampled since {1}.").format(
        each.rule.metric, each.period.first_day.isoformat()
    )


def why_no_forecast(site: Site, each: Forecast) -> str:
    return too_short(site.translate, len(each.daily))


def why_no_reach(site: Site) -> str:
    return site.translate("No clear course that meets the limit within {0} days.").format(HORIZON_DAYS)
