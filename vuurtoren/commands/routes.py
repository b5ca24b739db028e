"""`monitoring routes` in a bench and `python -m verenigingen routes` without one: the same command."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import click

from vuurtoren.backtest.hearing.preview import USUAL_DAYS, preview
from vuurtoren.backtest.hearing.result import as_data, as_lines
from vuurtoren.commands.audit import Answer
from vuurtoren.commands.backtest import late_progress_bar
from vuurtoren.commands.speaking import Command
from vuurtoren.settings import settings
from vuurtoren.site.protocol import Site

ALL_HEARD, SOMETHING_WRONG = 0, 1


def routes_command(
    answer: Answer, options: Callable[[Any], Any] = lambda function: function
) -> click.Command:
    """The command; `options` adds what it needs to know to find its site."""

    @click.command(
        "routes", cls=Command, help="Say who would have heard of which alerts by the routes that hold now."
    )
    @click.option(
        "--days", type=click.IntRange(1, 366), default=USUAL_DAYS, show_default=True,
        help="How far to look back.",
    )  # fmt: skip
    @click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
    @options
    def routes(days: int, as_json: bool, **_: Any) -> None:
        def work(site: Site) -> int:
            chosen = settings.read(site)
            with late_progress_bar(site.translate("Looking back"), sys.stderr) as progress:
                found = preview(site, chosen, days, progress=progress)
            if as_json:
                click.echo(json.dumps(as_data(found), ensure_ascii=False, indent=1))
            else:
                click.echo("\n".join(as_lines(site, chosen, found)))
            unheard = any(not reader.addresses for reader in found.readers)
            return SOMETHING_WRONG if found.problems or unheard else ALL_HEARD

        answer(work)

    return routes
