"""`monitoring backtest` in a bench and `python -m verenigingen backtest` without one: the same command."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TextIO

import click

from vuurtoren.backtest import result as backtest_result
from vuurtoren.backtest.history import Progress
from vuurtoren.backtest.request import MOST_DAYS, USUAL_DAYS, CannotBacktest, ask, in_force
from vuurtoren.commands.audit import Answer, progress_bar
from vuurtoren.commands.speaking import Command, refusal
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site

SAID, NOT_SAID = 0, 2
"""Exit codes: the question was answered; it could not be."""
PATIENCE_SECONDS = 1.0


def backtest_command(
    answer: Answer, options: Callable[[Any], Any] = lambda function: function
) -> click.Command:
    """The command; `answer` does the work on the site, `options` adds what it needs to find that site."""

    @click.command("backtest", cls=Command, help="Say what a rule would have done over the stored history.")
    @click.argument("rule")
    @click.option("--threshold", default="", help="Another threshold than the one in force.")
    @click.option("--critical", default="", help="Another critical threshold, or none.")
    @click.option("--for", "pending_for", default="", help="How long it must last first, like 10 min.")
    @click.option("--keep-firing-for", default="", help="How long it must be well to be over, like 15 min.")
    @click.option(
        "--days", type=click.IntRange(1, MOST_DAYS), default=USUAL_DAYS, show_default=True,
        help="How far to look back.",
    )  # fmt: skip
    @click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
    @options
    def command(
        rule: str,
        threshold: str,
        critical: str,
        pending_for: str,
        keep_firing_for: str,
        days: int,
        as_json: bool,
        **_: Any,
    ) -> None:
        changes = {
            "threshold": threshold, "critical": critical, "for": pending_for, "keep_firing": keep_firing_for,
        }  # fmt: skip
        answer(lambda site: say(site, rule, changes, days, as_json=as_json))

    return command


def say(site: Site, rule: str, changes: dict[str, str], days: int, *, as_json: bool = False) -> int:
    """Print the answer, or on standard error why there is none; the exit code."""
    try:
        with late_progress_bar(site.translate("Looking back"), sys.stderr) as progress:
            found = ask(site, in_force(site, rule, changes), days, progress)
    except (CannotBacktest, SiteError) as refused:
        click.echo(refusal(site, refused), err=True)
        return NOT_SAID
    if as_json:
        click.echo(json.dumps(backtest_result.as_data(found), indent=1, ensure_ascii=False))
    else:
        click.echo("\n".join(backtest_result.as_lines(site, found)))
    return SAID


@contextmanager
def late_progress_bar(
    label: str, stream: TextIO, after_seconds: float = PATIENCE_SECONDS
) -> Iterator[Progress]:
    """A bar as soon as the work has taken that long: what is over at once needs none."""
    began, bar = time.monotonic(), None
    with ExitStack() as stack:

        def show(done: int, total: int) -> None:
            nonlocal bar
            if bar is None and time.monotonic() - began >= after_seconds:
                bar = stack.enter_context(progress_bar(label, stream))
            if bar is not None:
                bar(done, total)

        yield show
