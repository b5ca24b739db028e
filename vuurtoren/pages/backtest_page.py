"""“What would this have done?” as HTML: for its own page, and for the form of an Alert Rule in the desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path

from markupsafe import Markup

from vuurtoren.alerts.judging import label_text
from vuurtoren.backtest.backtest import Firing
from vuurtoren.backtest.request import MOST_DAYS, USUAL_DAYS, Answer, CannotBacktest, ask, in_force
from vuurtoren.backtest.result import condition, firing_parts, headline, suggestion
from vuurtoren.backtest.timeline import Timeline
from vuurtoren.pages.charts.line_chart import LineChart, draw_lines
from vuurtoren.pages.charts.series import Point, Span
from vuurtoren.pages.formats import Formats
from vuurtoren.settings import settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

PATH = "monitoring_backtest"
STYLE = Path(__file__).with_name("backtest.css")
CHARTS, FIRINGS, POINTS = 3, 50, 1500
"""At most so many charts and rows are shown, and so many points drawn."""

FIELDS = (
    ("threshold", "Threshold"),
    ("critical", "Critical threshold"),
    ("for", "For (10 min)"),
    ("keep_firing", "Over after (15 min)"),
)
PAGE = Markup('<div class="vm-backtest vm-backtest-page"><p>{}</p>{}{}</div>')
FORM = Markup(
    '<form method="get" action="/{}"><label>{}<select name="rule">{}</select></label>{}'
    '<label>{}<input name="days" value="{}" size="5" inputmode="numeric"></label>'
    "<button>{}</button></form>"
)
INPUT = Markup('<label>{}<input name="{}" value="{}" placeholder="{}" size="12"></label>')
OPTION = Markup('<option value="{}"{}>{}</option>')
REFUSED = Markup('<p class="vm-refused" role="alert">{}</p>')
FRAGMENT = Markup(
    '<section class="vm-backtest-answer"><p class="vm-headline">{}</p><p>{}</p>{}{}{}{}</section>'
)
FIGURE = Markup("<figure>{}<figcaption class='vm-note'>{}</figcaption></figure>")
TABLE = Markup(
    '<div class="vm-scroll" tabindex="0"><table class="vm-table"><thead><tr>{}</tr></thead>'
    "<tbody>{}</tbody></table></div>"
)
HEADING, CELL = Markup('<th scope="col">{}</th>'), Markup("<td>{}</td>")


def page_body(site: Site, given: Mapping[str, str]) -> Markup:
    """A fragment for what the address asks: a form, and below it the answer or why there is none."""
    _ = site.translate
    key = given.get("rule", "")
    answer = _answered(site, key, given) if key else Markup()
    intro = _("Choose a rule and try other numbers; nothing is stored or sent.")
    return PAGE.format(intro, _form(site, key, given), answer)


def desk_fragment(site: Site, answer: Answer) -> Markup:
    """The answer with its own style, for the form of an Alert Rule."""
    return Markup('<style>{}</style><div class="vm-backtest">{}</div>').format(
        _style(), fragment(site, answer)
    )


def fragment(site: Site, answer: Answer) -> Markup:
    """Headline, suggested threshold, charts, alerts one by one, and what it all rests on."""
    notes = Markup("").join(Markup('<p class="vm-note">{}</p>').format(each) for each in answer.rests_on)
    return FRAGMENT.format(
        headline(site, answer),
        suggestion(site, answer),
        Markup("").join(_charts(site, answer)),
        _table(site, answer),
        Markup('<p class="vm-note">{}</p>').format(condition(site, answer)),
        notes,
    )


def days_of(text: str) -> int:
    """The number of days in a field; the usual one where it is empty. Raises CannotBacktest."""
    if not text.strip():
        return USUAL_DAYS
    if not text.strip().isdecimal() or len(text.strip()) > 4:
        raise CannotBacktest(Words("days: a number from 1 to {0}", MOST_DAYS))
    return int(text)


def _answered(site: Site, key: str, given: Mapping[str, str]) -> Markup:
    try:
        changes = {name: given.get(name, "") for name, _ in FIELDS}
        return fragment(site, ask(site, in_force(site, key, changes), days_of(given.get("days", ""))))
    except CannotBacktest as refused:
        return REFUSED.format(refused)


def _form(site: Site, key: str, given: Mapping[str, str]) -> Markup:
    _ = site.translate
    rules = sorted(settings.read(site).rules, key=lambda rule: site.translate(rule.title))
    options = [OPTION.format(rule.key, _selected(rule.key == key), _(rule.title)) for rule in rules]
    inputs = [INPUT.format(_(label), name, given.get(name, ""), _("as it is")) for name, label in FIELDS]
    days = given.get("days") or USUAL_DAYS
    return FORM.format(
        PATH, _("Rule"), Markup("").join(options), Markup("").join(inputs), _("Days"), days, _("Try")
    )


def _selected(yes: bool) -> Markup:
    return Markup(" selected") if yes else Markup()


def _charts(site: Site, answer: Answer) -> Iterator[Markup]:
    """The series with the most alerts, each with its alerts marked."""
    by_labels: dict[object, list[Firing]] = {}
    for firing in answer.done.firings:
        by_labels.setdefault(firing.labels, []).append(firing)
    ordered = sorted(answer.lines, key=lambda line: -len(by_labels.get(line.labels, ())))
    for line in islice(ordered, CHARTS):
        breaches = [each for each in by_labels.get(line.labels, ()) if each.kind == "Breach"]
        yield FIGURE.format(_chart(site, answer, line, breaches), label_text(line.labels))


def _chart(site: Site, answer: Answer, line: Timeline, breaches: list[Firing]) -> Markup:
    done, rule = answer.done, answer.rule
    chart = LineChart(
        f"backtest.{rule.metric}.{label_text(line.labels)}",
        site.translate(rule.title),
        rule.unit,
        tuple(_points(line)),
        done.since,
        max(done.until, done.since + timedelta(minutes=1)),
        rule.threshold if rule.adjustable else None,
        tuple(Span(each.opened, each.ended or done.until) for each in breaches[-FIRINGS * 4 :]),
    )
    return draw_lines(chart, Formats(site.translate))


def _points(line: Timeline) -> Iterator[Point]:
    """The lowest and the highest value of every slice, so that no peak is lost."""
    size = max(1, len(line.moments) * 2 // POINTS)
    for first in range(0, len(line.moments), size):
        part = slice(first, first + size)
        pairs = zip(line.values[part], line.moments[part], strict=True)
        known = [(value, at) for value, at in pairs if value == value]
        ends = {min(known), max(known)} if known else set()
        yield from sorted((at, value) for value, at in ends)


def _table(site: Site, answer: Answer) -> Markup:
    _ = site.translate
    firings = answer.done.firings[-FIRINGS:][::-1]
    if not firings:
        return Markup()
    titles = (_("Which"), _("From"), _("Lasted"), _("Level"), _("Worst"))
    rows = [firing_parts(site, answer, firing) for firing in firings]
    first = 0 if any(which for which, *rest in rows) else 1  # "Which" of a number without labels is empty
    head = _cells(HEADING, titles[first:])
    body = Markup("").join(Markup("<tr>{}</tr>").format(_cells(CELL, row[first:])) for row in rows)
    return TABLE.format(head, body)


def _cells(cell: Markup, texts: Sequence[str]) -> Markup:
    return Markup("").join(cell.format(text) for text in texts)


@lru_cache(maxsize=1)
def _style() -> Markup:
    return Markup(STYLE.read_text("utf-8"))
