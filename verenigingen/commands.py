"""`bench --site NAME monitoring …`: the same commands as `python -m verenigingen` gives without a bench.

Frappe imports this in every process of `bench`, so that a worker reads the code of its jobs here as well.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

import click
import frappe
from frappe.commands import pass_context
from frappe.exceptions import SiteNotSpecifiedError

from vuurtoren.commands import monitoring as console
from vuurtoren.commands.acceptance import accept_command
from vuurtoren.commands.audit import Work, audit_group
from vuurtoren.commands.backfill import backfill_command
from vuurtoren.commands.backtest import backtest_command
from vuurtoren.commands.backup import backup_group
from vuurtoren.commands.monitoring import CommandResult
from vuurtoren.commands.routes import routes_command
from vuurtoren.commands.rules import rules_group
from vuurtoren.commands.sepa import sepa_group
from vuurtoren.commands.speaking import Group, language_option, refusal, speaking
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.site.protocol import Site

WORKERS = {"worker", "worker-pool"}
READ_AHEAD = (
    "vuurtoren.rounds.checks",
    "vuurtoren.rounds.taking_over",
    "vuurtoren.frappe_adapter.events",
    "vuurtoren.frappe_adapter.machines",
    "vuurtoren.frappe_adapter.sepa_document_events",
    "frappe.core.doctype.scheduled_job_type.scheduled_job_type",
    "frappe.core.doctype.user.user",
    "frappe.database.mariadb.database",
    "frappe.database.query",
    "frappe.model.db_query",
    "frappe.utils.logger",
    "frappe.utils.redis_wrapper",
    "frappe.utils.safe_exec",
    "frappe.utils.typing_validations",
)
"""What every tick needs, of ours and of Frappe's own way to a job; found by comparing what was read before
one and after it."""


@click.group("monitoring", cls=Group)
@language_option
def monitoring() -> None:
    """Ask the monitor of a site how it is."""


@monitoring.command("status")
@pass_context
def status(context: frappe._dict) -> None:
    """Show open alerts, unknown checks, the last runs and whether mail can leave."""
    _answer(context, console.status)


@monitoring.command("check")
@pass_context
def check(context: frappe._dict) -> None:
    """Measure and judge everything now."""
    _answer(context, console.check)


@monitoring.command("test-alert")
@pass_context
def test_alert(context: frappe._dict) -> None:
    """Open a test alert and say what really happened to its message."""
    _answer(context, console.test_alert)


@monitoring.command("rename-app")
@click.option("--to", required=True, help="The other name of this app, under which it is in the bench.")
def rename_app(to: str) -> None:
    """Move the site to the other name of this app, with all its data."""
    from verenigingen.installing.renaming import CannotRename, rename_app

    def move(site: Site) -> int:
        try:
            click.echo(rename_app(to).said(site.translate))
        except CannotRename as refused:
            click.echo(refusal(site, refused), err=True)
            return 1
        return 0

    _audit(move)


def _audit(work: Work) -> None:
    """Do the work on each site that `--site` names; the exit code is the worst of all."""
    given = click.get_current_context().obj
    sites = given["sites"] if isinstance(given, dict) else given.sites  # an object of its own from 16 on
    if not sites:
        raise SiteNotSpecifiedError
    sys.exit(max(_at(name, work) for name in sites))


def _answer(context: frappe._dict, ask: Callable[[Site], CommandResult]) -> None:
    """Print what the command says about each site; the exit code is the worst of all."""
    if not context.sites:
        raise SiteNotSpecifiedError
    outcomes = [_ask(name, ask) for name in context.sites]
    click.echo("\n\n".join(outcome.text for outcome in outcomes))
    sys.exit(max(outcome.exit_code for outcome in outcomes))


def _ask(site_name: str, ask: Callable[[Site], CommandResult]) -> CommandResult:
    return _at(site_name, ask)


def _at(site_name: str, ask: Callable[[Site], Any]) -> Any:
    frappe.init(site=site_name)
    try:
        frappe.connect()
        site = FrappeSite()
        with speaking(site):
            return ask(site)
    finally:
        frappe.destroy()


monitoring.add_command(audit_group(_audit))
monitoring.add_command(rules_group(_audit))
monitoring.add_command(accept_command(_audit))
monitoring.add_command(routes_command(_audit))
monitoring.add_command(sepa_group(_audit))
monitoring.add_command(backtest_command(_audit))
monitoring.add_command(backup_group(_audit))
monitoring.add_command(backfill_command(_audit))
commands = [monitoring]


def read_ahead() -> None:
    """Read the code of a tick into this worker. What is not here, or cannot be read, is left to the jobs."""
    for name in READ_AHEAD:
        with suppress(ImportError):
            import_module(name)


if WORKERS.intersection(sys.argv):  # of all that is ours a worker reads only this before it begins
    read_ahead()
