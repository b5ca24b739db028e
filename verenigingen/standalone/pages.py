"""The embedded server's HTML documents around the monitoring page: escaped, self-contained, no scripts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import verenigingen.dashboard
from verenigingen.site.protocol import Site

TEMPLATES = Path(__file__).with_name("templates")
STYLE = Path(verenigingen.dashboard.__file__).with_name("page.css")


@dataclass(frozen=True)
class Cell:
    """One cell of a table: a text and where it leads, if anywhere."""

    text: str
    href: str = ""


def shell(site: Site, title: str, body: str) -> str:
    """A whole HTML document around a body that is HTML already."""
    template = _environment().get_template("shell.html")
    return template.render(title=title, body=Markup(body), language=site.conf("lang", "en"))


def page(site: Site, template: str, title: str, **values: Any) -> str:
    """A whole HTML document from one of this folder's templates; every value is escaped."""
    body = (
        _environment()
        .get_template(template)
        .render(
            title=title,
            site_name=site.name,
            platform=site.platform,
            css=_style(),
            _=site.translate,
            **values,
        )
    )
    return shell(site, f"{title} · {site.name}", body)


def message(site: Site, title: str, said: str) -> str:
    """A page that says one thing, such as why a request was refused."""
    return page(site, "message.html", title, said=said)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=1)
def _style() -> Markup:
    return Markup(STYLE.read_text("utf-8"))
