"""What is stored of a metric: its own samples, and before them what the logs of the site can still tell."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vuurtoren.alerts.instances import matching
from vuurtoren.backtest.timeline import PERIODS
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.history import Sample
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.history.rows import DOCTYPE as SERIES
from vuurtoren.metrics.history.rows import load_open
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.recount import Log, kept
from vuurtoren.rules.rule import Labels, Rule
from vuurtoren.signals.catalogue import RECOUNTS
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment
from vuurtoren.site.words.plurals import plural

Progress = Callable[[int, int], None]
"""Told how many of how many parts are done."""
MOST_SERIES = 200
MOST_EVENTS = 200_000
KEPT_BY_EVERY_TICK = "monitor.run_ms_today"
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class PastSamples:
    """Samples by labels, and in sentences what they rest on."""

    series: Mapping[Labels, Sequence[Sample]]
    rests_on: tuple[str, ...]


def find(site: Site, rule: Rule, since: datetime, progress: Progress | None = None) -> PastSamples:
    """Everything that is stored about the rule's metric since then; reads only."""
    done = progress or (lambda _done, _total: None)
    names = _stored_series(site, rule, since)
    rests_on = []
    if len(names) > MOST_SERIES:
        text = site.translate("{0} of its {1} series were looked at.")
        rests_on.append(text.format(MOST_SERIES, len(names)))
    names = names[:MOST_SERIES]
    series: dict[Labels, Sequence[Sample]] = {}
    for number, name in enumerate(names):
        samples = history.read(site, name.metric, since, name.labels)
        if samples:
            series[name.labels] = samples
        done(number + 1, len(names) + 1)
    if series:
        rests_on.append(_about_samples(site, rule, series))
    first = min((samples[0][0] for samples in series.values()), default=site.now())
    earlier = _derived(site, rule, since, first)
    if earlier.series:
        series[()] = [*earlier.series[()], *series.get((), ())]
    done(len(names) + 1, len(names) + 1)
    return PastSamples(series, (*rests_on, *earlier.rests_on))


def moments_run(site: Site, since: datetime) -> list[datetime]:
    """When the monitor is known to have run since then: each of its ticks keeps what it cost."""
    return [at for at, _ in history.read(site, KEPT_BY_EVERY_TICK, since)]


def _about_samples(site: Site, rule: Rule, series: Mapping[Labels, Sequence[Sample]]) -> str:
    first, last = min(each[0][0] for each in series.values()), max(each[-1][0] for each in series.values())
    count = sum(map(len, series.values()))
    text = plural(
        site.translate,
        count,
        "{0} stored sample of {1}, of {2}.",
        "{0} stored samples of {1} from {2} to {3}.",
    )
    return text.format(f"{count:,}", rule.metric, moment(first, site.translate), moment(last, site.translate))


def _stored_series(site: Site, rule: Rule, since: datetime) -> list[SeriesName]:
    """The series of the metric whose labels the rule is about, in the order of their labels."""
    if not site.has_doctype(SERIES):
        return []
    days = {"metric": rule.metric, "day": (">=", (since - DAY).date())}
    texts = [str(text or "") for text in site.tally(SERIES, "labels", days)]
    labels = {_labels(text) for text in texts}
    labels |= {name.labels for name in load_open(site).samples or {} if name.metric == rule.metric}
    there = [Metric(rule.metric, 0, rule.unit, "", since, labels=each) for each in sorted(labels)]
    return [SeriesName(rule.metric, metric.labels) for metric in matching(rule, there)]


def _labels(text: str) -> Labels:
    pairs = (part.partition("=") for part in text.split(", ") if part)
    return tuple((name, value) for name, _, value in pairs)


def _derived(site: Site, rule: Rule, since: datetime, until: datetime) -> PastSamples:
    """What the logs say of the time before the first sample."""
    recount = RECOUNTS.get(rule.metric)
    if recount is None or recount.since or until <= since:
        return PastSamples({}, ())
    span = recount.span
    events: list[datetime] = []
    starts, told = [], []
    for log in filter(None, (kept(site, each) for each in recount.logs)):
        begins, moments = _events(site, log, since - span, until)
        if begins:
            starts.append(begins)
            told.append(log.doctype)
            events += moments
    if not starts:
        return PastSamples({}, ())
    samples = _counted(sorted(events), span, max(since, max(starts) + span), until, PERIODS[rule.interval])
    if not samples:
        return PastSamples({}, ())
    text = site.translate("Before that, counted from {0} since {1}.")
    return PastSamples({(): samples}, (text.format(", ".join(told), moment(samples[0][0], site.translate)),))


def _events(
    site: Site, log: Log, since: datetime, until: datetime
) -> tuple[datetime | None, Sequence[datetime]]:
    """When the log begins, and the moments of its events; None where it has no row."""
    window = {log.when: [(">=", since), ("<", until)]}
    oldest = site.get_all(log.doctype, [log.when], window, order_by=log.when, limit=1)
    if not oldest:
        return None, ()
    rows = site.get_all(
        log.doctype, [log.when], {**log.filters, **window}, order_by=f"{log.when} desc", limit=MOST_EVENTS
    )
    moments = [row[log.when] for row in rows if row[log.when]]
    begins = moments[-1] if len(rows) == MOST_EVENTS else oldest[0][log.when]
    return begins, moments


def _counted(
    events: Sequence[datetime], span: timedelta, since: datetime, until: datetime, period: timedelta
) -> list[Sample]:
    """How many events lie in the span before each moment."""
    step = period or MINUTE
    moment = since.replace(second=0, microsecond=0) + MINUTE
    samples = []
    while moment < until:
        count = bisect_right(events, moment) - bisect_left(events, moment - span)
        samples.append((moment, float(count)))
        moment += step
    return samples
