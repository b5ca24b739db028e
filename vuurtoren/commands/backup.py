"""`monitoring backup …` in a bench and `python -m verenigingen backup …` without one: the same commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from vuurtoren.backups import copies
from vuurtoren.backups.drill import drill
from vuurtoren.backups.drills import Drill
from vuurtoren.commands.audit import Answer
from vuurtoren.commands.speaking import Group, refusal
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment
from vuurtoren.site.words.plurals import plural

GOOD, BROKEN, NOT_DONE = 0, 1, 2
"""Exit codes: restored, or whole where none may be restored; it cannot be restored; it was not tried."""
EXIT_CODES = {"Restorable": GOOD, "Whole": GOOD, "Not restorable": BROKEN}


def backup_group(answer: Answer, options: Callable[[Any], Any] = lambda function: function) -> click.Group:
    """The commands as a group; `options` adds what each of them needs to know to find its site."""
    group = Group("backup", help="Try whether the newest backup can be restored; say that it was copied.")

    @group.command("drill", help="Restore the newest backup into a database made for it, look, and drop it.")
    @options
    def _drill(**_: Any) -> None:
        answer(try_newest)

    @group.command(
        "copied", help="Say that the backups were copied elsewhere just now; for the job that does it."
    )
    @options
    def _copied(**_: Any) -> None:
        answer(say_copied)

    return group


def try_newest(site: Site) -> int:
    """Do the drill and print what was found, or on standard error why it could not be done; the exit code."""
    try:
        found = drill(site)
    except SiteError as refused:
        click.echo(refusal(site, refused), err=True)
        return NOT_DONE
    click.echo("\n".join(lines(site, found)))
    return EXIT_CODES.get(found.outcome, NOT_DONE)


def say_copied(site: Site) -> int:
    copies.told(site)
    click.echo(site.translate("Kept: the backups were copied elsewhere just now."))
    return GOOD


def lines(site: Site, found: Drill) -> list[str]:
    """What the drill found, for people."""
    _ = site.translate
    answers = {
        "Restorable": _("{0} was restored, compared and dropped again."),
        "Whole": _("{0} was read to its end and is whole; it was not restored: {1}."),
        "Not restorable": _("{0} cannot be restored: {1}."),
    }
    text = answers.get(found.outcome, _("{0} was not tried: {1}."))
    said = [text.format(found.backup, found.because.rstrip("."))]
    if found.table_count:
        counted = plural(_, found.row_count, "1 row in {1} tables.", "{0} rows in {1} tables.")
        said.append(counted.format(f"{found.row_count:,}", found.table_count))
    if found.newest_row_at:
        said.append(_("The newest row is of {0}.").format(moment(found.newest_row_at, _)))
    if found.trail:
        said.append(_("The audit trail in the copy: {0}").format(found.trail))
    return said
