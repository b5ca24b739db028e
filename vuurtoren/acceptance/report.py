"""The walk as lines for a terminal, and as a page to print, with sign-off lines and the completion report."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vuurtoren.acceptance.acceptance import Acceptance, Answered, Figure, as_read
from vuurtoren.pages.formats import FILTERS
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import decimal, moment, number
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import Words, language

MARKS = {"passed": "ok", "failed": "FAILED", "unknown": "unknown", "does not apply": "-", "asked": "ask"}
SIGN_OFFS = {
    "Technical sign-off": ("System administrator", "Technical lead", "DevOps engineer"),
    "Business sign-off": ("Operations manager", "Compliance officer", "Project manager"),
    "Go-live approval": ("Final approval", "Go-live date and time"),
}


def as_lines(site: Site, done: Acceptance) -> Iterator[str]:
    """Every step with its outcome, the figures, what changed since the walk before, and what is left."""
    _ = site.translate
    yield f"{done.site} ({done.platform}), {done.version}, {moment(done.walked_at, site.translate)}"
    for step in done.steps:
        yield f"  {_(MARKS[step.state]):8}  {step.key:16}  {step.title}: {step.said}"
    for figure in done.figures:
        yield f"  {_(mark(figure)):8}  {figure.title}: {measured(site, figure)}"
    changed = changes(done)
    if done.walked_before_at:
        yield _("Changed since {0}:").format(as_read(done.walked_before_at, _))
        yield from (f"  {step.key}: {_(step.before)} → {_(step.state)}" for step in changed)
        if not changed:
            yield "  " + _("nothing")
    yield verdict(site, done)
    yield _("Nothing on the site was changed.")


def changes(done: Acceptance) -> list[Answered]:
    """The steps that stood otherwise at the walk before."""
    return [step for step in done.steps if step.before and step.before != step.state]


def verdict(site: Site, done: Acceptance) -> str:
    """One sentence: accepted, or how many steps are in the way."""
    _ = site.translate
    if done.accepted:
        return _("Accepted: every step holds and every figure is within its limit.")
    parts = [
        plural(_, count, one, many).format(count)
        for count, one, many in (
            (len(done.in_state("failed")), Words("{0} step failed"), Words("{0} steps failed")),
            (len(done.in_state("unknown")), Words("{0} is unknown"), Words("{0} are unknown")),
            (len(done.in_state("asked")), Words("{0} waits for a person"), Words("{0} wait for a person")),
            (
                sum(mark(each) == "FAILED" for each in done.figures),
                Words("{0} figure is over its limit"),
                Words("{0} figures are over their limit"),
            ),
        )
        if count
    ]
    return _("Not accepted: {0}.").format(", ".join(parts) or _("a figure is missing"))


def mark(figure: Figure) -> str:
    if figure.value is None:
        return "unknown"
    return "ok" if figure.value <= figure.limit else "FAILED"


def measured(site: Site, figure: Figure) -> str:
    """ "0.018 s (limit 0.1 s)", or why it was not measured."""
    _ = site.translate
    if figure.value is None:
        return figure.because
    limit = _("limit {0}").format(f"{number(figure.limit, _)} {figure.unit}")
    return f"{decimal(figure.value, 3, _)} {figure.unit} ({limit})"


def as_html(site: Site, done: Acceptance, template: str = "acceptance.html", **more: object) -> str:
    """A document of one or two A4 pages, or what another template makes of it; everything is escaped."""
    return (
        _environment()
        .get_template(template)
        .render(
            done=done,
            changes=changes(done),
            verdict=verdict(site, done),
            before=as_read(done.walked_before_at, site.translate),
            marks=MARKS,
            figures=[(figure, mark(figure), measured(site, figure)) for figure in done.figures],
            sign_offs=SIGN_OFFS,
            _=site.translate,
            language=language(site.translate),
            **more,
        )
    )


@lru_cache
def _environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent)
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.filters.update(FILTERS)
    return made
