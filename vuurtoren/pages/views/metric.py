"""One number over time: the range is in the address, the course is drawn on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vuurtoren.alerts.alerts import DOCTYPE as ALERT
from vuurtoren.alerts.judging import label_text
from vuurtoren.analytics.backfill.backfilling import rests_on
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.buckets import Bucket
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.history.rollup import DAY, HOUR
from vuurtoren.metrics.learned import models
from vuurtoren.metrics.learned.forecasting import Forecast
from vuurtoren.metrics.learned.models import Model
from vuurtoren.metrics.metric import Labels, Metric
from vuurtoren.pages.charts.line_chart import LineChart
from vuurtoren.pages.charts.series import Drawn, Point, Span, Stretch, series
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address, href
from vuurtoren.pages.frame.answers import Answer, Missing, Shown, as_csv, as_json
from vuurtoren.pages.parts import Reading
from vuurtoren.pages.views.alerts import Tab
from vuurtoren.pages.views.blocks.areas import area_of
from vuurtoren.pages.views.blocks.changed import marks as site_changes
from vuurtoren.rules import changes
from vuurtoren.rules.expected import reached, threshold_text, yardstick
from vuurtoren.rules.rule import Kind, Rule
from vuurtoren.site.quantities import moment, quantity
from vuurtoren.site.words.plurals import plural

RANGES = {
    "24h": timedelta(days=1),
    "1h": timedelta(hours=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "1y": timedelta(days=365),
}
IN_ORDER = ("1h", "24h", "7d", "30d", "1y")
WEEK = timedelta(days=7)
MOST_HOURS = timedelta(days=92)
MOST_BAND, ONE_HOUR, AHEAD_DAYS = timedelta(days=8), timedelta(hours=1), 30
HIGH, COLUMNS = 200, 300
ALERTS_MARKED, GAPS_NAMED, CHANGES_NAMED = 200, 3, 10


@dataclass(frozen=True)
class Limit:
    """A rule that judges the number."""

    title: str
    condition: str
    href: str


@dataclass(frozen=True)
class Marked:
    """An alert or a change within the range."""

    at: datetime
    said: str
    href: str = ""


@dataclass(frozen=True)
class MetricPage:
    """The number as it is now, its course over the range, and what happened meanwhile."""

    reading: Reading
    key: str
    help: str
    area: str
    area_key: str
    which: str
    instances: tuple[Tab, ...]
    ranges: tuple[Tab, ...]
    since: datetime
    until: datetime
    chart: LineChart | None
    statistics: tuple[Reading, ...]
    gaps: tuple[str, ...]
    limits: tuple[Limit, ...]
    marked: tuple[Marked, ...]
    csv: str
    json: str
    asked: Address
    compared: bool
    counted_back: str
    usual: bool
    learned: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]


def build(facts: Facts, address: Address) -> Answer:
    metric = _metric(facts, address)
    if metric is None:
        return Missing(facts.translate("No number has the name {0}.").format(address.name))
    since, until = window(facts, address)
    compared = until - since <= WEEK
    stored = _stored(facts, metric, since - (WEEK if compared else timedelta(0)), until - since)
    points = [point for point in stored if since <= point[0] <= until]
    if address.text("as") == "csv":
        further = Bucket._fields[2:] if points and isinstance(points[0], Bucket) else ()
        return as_csv(metric.key, ("time", f"{metric.key} ({metric.unit})", *further), points)
    if address.text("as") == "json":
        plain = {"key": metric.key, "labels": dict(metric.labels), "unit": metric.unit, "points": points}
        return as_json(metric.key, plain)
    earlier = (
        [(point[0] + WEEK, point[1]) for point in stored if point[0] + WEEK <= until] if compared else []
    )
    reading, name = facts.read(metric), SeriesName(metric.key, metric.labels)
    columns = tuple(dict.fromkeys(column for row in metric.evidence for column in row))
    marks = _alerts(facts, metric, since, until)
    changed = site_changes(facts, since, until)
    model = models.load(facts.site, [name]).get(name)
    usual = band(facts, model, since, until)
    spans = tuple(span for span, _ in marks)
    drawn = course(reading, points, since, until, spans, tuple(earlier), changed, usual)
    page = MetricPage(
        reading=reading,
        key=metric.key,
        help=_help(facts, metric),
        area=facts.translate(area_of(metric.key).title),
        area_key=area_of(metric.key).key,
        which=label_text(metric.labels),
        instances=_instances(facts, metric, address),
        ranges=tuple(
            Tab(
                _range_title(facts, key),
                address.href(range=key, **{"from": "", "to": ""}),
                _is_asked(address, key),
            )
            for key in IN_ORDER
        ),
        since=since,
        until=until,
        chart=drawn if points else None,
        statistics=_statistics(facts, metric, points),
        gaps=_gaps(facts, points, since, until),
        limits=tuple(_limit(facts, rule) for rule in facts.judging.get(metric.key, ())),
        marked=(
            *_changes(facts, metric, since, until),
            *(mark for _, mark in marks),
            *(Marked(span.since, span.what) for span in reversed(changed[-CHANGES_NAMED:])),
        ),
        csv=address.href(**{"as": "csv"}),
        json=address.href(**{"as": "json"}),
        asked=address,
        compared=bool(earlier),
        counted_back=_counted_back(facts, metric, since),
        usual=bool(usual),
        learned=_learned(facts, metric, model),
        rows=tuple(tuple(str(row.get(column, "")) for column in columns) for row in metric.evidence),
        columns=tuple(map(facts.translate, columns)),
    )
    return Shown(reading.label, "views/metric.html", page)


def _stored(facts: Facts, metric: Metric, since: datetime, span: timedelta) -> Sequence[Drawn]:
    """The samples of a week, of more than that the hours, of more than three months the days."""
    if span <= WEEK:
        return history.read(facts.site, metric.key, since, metric.labels)
    name = SeriesName(metric.key, metric.labels)
    return history.read_buckets(facts.site, [name], since, HOUR if span <= MOST_HOURS else DAY)[name]


def band(facts: Facts, model: Model | None, since: datetime, until: datetime) -> tuple[Stretch, ...]:
    """What is usual in each hour of the range, of ranges in which hours can be seen."""
    if model is None or model.baseline is None or until - since > MOST_BAND or model.unit == "yes/no":
        return ()
    found, week = [], facts.expected.week
    begin = since.replace(minute=0, second=0, microsecond=0)
    for number in range(int((until - begin) / ONE_HOUR) + 1):
        at = begin + ONE_HOUR * number
        usual = model.baseline.at(at, week)
        if usual:
            low, high = max(0.0, usual.low), max(0.0, usual.high)
            found.append(Stretch(max(at, since), min(at + ONE_HOUR, until), low, high))
    return tuple(each for each in found if each.since < each.until)


def _learned(facts: Facts, metric: Metric, model: Model | None) -> tuple[str, ...]:
    """What was learned of the number, or why nothing was."""
    said = []
    for kind in (_kind("unusual", metric), _kind("will reach", metric)):
        by = yardstick(kind, model, facts.now, facts.expected.week)
        if isinstance(by, str):
            said.append(by.said(facts.translate))
        elif by.usual:
            said.append(by.said(kind, 0, facts.translate))
        elif by.forecast:
            said += _leads(facts, metric, by.forecast)
    return tuple(f"{each[:1].upper()}{each[1:]}." for each in said if each)


def _kind(kind: Kind, metric: Metric) -> Rule:
    return Rule("", "", "", "LOW", metric.key, ">", 0, metric.unit, "", "", kind=kind)


def _leads(facts: Facts, metric: Metric, line: Forecast) -> list[str]:
    """Where a clear course leads in thirty days, and when it meets each limit."""
    if not line.clear:
        return []
    in_days = facts.now.toordinal() - round(line.day) + AHEAD_DAYS
    shown = [quantity(max(0.0, each), metric.unit, facts.translate) for each in line.at(in_days)]
    text = facts.translate("in a month about {0} (80 %: {1} to {2})")
    limits = [
        met
        for rule in facts.judging.get(metric.key, ())
        if rule.kind != "unusual"
        and rule.adjustable
        and (met := reached(line, rule, facts.settings.thresholds.values[rule.key], facts.translate))
    ]
    return [text.format(*shown), *dict.fromkeys(limits)]


def course(
    reading: Reading,
    points: Sequence[Drawn],
    since: datetime,
    until: datetime,
    marked: tuple[Span, ...] = (),
    earlier: tuple[Point, ...] = (),
    changed: tuple[Span, ...] = (),
    usual: tuple[Stretch, ...] = (),
) -> LineChart:
    """The chart of a number over a range, tall enough to be read."""
    return LineChart(
        f"course.{reading.key}", reading.label, reading.unit, tuple(points), since, until, reading.limit,
        marked, earlier, HIGH, COLUMNS, changed, usual,
    )  # fmt: skip


def window(facts: Facts, address: Address) -> tuple[datetime, datetime]:
    """From when to when: two moments of the address, else one of the ranges back from now."""
    since, until = address.moment("from"), address.day_after("to")
    if since and (until or facts.now) > since:
        return since, min(until or facts.now, facts.now) if since < facts.now else since + timedelta(hours=1)
    return facts.now - RANGES[address.choice("range", *RANGES)], facts.now


def _is_asked(address: Address, key: str) -> bool:
    return not address.text("from") and address.choice("range", *RANGES) == key


def _range_title(facts: Facts, key: str) -> str:
    _ = facts.translate
    return {
        "1h": _("1 hour"),
        "24h": _("24 hours"),
        "7d": _("7 days"),
        "30d": _("30 days"),
        "1y": _("1 year"),
    }[key]


def _metric(facts: Facts, address: Address) -> Metric | None:
    """The instance that is asked for; without one the first."""
    found = facts.snapshot.all(address.name)
    which = address.text("which")
    asked = [metric for metric in found if not which or label_text(metric.labels) == which]
    if asked:
        return asked[0]
    labels: Labels = tuple(
        (name, value) for name, _, value in (part.partition("=") for part in which.split(",")) if value
    )
    promise = facts.promises.get(address.name)
    if promise is None:
        return None
    reason = facts.translate("It is not measured now.")
    return Metric(address.name, None, promise.unit, "", facts.now, reason, labels)


def _instances(facts: Facts, metric: Metric, address: Address) -> tuple[Tab, ...]:
    found = facts.snapshot.all(metric.key)
    if len(found) < 2:
        return ()
    return tuple(
        Tab(label_text(each.labels) or facts.translate("all"), address.href(which=label_text(each.labels)),
            each.labels == metric.labels)
        for each in found
    )  # fmt: skip


def _help(facts: Facts, metric: Metric) -> str:
    promise = facts.promises.get(metric.key)
    return facts.translate(promise.help) if promise and promise.help else ""


def _statistics(facts: Facts, metric: Metric, points: Sequence[Drawn]) -> tuple[Reading, ...]:
    if not points:
        return ()
    _ = facts.translate
    grouped = [
        point if isinstance(point, Bucket) else Bucket(*point, point[1], point[1], 1) for point in points
    ]
    lowest = min(grouped, key=lambda each: each.lowest)
    highest = max(grouped, key=lambda each: each.highest)
    samples = sum(each.samples for each in grouped)
    mean = sum(each.mean * each.samples for each in grouped) / samples
    return (
        Reading(_("Lowest"), lowest.lowest, metric.unit, note=moment(lowest.at, _)),
        Reading(_("Mean"), round(mean, 3), metric.unit),
        Reading(_("Highest"), highest.highest, metric.unit, note=moment(highest.at, _)),
        Reading(_("Samples"), samples, "count"),
    )


def _gaps(facts: Facts, points: Sequence[Drawn], since: datetime, until: datetime) -> tuple[str, ...]:
    """When nothing was measured within what is stored; before the first sample there was no monitor."""
    say = facts.translate
    text = say("nothing from {0} to {1}")
    if not points:
        return (text.format(moment(since, say), moment(until, say)),)
    gaps = sorted(series(points, since, until, COLUMNS).gaps, key=lambda gap: gap.since - gap.until)
    named = [text.format(moment(gap.since, say), moment(gap.until, say)) for gap in gaps[:GAPS_NAMED]]
    rest = len(gaps) - len(named)
    more = plural(facts.translate, rest, "and one shorter time", "and {0} shorter times").format(rest)
    return (*named, more) if rest > 0 else tuple(named)


def _counted_back(facts: Facts, metric: Metric, since: datetime) -> str:
    """On what the samples rest that the monitor did not take itself; empty where none is in the range."""
    past = rests_on(facts.site, metric.key) if not metric.labels else None
    if past is None or past.until < since:
        return ""
    text = facts.translate("until {0}: counted afterwards from {1}")
    return text.format(moment(past.until, facts.translate), ", ".join(map(facts.translate, past.logs)))


def _limit(facts: Facts, rule: Rule) -> Limit:
    threshold = facts.settings.thresholds.values[rule.key]
    said = (
        threshold_text(rule, threshold, facts.translate) if rule.adjustable else facts.translate("yes or no")
    )
    if rule.critical_threshold is not None:
        said += facts.translate(", critical {0}").format(
            facts.text(rule.critical_threshold, rule.threshold_unit)
        )
    return Limit(facts.translate(rule.title), said, href("rule", rule.key))


def _alerts(facts: Facts, metric: Metric, since: datetime, until: datetime) -> list[tuple[Span, Marked]]:
    rules = [rule.key for rule in facts.settings.rules if rule.metric == metric.key]
    if not rules or not facts.has(ALERT):
        return []
    rows = facts.site.get_all(
        ALERT, ["name", "message", "severity", "first_seen", "resolved_at"],
        {"rule": ("in", rules), "first_seen": ("<=", until)}, order_by="first_seen desc", limit=ALERTS_MARKED,
    )  # fmt: skip
    found = []
    for row in rows:
        began, ended = row["first_seen"] or since, row["resolved_at"] or facts.now
        if ended >= since:
            said = f"{facts.translate(str(row['severity']))}: {row['message']}"
            span = Span(max(began, since), min(ended, until), said)
            found.append((span, Marked(began, said, href("alert", str(row["name"])))))
    return found


def _changes(facts: Facts, metric: Metric, since: datetime, until: datetime) -> list[Marked]:
    if not facts.has(changes.DOCTYPE):
        return []
    rules = {rule.key for rule in facts.settings.rules if rule.metric == metric.key}
    text = facts.translate("Rule {0} changed by {1}: {2}")
    return [
        Marked(row["changed_at"], text.format(row["rule_key"], row["changed_by"], row["changes"]),
               href("rule", str(row["rule_key"])))
        for key in sorted(rules)
        for row in changes.history(facts.site, key, 20)
        if since <= row["changed_at"] <= until
    ]  # fmt: skip
