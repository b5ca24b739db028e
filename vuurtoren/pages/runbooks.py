"""The runbooks of the shipped rules as pages of the site, so that an alert can link to what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from markupsafe import Markup

from vuurtoren import carrier
from vuurtoren.outward.templating import with_code
from vuurtoren.signals.catalogue import BY_KEY, SHIPPED
from vuurtoren.signals.runbooks import blocks, file_of, path_of
from vuurtoren.site.protocol import Site, in_bench

_BENCH = "bench"
_OWN_IN_A_BENCH, _OWN_BY_ITSELF = "bench --site SITE monitoring ", "python -m verenigingen "
_CODE, _EMPHASIS = re.compile(r"(<code>.*?</code>)"), re.compile(r"\*([^*]+)\*")
_LINK = re.compile(r"\[([^\]]+)\]\((\w+)\.md\)")


def title_of(site: Site, rule: str) -> str:
    """The title of the page about this rule, or of the list of all of them."""
    return site.translate(BY_KEY[rule].title) if file_of(rule) else site.translate("Runbooks")


def page_body(site: Site, rule: str) -> Markup:
    """The runbook as an HTML fragment, all escaped; the list of all where the rule has none."""
    file = file_of(rule)
    inner = Markup("").join(_drawn(site, file)) if file else _list(site)
    tried = _try(site, rule) if file else Markup()
    of_a_bench = _of_a_bench(site) if _BENCH in inner and not in_bench(site) else Markup()
    return Markup('<article class="vm-runbook-page">{}{}{}</article>').format(of_a_bench, inner, tried)


def _of_a_bench(site: Site) -> Markup:
    said = site.translate("Commands that begin with {0} are typed in a bench; this site is none.")
    return Markup("<p>{}</p>").format(_inline(said.format(f"`{_BENCH}`")))


def _try(site: Site, rule: str) -> Markup:
    said = site.translate("What would this rule have done?")
    return Markup('<p><a href="/monitoring_backtest?rule={}">{}</a></p>').format(rule, said)


def _list(site: Site) -> Markup:
    items = [
        Markup('<li><a href="{}">{}</a></li>').format(f"/{path_of(rule.key)}", site.translate(rule.title))
        for rule in SHIPPED
        if file_of(rule.key)
    ]
    return Markup("<ul>{}</ul>").format(Markup("").join(items))


def _drawn(site: Site, file: Path) -> Iterator[Markup]:
    for block in blocks(file):
        said = [_named(site, part if block.kind == "code" else site.translate(part)) for part in block.parts]
        if block.kind == "heading":
            yield Markup("<h{0}>{1}</h{0}>").format(block.level, said[0])
        elif block.kind == "code":
            yield Markup("<pre><code>{}</code></pre>").format(said[0])
        elif block.kind == "steps":
            steps = [Markup("<li>{}</li>").format(_inline(step)) for step in said]
            yield Markup("<ol>{}</ol>").format(Markup("").join(steps))
        else:
            yield Markup("<p>{}</p>").format(_inline(said[0]))


def _named(site: Site, text: str) -> str:
    """With the app's name where a command needs it, which differs beside another app, and our own commands as
    they are typed here."""
    named = text.replace("{app}", carrier.app_name())
    return named if in_bench(site) else named.replace(_OWN_IN_A_BENCH, _OWN_BY_ITSELF)


def _inline(text: str) -> Markup:
    parts = _CODE.split(str(with_code(text)))
    return Markup("").join(
        Markup(part) if number % 2 else _linked(_EMPHASIS.sub(r"<em>\1</em>", part))
        for number, part in enumerate(parts)
    )


def _linked(html: str) -> Markup:
    """Links from one runbook to the file of another lead to its page."""
    return Markup(_LINK.sub(lambda link: f'<a href="/{path_of(link[2])}">{link[1]}</a>', html))
