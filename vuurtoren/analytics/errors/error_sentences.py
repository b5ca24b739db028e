"""What an analysis of errors says to a treasurer, each sentence with the question that it answers."""

from __future__ import annotations

from collections.abc import Iterator

from vuurtoren.analytics.errors.error_analysis import RECURRING_DAYS, ErrorAnalysis
from vuurtoren.analytics.statement import Statement, percent
from vuurtoren.analytics.trend import NO_TREND, RISING
from vuurtoren.site.quantities import moment
from vuurtoren.site.words.plurals import plural

MOST = 0.5
MOST_NEEDS = 10
PEAK_NEEDS = 24
PEAK_SHARE = 0.25


def sentences(analysis: ErrorAnalysis) -> list[Statement]:
    """The sentences that the numbers bear out, most important first; raises Unavailable."""
    if not analysis.total:
        text = analysis.site.translate("No error was logged {0}.")
        return [Statement(text.format(_span(analysis)), analysis.source)]
    return [
        _how_many(analysis),
        *_largest(analysis),
        *_recurring(analysis),
        *_peak(analysis),
        _course(analysis),
    ]


def _span(analysis: ErrorAnalysis) -> str:
    """The period in words, cut to what was counted."""
    _ = analysis.site.translate
    if analysis.coverage.since > analysis.period.since:
        return _("since {0}, when counting began").format(moment(analysis.coverage.since, _))
    days = analysis.period.days
    return plural(_, days, "in the last day", "in the last {0} days").format(days)


def _how_many(analysis: ErrorAnalysis) -> Statement:
    _ = analysis.site.translate
    text = _("One error was logged {2}.")
    if analysis.total != 1:
        text = plural(
            _,
            len(analysis.kinds),
            "{0} errors of one kind were logged {2}.",
            "{0} errors of {1} kinds were logged {2}.",
        )
    return Statement(text.format(analysis.total, len(analysis.kinds), _span(analysis)), analysis.source)


def _largest(analysis: ErrorAnalysis) -> Iterator[Statement]:
    largest = max(analysis.spots, key=lambda spot: spot.kind.count)
    if len(analysis.kinds) == 1 or largest.share < MOST or analysis.total < MOST_NEEDS:
        return
    text = analysis.site.translate("One kind makes up {0} of them ({1} of {2}): {3}.")
    kind = largest.kind
    said = text.format(percent(largest.share), kind.count, analysis.total, kind.title)
    yield Statement(said, analysis.source, kind.fingerprint, largest.critical)


def _recurring(analysis: ErrorAnalysis) -> Iterator[Statement]:
    if analysis.recurring:
        text = plural(
            analysis.site.translate,
            len(analysis.recurring),
            "One kind was seen on {1} days or more.",
            "{0} kinds were seen on {1} days or more.",
        )
        yield Statement(text.format(len(analysis.recurring), RECURRING_DAYS), analysis.source)


def _peak(analysis: ErrorAnalysis) -> Iterator[Statement]:
    """The hour of the day in which a quarter of the errors or more fell, where there are enough."""
    hours = analysis.per_hour_of_day
    total, peak = sum(hours.values()), max(hours, key=lambda hour: hours[hour])
    if total >= PEAK_NEEDS and hours[peak] >= PEAK_SHARE * total:
        text = analysis.site.translate("{0} of {1} errors fell between {2} and {3}.")
        said = text.format(hours[peak], total, f"{peak:02}:00", f"{(peak + 1) % 24:02}:00")
        yield Statement(said, analysis.source_of_hours)


def _course(analysis: ErrorAnalysis) -> Statement:
    _, trend, source = analysis.site.translate, analysis.trend, analysis.source_of_days
    if trend is None:
        text = _("Whether errors rise or fall cannot be said yet: {0}")
        return Statement(text.format(analysis.trend_reason), source)
    if trend.direction == NO_TREND:
        text = _("Errors neither rise nor fall clearly over {0} full days.")
        return Statement(text.format(trend.days), source)
    text = _("Errors fall: each day by about {0} (between {1} and {2}), judged over {3} full days.")
    if trend.direction == RISING:
        text = _("Errors rise: each day by about {0} (between {1} and {2}), judged over {3} full days.")
    amounts = [f"{amount:+.3g}" for amount in (trend.per_day, trend.low, trend.high)]
    return Statement(text.format(*amounts, trend.days), source, critical=trend.direction == RISING)
