"""The HTML document around every page of the embedded server."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import language

TEMPLATES = Path(__file__).with_name("templates")
STYLE = (
    "body { margin: 0; color: CanvasText; background: Canvas }"
    " .lesson { padding: 8px 16px; border-bottom: 1px solid; font: 14px system-ui, sans-serif }"
    " .lesson a { color: LinkText }"
)
NOTHING = Markup()


def shell(site: Site, title: str, body: str, above: Markup = NOTHING) -> str:
    """A whole HTML document around a body, and what stands above it, that are HTML already."""
    template = _environment().get_template("shell.html")
    said = language(site.translate)
    return template.render(title=title, body=Markup(body), above=above, style=STYLE, language=said)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
