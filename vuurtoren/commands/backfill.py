"""`monitoring backfill` in a bench and `python -m verenigingen backfill` without one: the same command."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from vuurtoren.analytics.backfill.backfilling import Filled, Past, backfill
from vuurtoren.commands.audit import Answer
from vuurtoren.commands.backtest import late_progress_bar
from vuurtoren.commands.speaking import Command, refusal
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment
from vuurtoren.site.words.plurals import plural

DONE, NOT_DONE = 0, 2
"""Exit codes: all that can be counted back is told; it could not be."""


def backfill_command(
    answer: Answer, options: Callable[[Any], Any] = lambda function: function
) -> click.Command:
    """The command; `answer` does the work on the site, `options` adds what it needs to find that site."""

    @click.command(
        "backfill", cls=Command, help="Count the past of the numbers from the logs that the site has."
    )
    @options
    def command(**_: Any) -> None:
        answer(fill)

    return command


def fill(site: Site) -> int:
    """Count back and print what was told, or on standard error why not; the exit code."""
    try:
        with late_progress_bar(site.translate("Counting back"), sys.stderr) as progress:
            done = backfill(site, progress)
    except SiteError as refused:
        click.echo(refusal(site, refused), err=True)
        return NOT_DONE
    if done.busy:
        click.echo(site.translate("Another process is counting back at this moment."), err=True)
        return NOT_DONE
    click.echo("\n".join(lines(site, done)))
    return DONE


def lines(site: Site, done: Filled) -> list[str]:
    """What was told of each metric, and what it rests on."""
    if not done.past:
        return [site.translate("Nothing is left to count back.")]
    text = plural(site.translate, done.rows, "1 row of logs was read.", "{0} rows of logs were read.")
    return [text.format(f"{done.rows:,}"), *(said(site, past) for past in done.past)]


def said(site: Site, past: Past) -> str:
    _ = site.translate
    text = _("{0}: from {1} to {2}, counted from {3}")
    return text.format(past.metric, moment(past.since, _), moment(past.until, _), ", ".join(past.logs))
