"""`monitoring sepa check` and `returns`: what goes to the bank, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from vuurtoren.commands.audit import Answer
from vuurtoren.commands.monitoring import UNKNOWN, WELL, WRONG
from vuurtoren.commands.speaking import refusal
from vuurtoren.compliance.bank_files import check, intake
from vuurtoren.compliance.bank_files.preflight import MAY, MUST_NOT, UNDECIDED
from vuurtoren.compliance.errors import NotPossible
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site

EXIT_CODES = {MAY: WELL, MUST_NOT: WRONG, UNDECIDED: UNKNOWN}


def add_bank_files(group: click.Group, answer: Answer, options: Callable[[Any], Any]) -> None:
    """Add both to the group; `options` adds what each of them needs to know to find its site."""

    @group.command(
        "check",
        help="May this batch be sent? BATCH is its name, or the path of a pain.008 file."
        " Exit code 0 it may, 1 it must not, 2 it could not be decided.",
    )
    @click.argument("batch")
    @options
    def _check(batch: str, **_: Any) -> None:
        answer(lambda site: _said(site, lambda: checked(site, batch)))

    @group.command(
        "returns",
        help="Read pain.002, camt.053 and camt.054 files and keep what came back, each return once."
        " Exit code 0 all was read and placed, 1 something was not placed, 2 a file could not be read.",
    )
    @click.argument("files", nargs=-1, required=True)
    @options
    def _returns(files: tuple[str, ...], **_: Any) -> None:
        def each(site: Site, path: Path) -> int:
            return _said(site, lambda: taken_in(site, path))

        answer(lambda site: max(each(site, Path(path)) for path in files))


def checked(site: Site, batch: str) -> int:
    """Say whether a batch, or the batch of a file, may be sent; the exit code."""
    path = Path(batch)
    made = check.check_file(site, path) if path.is_file() else check.check_batch(site, batch)
    site.commit()
    click.echo(check.as_text(site, made))
    return EXIT_CODES[made.said.answer]


def taken_in(site: Site, path: Path) -> int:
    """Say what became of a file of the bank; the exit code."""
    taken = intake.take_in(site, path)
    click.echo(intake.told(site, taken))
    if not taken.reading.readable:
        return UNKNOWN
    return WRONG if taken.unplaced else WELL


def _said(site: Site, work: Callable[[], int]) -> int:
    try:
        return work()
    except (NotPossible, SiteError, OSError) as refused:
        site.rollback()
        click.echo(refusal(site, refused))
        return UNKNOWN
