"""From the page's parts to HTML: one fragment for Frappe's templates/web.html and for any other document."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from verenigingen.alerts.templating import with_code
from verenigingen.dashboard.bar_chart import BarChart, draw_bars
from verenigingen.dashboard.drawing import slug
from verenigingen.dashboard.formats import Formats, Quantity, Scalar, since_text
from verenigingen.dashboard.line_chart import LineChart, draw_lines
from verenigingen.dashboard.parts import Notice, Page, unknown_by_reason

HERE = Path(__file__).resolve().parent
REFRESH_SECONDS = 30


def render_page_body(
    page: Page, *, translate: Callable[[str], str], csrf_token: str = "", notice: Notice | None = None
) -> str:
    """The page as a fragment with its own style and script, all escaped: put it into a body as it is."""
    template = _environment().get_template("page.html")
    html = template.render(
        page=page, _=translate, csrf_token=csrf_token, notice=notice, refresh_seconds=REFRESH_SECONDS
    )
    return _without_frappe_marks(html)


def render_content(page: Page, *, translate: Callable[[str], str], csrf_token: str = "") -> str:
    """The part of the page that a refresh replaces."""
    template = _environment().get_template("content.html")
    html = template.render(page=page, _=translate, csrf_token=csrf_token, notice=None)
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
        quantity=_quantity,
        text=_text,
        seconds=_seconds,
        ago=_ago,
        moment=_moment,
        lines=_lines,
        bars=_bars,
        slug=slug,
        breakable=_breakable,
        unknown_by_reason=unknown_by_reason,
        with_code=with_code,
    )
    environment.globals["asset"] = _asset
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
    page: Page = context["page"]
    return page.now


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
def _moment(context: Context, at: datetime) -> str:
    return since_text(at, _now(context))


@pass_context
def _lines(context: Context, chart: LineChart) -> Markup:
    return draw_lines(chart, _formats(context))


@pass_context
def _bars(context: Context, chart: BarChart) -> Markup:
    return draw_bars(chart, _formats(context))
