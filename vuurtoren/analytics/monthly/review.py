"""The review of a month for whoever decides: what became better, what needs somebody, what it costs to wait.

Few sentences, each with the question that its numbers answer. What was not measured is left out, or said to
be unknown; nothing is added up into a score.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from vuurtoren.alerts import alerts
from vuurtoren.analytics import forecast_sentences
from vuurtoren.analytics.period import Period
from vuurtoren.analytics.sections import Sections
from vuurtoren.analytics.statement import Statement, question
from vuurtoren.compliance.findings import stored
from vuurtoren.compliance.open_work import euros
from vuurtoren.compliance.returned import stored as returns
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.history.rollup import DAY
from vuurtoren.settings import settings
from vuurtoren.signals.registry import promises
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import Day, calendar_day, quantity
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import Words

DAYS = 30
LEAST_DAYS = 14
LEAST_SHARE = 0.75
LEAST_CHANGE = 0.1
MOST_SENTENCES = 6
MEASURED_SINCE = "host.memory_percent"
"""A number that only the monitor itself measures: its past is never counted back."""
FEWER_IS_BETTER = (
    "errors.last_day", "jobs.failed_last_day", "mail.failed_last_day", "sepa.failed_last_day",
    "logins.failed_last_day", "requests.p95_ms",
)  # fmt: skip
MORE_IS_BETTER = ("payments.success_percent", "compliance.rules_kept_percent")
FORMULA = (
    f"Better or worse is a number whose days of the last {DAYS} were beyond those of the {DAYS} before in "
    f"{LEAST_SHARE:.0%} of all pairs of days, and whose median moved by {LEAST_CHANGE:.0%} or more; at least "
    f"{LEAST_DAYS} days of each are needed."
)


@dataclass(frozen=True)
class Review:
    """The sentences of a month; `unknown` names what could not be compared."""

    since: datetime
    until: datetime
    better: tuple[Statement, ...]
    attention: tuple[Statement, ...]
    ahead: tuple[Statement, ...]
    costs: tuple[Statement, ...]
    unknown: tuple[str, ...]


def review(site: Site) -> Review:
    """The last thirty days against the thirty before."""
    now = site.now()
    since = now - timedelta(days=DAYS)
    better, worse, unknown = _compared(site, since)
    fewer, more = _alerts(site, since)
    resources = Sections(site, Period(DAYS, now)).resources.content or []
    ahead = [*forecast_sentences.reaching_limit(site, resources), *_mandates(site)]
    near = forecast_sentences.near_limit(site, resources)
    return Review(
        since, now,
        better=tuple([*fewer, *better][:MOST_SENTENCES]),
        attention=tuple([*more, *worse, *near][:MOST_SENTENCES]),
        ahead=tuple(ahead[:MOST_SENTENCES]),
        costs=tuple(_costs(site)),
        unknown=unknown,
    )  # fmt: skip


def _compared(site: Site, since: datetime) -> tuple[list[Statement], list[Statement], tuple[str, ...]]:
    promised = promises(site)
    names = [SeriesName(metric) for metric in (*FEWER_IS_BETTER, *MORE_IS_BETTER) if metric in promised]
    read = history.read_buckets(site, names, since - timedelta(days=DAYS), DAY)
    better: list[Statement] = []
    worse: list[Statement] = []
    unknown: list[str] = []
    for name, days in read.items():
        now = [each.mean for each in days if each.at >= since]
        before = [each.mean for each in days if each.at < since]
        if min(len(now), len(before)) < LEAST_DAYS:
            unknown.append(site.translate(promised[name.metric].title))
            continue
        moved = direction(before, now)
        if moved:
            told = _moved(site, name.metric, since, before, now)
            (better if (moved < 0) == (name.metric in FEWER_IS_BETTER) else worse).append(told)
    return better, worse, tuple(unknown)


def direction(before: Sequence[float], now: Sequence[float]) -> int:
    """1 where it rose, -1 where it fell, 0 where the days do not say so; see FORMULA."""
    pairs = len(before) * len(now)
    rises = sum(b > a for a in before for b in now) / pairs
    falls = sum(b < a for a in before for b in now) / pairs
    then, here = median(before), median(now)
    if abs(here - then) < LEAST_CHANGE * max(abs(then), abs(here)):
        return 0
    return (rises >= LEAST_SHARE) - (falls >= LEAST_SHARE)


def _moved(
    site: Site, metric: str, since: datetime, before: Sequence[float], now: Sequence[float]
) -> Statement:
    _ = site.translate
    promise = promises(site)[metric]
    text = _("{0}: {1} on a usual day, {2} in the month before.")
    said = text.format(
        _(promise.title),
        quantity(round(median(now), 1), promise.unit, _),
        quantity(round(median(before), 1), promise.unit, _),
    )
    return Statement(said, _asked(metric, since), metric)


def _asked(metric: str, since: datetime) -> str:
    return Words(
        "medians of the days of {0} in Metric Series, before and after {1}", metric, Day(since.date())
    )


def _alerts(site: Site, since: datetime) -> tuple[list[Statement], list[Statement]]:
    """How many alerts opened, against the month before; the second where it is more.

    Nothing where the monitor did not measure in all of that month, or its alerts are kept no longer.
    """
    month_before = since - timedelta(days=DAYS)
    measured = history.first_sample(site, MEASURED_SINCE)
    kept = settings.read(site).alert_retention_days >= 2 * DAYS
    if not kept or measured is None or measured > month_before or not site.has_doctype(alerts.DOCTYPE):
        return [], []
    asked = {"timestamp": (">=", since)}
    opened = site.count(alerts.DOCTYPE, asked)
    before = site.count(alerts.DOCTYPE, {"timestamp": [(">=", month_before), ("<", since)]})
    if opened == before:
        return [], []
    text = plural(
        site.translate, opened, "One alert opened, {1} in the month before.",
        "{0} alerts opened, {1} in the month before.",
    )  # fmt: skip
    told = [Statement(text.format(opened, before), question(Words("count"), alerts.DOCTYPE, asked))]
    return (told, []) if opened < before else ([], told)


def _mandates(site: Site) -> Iterator[Statement]:
    """Those that end by their dates, which needs no trend."""
    if not site.has_doctype(stored.DOCTYPE):
        return
    today = site.now().date()
    wanted = stored.ending(today, today + timedelta(days=90))
    number = site.count(stored.DOCTYPE, wanted)
    if not number:
        return
    first = site.get_all(stored.DOCTYPE, ["deadline"], wanted, order_by="deadline", limit=1)[0]["deadline"]
    text = plural(
        site.translate, number,
        "One mandate ends on {1} unless something is collected on it; then it must be signed anew.",
        "{0} mandates end within 90 days unless something is collected on them, the first on {1}; then they"
        " must be signed anew.",
    )  # fmt: skip
    yield Statement(
        text.format(number, calendar_day(first, site.translate)),
        question(Words("count"), stored.DOCTYPE, wanted),
        critical=True,
    )


def _costs(site: Site) -> Iterator[Statement]:
    """What is at stake where an amount is known; nothing is reckoned that nobody measured."""
    if site.has_doctype(stored.DOCTYPE):
        yield from _at_stake(
            site, stored.DOCTYPE, {"status": stored.OPEN, "amount_cents": (">", 0)},
            Words("One open finding of the SEPA rules is about {1}."),
            Words("{0} open findings of the SEPA rules are about {1} together."),
        )  # fmt: skip
    if site.has_doctype(returns.DOCTYPE):
        yield from _at_stake(
            site, returns.DOCTYPE, {"state": "To Do", "amount_cents": (">", 0), "currency": returns.EUROS},
            Words("One collection that came back is not followed up: {1}."),
            Words("{0} collections that came back are not followed up: {1} together."),
        )  # fmt: skip


def _at_stake(
    site: Site, doctype: str, wanted: dict[str, object], one: str, many: str
) -> Iterator[Statement]:
    number = site.count(doctype, wanted)
    if number:
        amount = euros(int(site.total(doctype, "amount_cents", wanted)), site.translate)
        text = plural(site.translate, number, one, many).format(number, amount)
        yield Statement(
            text, question(Words("count and sum of amount_cents"), doctype, wanted), critical=True
        )
