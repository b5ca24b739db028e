"""The HTML document around every page of the embedded server."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import language

TEMPLATES = Path(__file__).with_name("templates")
STYLE = "body { margin: 0; color: CanvasText; background: Canvas }"


def shell(site: Site, title: str, body: str) -> str:
    """A whole HTML document around a body that is HTML already."""
    template = _environment().get_template("shell.html")
    return template.render(title=title, body=Markup(body), style=STYLE, language=language(site.translate))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
