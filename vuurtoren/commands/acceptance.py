"""`monitoring accept` in a bench and `python -m verenigingen accept` without one: the same command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from vuurtoren.acceptance import acceptance, report
from vuurtoren.commands.audit import Answer, AnyPath
from vuurtoren.commands.speaking import Command, refusal
from vuurtoren.site.protocol import Site

ACCEPTED, NOT_ACCEPTED, NOT_POSSIBLE = 0, 1, 2


def accept_command(
    answer: Answer, options: Callable[[Any], Any] = lambda function: function
) -> click.Command:
    """The command; `options` adds what it needs to know to find its site."""

    @click.command(
        "accept", cls=Command, help="Walk the deployment checklist: 0 accepted, 1 not, 2 could not be walked."
    )
    @click.option("--json", "as_json", is_flag=True, help="The outcome as JSON.")
    @click.option("--html", type=AnyPath(dir_okay=False), help="A report to print, with sign-off lines.")
    @click.option("--confirm", "step", default="", help="Say that a step holds that only a person can judge.")
    @click.option("--deny", "denied", default="", help="Say that it does not.")
    @click.option("--by", default="", help="Who says so.")
    @click.option("--note", default="", help="What there is to say about it.")
    @options
    def accept(
        as_json: bool, html: Path | None, step: str, denied: str, by: str, note: str, **_: Any
    ) -> None:
        def work(site: Site) -> int:
            try:
                if step or denied:
                    acceptance.confirm(site, step or denied, by, note, holds=bool(step))
                    click.echo(site.translate("Kept."))
                    return ACCEPTED
                return _walked(site, as_json, html)
            except (acceptance.NoSuchStep, OSError) as problem:
                click.echo(refusal(site, problem), err=True)
                return NOT_POSSIBLE

        answer(work)

    return accept


def _walked(site: Site, as_json: bool, html: Path | None) -> int:
    done = acceptance.walk(site)
    if html:
        html.write_text(report.as_html(site, done), "utf-8")
    if as_json:
        click.echo(json.dumps(done.as_dict(), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(report.as_lines(site, done)))
    return ACCEPTED if done.accepted else NOT_ACCEPTED
