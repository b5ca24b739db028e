"""`monitoring audit …` in a bench and `python -m verenigingen audit …` without one: the same commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from verenigingen.audit.anchors.handing_out import hand_out
from verenigingen.audit.seals import command
from verenigingen.audit.seals.findings import EXIT_INCOMPLETE, OK
from verenigingen.site.protocol import Site

Work = Callable[[Site], int]
Answer = Callable[[Work], None]
"""Does the work on the site that the command line names, and ends the process with its exit code."""
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FOLDER = click.Path(file_okay=False, path_type=Path)


def audit_group(answer: Answer, options: Callable[[Any], Any] = lambda function: function) -> click.Group:
    """The commands as a group; `options` adds what each of them needs to know to find its site."""
    group = click.Group("audit", help="Seal, verify, prove and hand out the SEPA audit trail.")

    @group.command("seal", help="Seal every event now, late ones too.")
    @options
    def _seal(**_: Any) -> None:
        answer(lambda site: command.seal(site, click.echo))

    @group.command("verify", help="Compare every row, leaf and checkpoint; exit code 0 ok, 1 tampered, 2, 3.")
    @click.option(
        "--checkpoint", "anchors", multiple=True, type=FILE, help="A checkpoint that was handed out."
    )
    @click.option("--short", "shorts", multiple=True, help="Size and digits of a root, from the minutes.")
    @click.option("--key", "keys", multiple=True, help="A public key to believe, instead of the site's own.")
    @click.option("--since", type=int, default=0, help="Only what came after the checkpoint of this size.")
    @click.option("--json", "as_json", is_flag=True, help="The findings as JSON.")
    @options
    def _verify(
        anchors: tuple[Path, ...],
        shorts: tuple[str, ...],
        keys: tuple[str, ...],
        since: int,
        as_json: bool,
        **_: Any,
    ) -> None:
        answer(
            lambda site: command.verify(
                site, click.echo, anchors=anchors, shorts=shorts, keys=keys, since=since, as_json=as_json
            )
        )

    @group.command("prove", help="Print the proof that one event is in the trail.")
    @click.argument("event_id")
    @options
    def _prove(event_id: str, **_: Any) -> None:
        answer(lambda site: command.prove(site, click.echo, event_id))

    @group.command(
        "export", help="Write the trail into a new folder, with a verifier that needs nothing of us."
    )
    @click.argument("folder", type=NEW_FOLDER)
    @click.option("--from", "since_utc", type=click.DateTime(), help="Only events from this moment on (UTC).")
    @click.option("--to", "until_utc", type=click.DateTime(), help="Only events before this moment (UTC).")
    @options
    def _export(folder: Path, since_utc: datetime | None, until_utc: datetime | None, **_: Any) -> None:
        answer(
            lambda site: command.export(
                site, click.echo, folder.absolute(), since_utc=since_utc, until_utc=until_utc
            )
        )

    @group.command("anchor", help="Hand the newest checkpoint to the people outside now.")
    @options
    def _anchor(**_: Any) -> None:
        answer(_hand_out)

    return group


def _hand_out(site: Site) -> int:
    result = hand_out(site)
    for taken in result.taken:
        click.echo(f"{taken.channel}: {taken.target} ({taken.receipt})")
    for problem in result.problems:
        click.echo(problem)
    if result.minutes:
        click.echo(f"For the minutes: {result.minutes}")
    return OK if result.outside else EXIT_INCOMPLETE
