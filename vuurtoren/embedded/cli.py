"""`python -m verenigingen`: the embedded site on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from vuurtoren import carrier
from vuurtoren.audit.seals.findings import EXIT_NOT_RUN
from vuurtoren.commands import monitoring as console
from vuurtoren.commands.acceptance import accept_command
from vuurtoren.commands.audit import AnyPath, Work, audit_group
from vuurtoren.commands.backfill import backfill_command
from vuurtoren.commands.backtest import backtest_command
from vuurtoren.commands.backup import backup_group
from vuurtoren.commands.routes import routes_command
from vuurtoren.commands.rules import rules_group
from vuurtoren.commands.sepa import sepa_group
from vuurtoren.commands.speaking import ASKED, LANGUAGES, Group, language_option, saying, speak
from vuurtoren.composition import EMBEDDED_FOLDER, EMBEDDED_FOLDER_VARIABLE
from vuurtoren.embedded.demo import MARK as DEMO_MARK
from vuurtoren.embedded.opening import jobs_for, open_site
from vuurtoren.embedded.process import Address, CannotStart, listen, only_one_in, serve
from vuurtoren.embedded.scheduler import Scheduler
from vuurtoren.embedded.store.sqlite_dump import take_backup
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rounds.sealing import seal_if_waiting
from vuurtoren.site.errors import ReadOnly, SiteError
from vuurtoren.site.words.words import Words, reason, said

DEMO_FOLDER = "demo-data"
PAGE = "/monitoring_dashboard"
ONLY_READ = Words("Beside a demo only what reads is done: this command would change it.")


class Complaint(click.ClickException):
    """One clear sentence on standard error and exit code 1."""

    def __init__(self, message: str) -> None:
        super().__init__(said(message, saying()))

    def show(self, file: Any = None) -> None:
        click.echo(self.format_message(), err=True)


class NothingKnown(Complaint):
    """The same for a command that says how a site is."""

    exit_code = console.UNKNOWN


class NotRun(Complaint):
    """The same for a command about the audit trail, where 1 means that somebody changed it."""

    exit_code = EXIT_NOT_RUN


def data_option(default: str) -> Callable[[Any], Any]:
    return click.option(
        "--data",
        type=AnyPath(file_okay=False),
        default=default,
        envvar=EMBEDDED_FOLDER_VARIABLE,
        show_default=True,
        help="The folder that holds everything.",
    )


def address_options(command: Any) -> Any:
    """The options that say where to listen."""
    for option in (
        click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on."),
        click.option("--port", type=int, default=8000, show_default=True, help="The port to listen on."),
        click.option(
            "--password-file",
            type=AnyPath(exists=True, dir_okay=False),
            help="A file whose first line is the password; needed for any address that is not 127.0.0.1.",
        ),
        click.option(
            "--reader-password-file",
            type=AnyPath(exists=True, dir_okay=False),
            help="A file whose first line is another password: with it one may look at everything and change "
            "nothing.",
        ),
        click.option("--name", "names", multiple=True, help="A further host name (and port) to answer to."),
    ):
        command = option(command)
    return command


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(carrier.app_version(), prog_name=carrier.app_name(), message="%(prog)s %(version)s")
@language_option
def main() -> None:
    """Watches a site and tells people once and clearly when something is wrong."""


@main.command("serve")
@data_option(EMBEDDED_FOLDER)
@address_options
def serve_command(data: Path, **given: Any) -> None:
    """Watch this machine, store what is seen, and serve the monitoring page."""
    address = _address(**given)
    _run(data, address, lambda: open_site(data, address.url), _announce)


@main.command("demo")
@data_option(DEMO_FOLDER)
@click.option(
    "--lesson", type=click.IntRange(1, 4), default=None, help="Begin with this lesson of the training."
)
@click.option(
    "--lang", type=click.Choice(LANGUAGES), default="en", help="The language of its pages and mails."
)
@address_options
def demo_command(data: Path, lesson: int | None, lang: str, **given: Any) -> None:
    """Show a fictional association's bad week, with real numbers of this machine."""
    from vuurtoren.embedded.demo.opening import SCHEDULER_EVENTS, announce, open_demo

    click.get_current_context().meta[ASKED] = lang
    address = _address(**given)
    click.echo(saying()("Telling a bad week, hour by hour …"))
    _run(data, address, lambda: open_demo(data, address.url, lesson or 0, lang), announce, SCHEDULER_EVENTS)


@main.command("lesson")
@data_option(DEMO_FOLDER)
def lesson_command(data: Path) -> None:
    """Say how far the lesson on the running demo has come: 0 all done, 1 not yet, 2 none runs."""
    from vuurtoren.embedded.demo.lessons import judging

    site = _existing(data)
    found = judging.progress(site)
    if found is None:
        raise NothingKnown(Words("No lesson runs: begin one with `make demo LESSON=1`."))
    click.echo("\n".join(judging.as_lines(site, found)))
    raise SystemExit(console.WELL if found.passed else console.WRONG)


