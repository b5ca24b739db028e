"""Where a rule that learns fires now: a limit in the unit of its metric, made of what was learned; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from vuurtoren.metrics.learned.baseline import LEAST_WEEKS, Usual
from vuurtoren.metrics.learned.forecasting import LEAST_DAYS, Forecast
from vuurtoren.metrics.learned.models import Model
from vuurtoren.metrics.learned.week import Week
from vuurtoren.rules.rule import Rule
from vuurtoren.site.quantities import Say, day, duration, limit, number
from vuurtoren.site.words.words import Words

MOST_DAYS_OLD = 3
"""What was learned of days longer ago says nothing of today."""
USUALLY = (
    "Mondays at {0} usually {1} to {2}",
    "Tuesdays at {0} usually {1} to {2}",
    "Wednesdays at {0} usually {1} to {2}",
    "Thursdays at {0} usually {1} to {2}",
    "Fridays at {0} usually {1} to {2}",
    "Saturdays at {0} usually {1} to {2}",
    "Sundays and holidays at {0} usually {1} to {2}",
)


@dataclass(frozen=True)
class Yardstick:
    """The limit is `base` and the threshold of the rule times `scale`; what it was learned from is said."""

    base: float = 0.0
    scale: float = 1.0
    at: datetime | None = None
    hour: int = 0
    usual: Usual | None = None
    forecast: Forecast | None = None

    def limit(self, threshold: float) -> float:
        return self.base + self.scale * threshold

    def said(self, rule: Rule, threshold: float, say: Say) -> str:
        """ "Tuesdays at 9:00 usually 1 to 4", or when the limit is reached; empty for a rule with a limit."""
        if self.usual and self.at:
            bounds = max(0.0, self.usual.low), max(0.0, self.usual.high)
            low, high = limit(bounds[0], rule.unit, say), limit(bounds[1], rule.unit, say)
            return say(USUALLY[self.hour // 24]).format(f"{self.at:%-H}:00", low, high)
        if self.forecast:
            return reached(self.forecast, rule, threshold, say)
        return ""


FIXED = Yardstick()
"""That of a rule with a limit: the threshold itself."""


def threshold_text(rule: Rule, threshold: float, say: Say) -> str:
    """When a rule fires, after its metric: "> 90 %", "> 90 % within 14 d", "further above …"."""
    _ = say
    if rule.kind == "unusual":
        far = number(threshold, say)
        if rule.upwards:
            return _("further above what is usual than {0} × the usual spread").format(far)
        return _("further below what is usual than {0} × the usual spread").format(far)
    shown = f"{rule.operator} {limit(threshold, rule.unit, say)}"
    if rule.kind == "will reach":
        return _("{0} within {1}").format(shown, duration(rule.horizon_seconds, say))
    return shown


def yardstick(rule: Rule, model: Model | None, at: datetime, week: Week) -> Yardstick | Words:
    """What the rule is judged by at this moment (site time), or why nothing can be said."""
    if rule.kind == "limit":
        return FIXED
    if model is None:
        return Words("nothing is learned of it yet")
    if model.unit != rule.unit:
        return Words("what is learned of it is in another unit")
    return _unusual(rule, model, at, week) if rule.kind == "unusual" else _will_reach(rule, model, at)


def _unusual(rule: Rule, model: Model, at: datetime, week: Week) -> Yardstick | Words:
    if model.baseline is None:
        text = "too little is known to say what is usual (weeks needed: {0}; full days known: {1})"
        return Words(text, LEAST_WEEKS, model.days)
    usual = model.baseline.at(at, week)
    if usual is None:
        return Words("this hour of the week was seen too seldom")
    hour = week.hour_of(at)
    if rule.upwards:
        return Yardstick(usual.high, usual.above, at, hour, usual)
    return Yardstick(usual.low, -usual.below, at, hour, usual)


def _will_reach(rule: Rule, model: Model, at: datetime) -> Yardstick | Words:
    line = model.forecast
    if line is None:
        return Words("too few full days for a forecast (needed: {0}; known: {1})", LEAST_DAYS, model.days)
    old = at.toordinal() - round(line.day)
    if old > MOST_DAYS_OLD:
        return Words("the newest full day that is known is too long ago (days: {0})", old)
    leads = line.clear and (line.slope > 0) == rule.upwards
    change = line.slope * rule.horizon_seconds / 86_400 if leads else 0.0
    return Yardstick(-change, 1.0, at, forecast=line)


def reached(line: Forecast, rule: Rule, threshold: float, say: Say) -> str:
    """When a clear course meets the threshold, and between when 80 times in 100; empty where it does not."""
    _ = say
    met = line.reaches(threshold, upwards=rule.upwards)
    shown = limit(threshold, rule.unit, say)
    if met is None:
        return ""
    earliest, expected, latest = (_day(line, ahead, say) for ahead in met)
    if latest:
        text = _("{0} is reached on {1} (80 %: {2} to {3})")
        return text.format(shown, expected, earliest, latest)
    return _("{0} is reached on {1} (80 %: from {2} on)").format(shown, expected, earliest)


def _day(line: Forecast, ahead: int | None, say: Say) -> str:
    """ "3 Mar", with the year where it is another one."""
    if ahead is None:
        return ""
    at = date.fromordinal(round(line.day) + ahead)
    shown = day(datetime(at.year, at.month, at.day), say).lstrip("0")
    return shown if at.year == date.fromordinal(round(line.day)).year else f"{shown} {at.year}"
