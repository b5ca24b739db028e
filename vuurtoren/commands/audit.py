"""`monitoring audit …` in a bench and `python -m verenigingen audit …` without one: the same commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import click

from vuurtoren.audit.adoption import command as adoption_command
from vuurtoren.audit.anchors.checkpoint_publishing import hand_out
from vuurtoren.audit.details.details_encryption import Reached, encrypt_older, rotate
from vuurtoren.audit.retention.restores import name_restore
from vuurtoren.audit.retention.retention import People, erase
from vuurtoren.audit.seals.findings import EXIT_INCOMPLETE, EXIT_NOT_RUN, OK
from vuurtoren.audit.verification import command
from vuurtoren.audit.verification.verification import Progress
from vuurtoren.commands.speaking import Group
from vuurtoren.rounds.retention import prune_audit_trail
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words, said

Work = Callable[[Site], int]
Answer = Callable[[Work], None]
"""Does the work on the site that the command line names, and ends the process with its exit code."""


class AnyPath(click.Path):
    """A path as a Path, which click 7 (Frappe 14) does not give by itself."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return Path(os.fsdecode(super().convert(value, param, ctx)))


FILE = AnyPath(exists=True, dir_okay=False)
NEW_FOLDER = AnyPath(file_okay=False)
NEW_FILE = AnyPath(dir_okay=False)
DAY = click.DateTime(["%Y-%m-%d"])


def audit_group(answer: Answer, options: Callable[[Any], Any] = lambda function: function) -> click.Group:
    """The commands as a group; `options` adds what each of them needs to know to find its site."""
    group = Group("audit", help="Seal, verify, prove and hand out the SEPA audit trail.")

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
        def work(site: Site) -> int:
            told: list[str] = []  # what is said comes after the bar, not into its line
            with progress_bar(site.translate("Verifying"), sys.stderr) as progress:
                code = command.verify(
                    site,
                    told.append,
                    anchors=anchors,
                    shorts=shorts,
                    keys=keys,
                    since=since,
                    as_json=as_json,
                    progress=progress,
                )
            click.echo("\n".join(told))
            return code

        answer(work)

    @group.command("prove", help="Print the proof that one event is in the trail.")
    @click.argument("event_id")
    @options
    def _prove(event_id: str, **_: Any) -> None:
        answer(lambda site: command.prove(site, click.echo, event_id))

    @group.command(
        "proof", help="Write a zip for an auditor: one entry, its proof, the verifier, plain words."
    )
    @click.argument("event_id")
    @click.argument("file", type=NEW_FILE)
    @options
    def _proof(event_id: str, file: Path, **_: Any) -> None:
        answer(lambda site: command.proof(site, click.echo, event_id, file))

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

    @group.command("adopt", help="Take over entries from before the trail as they are found, once.")
    @click.option("--by", default="", help="The user who stands for it, with System Manager or Kascommissie.")
    @options
    def _adopt(by: str, **_: Any) -> None:
        def work(site: Site) -> str:
            with progress_bar(site.translate("Taking over"), sys.stderr) as progress:
                return adoption_command.adopt(site, by, progress)

        answer(lambda site: _maintain(site, work))

    @group.command("restored", help="Say that a backup was restored, or the app installed anew, and why.")
    @click.option(
        "--by", required=True, help="The user who stands for it, with System Manager or Kascommissie."
    )
    @click.option("--reason", required=True, help="Which backup and why, as the trail will tell it.")
    @options
    def _restored(by: str, reason: str, **_: Any) -> None:
        answer(lambda site: _maintain(site, lambda site: name_restore(site, by, reason)))

    _add_retention(group, answer, options)
    _add_details(group, answer, options)
    return group


