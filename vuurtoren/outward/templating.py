"""Mail bodies from templates: HTML with everything escaped, and the same as plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from vuurtoren.site.protocol import Site

LONGEST_SUBJECT = 200
COLOURS = {"CRITICAL": "#b42318", "HIGH": "#c2410c", "MEDIUM": "#975a16", "LOW": "#2b5f9e"}
GOOD = "#276749"
PLAIN = "#1a365d"

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_CODE = re.compile(r"`([^`\n]+)`")


def with_code(text: str) -> Markup:
    """The text escaped as HTML, with what stands between two backticks as code."""
    parts = _CODE.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in enumerate(parts)
    )


_environment.filters["with_code"] = with_code


@dataclass(frozen=True)
class Link:
    """Where to read on."""

    label: str
    url: str


@dataclass(frozen=True)
class Message:
    """A message that is ready to go: one line of subject, and both bodies."""

    subject: str
    text: str
    html: str


def render(site: Site, template: str, message: object) -> tuple[str, str]:
    """The text and the HTML of a template pair; a name that the template lacks raises."""
    values: dict[str, Any] = {"message": message, "_": site.translate}
    text = _environment.get_template(f"{template}.txt").render(values)
    return text.strip() + "\n", _environment.get_template(f"{template}.html").render(values)
