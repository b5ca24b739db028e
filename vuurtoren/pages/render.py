"""From a page's parts to HTML: one fragment for Frappe's templates/web.html and for any other document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from vuurtoren import carrier
from vuurtoren.outward.templating import with_code
from vuurtoren.pages.charts.bar_chart import BarChart, draw_bars
from vuurtoren.pages.charts.drawing import PLOT_HEIGHT, slug
from vuurtoren.pages.charts.line_chart import LineChart, draw_lines
from vuurtoren.pages.formats import FILTERS, Formats, Scalar, since_text
from vuurtoren.pages.frame.answers import Shown
from vuurtoren.pages.frame.frame import Frame
from vuurtoren.pages.parts import PageNotice, unknown_by_reason
from vuurtoren.site.quantities import Quantity

HERE = Path(__file__).resolve().parent
REFRESH_SECONDS = 30
SCRIPTS = ("merge.js", "reading.js", "page.js")
_DIGEST_MARK = 'data-digest=""'
_GROWS_BY_ITSELF = re.compile(
    r'<time class="vm-age"[^<]*|(?<=id="vm-clock")[^<]*|(?<=data-keep>)[^<]*'
    r"|(?<=%22)[0-9]{4}-[0-9]{2}-[0-9]{2}\+[0-9]{2}%3A[0-9]{2}%3A[0-9]{2}"
)
"""Clocks and ages, which the script counts on by itself, and where a window of time in a link begins."""
STYLES = ("page.css", "frame.css", "backtest.css")


def render_page_body(
    frame: Frame,
    shown: Shown,
    *,
    translate: Callable[[str], str],
    csrf_token: str = "",
    notice: PageNotice | None = None,
) -> str:
    """The page as a fragment with its own style and script, all escaped: put it into a body as it is."""
    more = {
        "inner": Markup(_content(frame, shown, translate, csrf_token, notice)),
        "refresh_seconds": REFRESH_SECONDS,
        "methods": f"{carrier.app_name()}.www.monitoring_dashboard",
    }
    return _render("frame/page.html", frame, shown, translate, csrf_token, notice, more)


def page_script() -> Markup:
    """The one script of the pages, exactly as it stands there."""
    return Markup('(function () {{\n"use strict";\n{}}})();').format(Markup().join(map(_asset, SCRIPTS)))


def page_style() -> Markup:
    """The one style sheet of the pages, exactly as it stands there."""
    return Markup().join(map(_asset, STYLES))


def render_content(
    frame: Frame, shown: Shown, *, translate: Callable[[str], str], csrf_token: str = ""
) -> str:
    """The part of the page that a refresh replaces, which carries its own digest."""
    return _content(frame, shown, translate, csrf_token, None)


def _content(
    frame: Frame, shown: Shown, translate: Callable[[str], str], csrf_token: str, notice: PageNotice | None
) -> str:
    html = _render("frame/content.html", frame, shown, translate, csrf_token, notice, {})
    return html.replace(_DIGEST_MARK, f'data-digest="{_digest(html)}"', 1)


def digest_of(content: str) -> str:
    """The digest that a content carries: the same for two that differ by the passing of time alone."""
    return content.partition('data-digest="')[2].partition('"')[0]


def _digest(html: str) -> str:
    return hashlib.sha256(_GROWS_BY_ITSELF.sub("", html).encode()).hexdigest()[:16]


def _render(
    template: str,
    frame: Frame,
    shown: Shown,
    translate: Callable[[str], str],
    csrf_token: str,
    notice: PageNotice | None,
    more: Mapping[str, object],
) -> str:
    html = (
        _environment()
        .get_template(template)
        .render(
            page=frame,
            content=shown.content,
            body=shown.template,
            live=shown.live,
            _=translate,
            csrf_token=csrf_token,
            notice=notice,
            **more,
        )
    )
    return _without_frappe_marks(html)


def _without_frappe_marks(html: str) -> str:
    """Frappe replaces these two marks in every finished page, wherever they came from."""
    return html.replace("{index}", "&#123;index}").replace("{next}", "&#123;next}")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        **FILTERS,
        quantity=_quantity,
        text=_text,
        seconds=_seconds,
        ago=_ago,
        seconds_ago=_seconds_ago,
        moment=_moment,
        lines=_lines,
        bars=_bars,
        slug=slug,
        breakable=_breakable,
        unknown_by_reason=unknown_by_reason,
        with_code=with_code,
    )
    environment.globals.update(style=page_style, script=page_script)
    return environment


def _breakable(text: str) -> Markup:
    """A dotted path may be broken after its dots and underscores."""
    return Markup(re.sub(r"([._])", r"\1<wbr>", str(escape(text))))


@lru_cache(maxsize=8)
def _asset(name: str) -> Markup:
    return Markup((HERE / name).read_text(encoding="utf-8"))


def _formats(context: Context) -> Formats:
    return Formats(context["_"])


def _now(context: Context) -> datetime:
    frame: Frame = context["page"]
    return frame.now


@pass_context
def _quantity(context: Context, value: Scalar | None, unit: str = "") -> Quantity:
    return _formats(context).quantity(value, unit)


@pass_context
def _text(context: Context, value: Scalar | None, unit: str = "") -> str:
    return _formats(context).text(value, unit)


@pass_context
def _seconds(context: Context, at: datetime) -> int:
    """The age in whole seconds; the script counts on from it."""
    return round((_now(context) - at).total_seconds())


@pass_context
def _ago(context: Context, at: datetime) -> str:
    return _formats(context).ago((_now(context) - at).total_seconds())


@pass_context
def _seconds_ago(context: Context, seconds: float) -> str:
    """For an age that does not follow from two site times, such as one across a change of the clock."""
    return _formats(context).ago(seconds)


@pass_context
def _moment(context: Context, at: datetime) -> str:
    return since_text(at, _now(context), _formats(context).translate)


@pass_context
def _lines(context: Context, chart: LineChart) -> Markup:
    """A tall chart has a line to itself, and needs less of it for its axis."""
    return draw_lines(chart, _formats(context), 9.0 if chart.height > PLOT_HEIGHT else 15.0)


@pass_context
def _bars(context: Context, chart: BarChart) -> Markup:
    return draw_bars(chart, _formats(context))