def _add_details(group: click.Group, answer: Answer, options: Callable[[Any], Any]) -> None:
    def encrypt(site: Site, how: Callable[..., Reached]) -> int:
        with progress_bar(site.translate("Encrypting"), sys.stderr) as progress:
            reached = how(site, progress=progress)
        _ = site.translate
        text = _("Events encrypted anew: {0}, with the key {1}")
        click.echo(text.format(reached.encrypted, reached.key))
        if reached.left:
            text = _("Left as they are: {0}; they do not verify, or their key is not there")
            click.echo(text.format(reached.left))
        return EXIT_INCOMPLETE if reached.left else OK

    def run(how: Callable[..., Reached]) -> Work:
        return lambda site: _or_not_run(site, lambda: encrypt(site, how))

    @group.command("rotate-details-key", help="Make a new key for details and encrypt them all with it.")
    @options
    def _rotate(**_: Any) -> None:
        answer(run(rotate))

    @group.command("encrypt-details", help="Encrypt what is not encrypted with the newest key, now and all.")
    @options
    def _encrypt(**_: Any) -> None:
        answer(run(partial(encrypt_older, anew=True)))


def _add_retention(group: click.Group, answer: Answer, options: Callable[[Any], Any]) -> None:
    @group.command("prune", help="Remove the oldest events after the retention period; takes two people.")
    @click.option("--before", type=DAY, required=True, help="Only events from before this day.")
    @click.option("--archive", type=NEW_FOLDER, required=True, help="Where the whole trail is exported to.")
    @_two_people
    @options
    def _prune(before: datetime, archive: Path, requested_by: str, confirmed_by: str, **_: Any) -> None:
        people = People(requested_by, confirmed_by)

        def work(site: Site) -> str:
            with progress_bar(site.translate("Pruning"), sys.stderr) as progress:
                done = prune_audit_trail(site, before.date(), archive.absolute(), people, progress=progress)
            text = site.translate("Events pruned: {0}, all before position {1}; they are in {2}")
            return text.format(done.rows, done.before_position, done.archive.folder)

        answer(lambda site: _maintain(site, work))

    @group.command("erase", help="Erase the details of one event for good; takes two people.")
    @click.argument("event_id")
    @click.option("--basis", required=True, help="The legal ground, as the trail will tell it.")
    @_two_people
    @options
    def _erase(event_id: str, basis: str, requested_by: str, confirmed_by: str, **_: Any) -> None:
        def work(site: Site) -> str:
            erase(site, event_id, basis, People(requested_by, confirmed_by))
            return site.translate("the details of event {0} are erased; its seal stays").format(event_id)

        answer(lambda site: _maintain(site, work))


def _two_people(function: Any) -> Any:
    confirmed = click.option(
        "--confirmed-by", required=True, help="Another user, with System Manager or Kascommissie."
    )
    return click.option("--requested-by", required=True, help="The user who asks for it.")(
        confirmed(function)
    )


def _maintain(site: Site, work: Callable[[Site], str]) -> int:
    def done() -> int:
        click.echo(work(site))
        return OK

    return _or_not_run(site, done)


def _or_not_run(site: Site, work: Callable[[], int]) -> int:
    try:
        return work()
    except (SiteError, ValueError, OSError) as error:
        site.rollback()
        click.echo(said(Words("could not run: {0}", error), site.translate))
        return EXIT_NOT_RUN


@contextmanager
def progress_bar(label: str, stream: TextIO) -> Iterator[Progress | None]:
    """A bar on the stream for as long as the work takes; None where nobody looks at a terminal."""
    if not stream.isatty():
        yield None
        return
    with click.progressbar(length=1, label=label, file=stream) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield show


def _hand_out(site: Site) -> int:
    result = hand_out(site)
    for taken in result.taken:
        receipt = said(taken.receipt, site.translate)
        click.echo(f"{site.translate(taken.channel)}: {taken.target} ({receipt})")
    for problem in result.problems:
        click.echo(said(problem, site.translate))
    if result.minutes:
        click.echo(site.translate("For the minutes: {0}").format(result.minutes))
    return OK if result.outside else EXIT_INCOMPLETE
