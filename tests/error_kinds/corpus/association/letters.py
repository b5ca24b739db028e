"""Templates."""

from __future__ import annotations

import jinja2

TEMPLATES = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    loader=jinja2.DictLoader({"dues.html": "Dear {{ member.first_name }}: {% include part %}"}),
)


def render(text, **values):
    return TEMPLATES.from_string(text).render(values)


def reminder(**values):
    return TEMPLATES.get_template("dues.html").render(values)


def template(name):
    return TEMPLATES.get_template(name)
