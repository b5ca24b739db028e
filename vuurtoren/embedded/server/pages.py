"""The embedded server's own pages, among those of the monitoring: escaped, self-contained."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from vuurtoren.embedded.server.lesson_strip import strip
from vuurtoren.embedded.server.shell import TEMPLATES, shell
from vuurtoren.endpoints.whitelist import csrf_token
from vuurtoren.pages.frame import site_map
from vuurtoren.pages.render import page_style
from vuurtoren.site.protocol import Site


@dataclass(frozen=True)
class Cell:
    """One cell of a table: a text, where it leads, if anywhere, and a sign behind it."""

    text: str
    href: str = ""
    sign: str = ""


def page(site: Site, template: str, title: str, **values: Any) -> str:
    """A whole HTML document from one of this folder's templates; every value is escaped."""
    fragment = Markup(_environment().get_template(template).render(title=title, _=site.translate, **values))
    body = site_map.around(site, title, fragment, csrf_token(), above=strip(site)).body
    return shell(site, f"{title} · {site.name}", body)


def message(site: Site, title: str, said: str) -> str:
    """A page that says one thing, such as why a request was refused; nothing of the site stands on it."""
    template = _environment().get_template("message.html")
    values = {"title": title, "said": said, "style": page_style(), "_": site.translate}
    return shell(site, f"{title} · {site.name}", template.render(**values))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