@main.command()
@data_option(EMBEDDED_FOLDER)
def status(data: Path) -> None:
    """Say how the site is; exit code 0 when all is well, 1 when not, 2 when that is unknown."""
    _say(console.status(_existing(data)))


@main.command()
@data_option(EMBEDDED_FOLDER)
def check(data: Path) -> None:
    """Measure and judge now, and say what was found."""
    _say(console.check(_changeable(data)))


@main.command("test-alert")
@data_option(EMBEDDED_FOLDER)
def test_alert(data: Path) -> None:
    """Send a test alert and say what really happened to it."""
    _say(console.test_alert(_changeable(data)))


def _changeable(data: Path) -> SQLiteSite:
    """The site for a command that writes; a demo is told on by its own process alone."""
    site = _existing(data)
    if site.store.only_read:
        raise NothingKnown(ONLY_READ)
    return site


def _audit(work: Work) -> None:
    """Do the work on the existing site of `--data`; without one it could not be done."""
    site = _existing(click.get_current_context().params["data"], NotRun)
    try:
        raise SystemExit(work(site))
    except ReadOnly as refused:
        raise NotRun(ONLY_READ if site.store.only_read else reason(refused)) from None


BACKUP = backup_group(_audit, data_option(EMBEDDED_FOLDER))


@BACKUP.command("take")
@data_option(EMBEDDED_FOLDER)
def take_command(data: Path) -> None:
    """Write a backup of the site into its folder private/backups."""
    site = _changeable(data)
    folder = Path(site.backups().directory)
    click.echo(take_backup(site.store.path, folder, site.name, site.now_utc()))


main.add_command(BACKUP)
main.add_command(audit_group(_audit, data_option(EMBEDDED_FOLDER)))
main.add_command(rules_group(_audit, data_option(EMBEDDED_FOLDER)))
main.add_command(accept_command(_audit, data_option(EMBEDDED_FOLDER)))
main.add_command(routes_command(_audit, data_option(EMBEDDED_FOLDER)))
main.add_command(sepa_group(_audit, data_option(EMBEDDED_FOLDER)))
main.add_command(backtest_command(_audit, data_option(EMBEDDED_FOLDER)))
main.add_command(backfill_command(_audit, data_option(EMBEDDED_FOLDER)))


def _address(
    host: str,
    port: int,
    password_file: Path | None,
    reader_password_file: Path | None,
    names: tuple[str, ...],
) -> Address:
    return Address(host, port, _password(password_file), names, _password(reader_password_file))


def _password(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        password = path.read_text("utf-8").partition("\n")[0].strip()
    except (OSError, ValueError) as problem:
        raise Complaint(Words("The password file {0} cannot be read: {1}", path, problem)) from None
    if not password:
        raise Complaint(Words("The password file {0} is empty: put the password on its first line.", path))
    return password


def _run(
    data: Path,
    address: Address,
    opened: Callable[[], SQLiteSite],
    announce: Callable[[SQLiteSite, Address], str],
    *more_events: dict[str, Any],
) -> None:
    try:
        with listen(address) as listener, only_one_in(data):
            site = opened()
            speak(site)
            scheduler = Scheduler(site, jobs_for(site, *more_events), [seal_if_waiting])
            serve(site, scheduler, address, listener, lambda: click.echo(announce(site, address)))
    except (CannotStart, SiteError, OSError) as problem:
        raise Complaint(reason(problem)) from None
    click.echo(saying()("Stopped."))


def _announce(site: SQLiteSite, address: Address) -> str:
    _, state = site.translate, site.mail()
    mail = state.account or state.no_account_because or state.muted_because
    return "\n".join(
        [
            _("Watching {0}; everything is stored in {1}").format(site.name, site.folder),
            _("Page: {0}").format(f"{address.url}{PAGE}"),
            _("Mail: {0}").format(said(mail, _)),
            _("Stop with Ctrl-C."),
        ]
    )


def _existing(data: Path, complaint: type[Complaint] = NothingKnown) -> SQLiteSite:
    """The site in this folder; where there is none it can use, the complaint."""
    if not (data / "site.db").is_file():
        serve = f"python -m {carrier.app_name()} serve --data {data}"
        raise complaint(Words("There is no site in {0}: start one with `{1}`.", data, serve))
    try:
        site = _open(data)
    except (CannotStart, SiteError) as problem:
        raise complaint(reason(problem)) from None
    speak(site)
    return site


def _open(data: Path) -> SQLiteSite:
    if (data / DEMO_MARK).exists():
        from vuurtoren.embedded.demo.opening import open_beside

        return open_beside(data)
    return open_site(data, Address().url)


def _say(outcome: console.CommandResult) -> None:
    click.echo(outcome.text)
    raise SystemExit(outcome.exit_code)
