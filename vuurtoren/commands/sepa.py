"""`monitoring sepa …`: what the SEPA rules find, on the command line of a bench and without one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from vuurtoren.commands.audit import DAY, Answer, AnyPath
from vuurtoren.commands.bank_files import add_bank_files
from vuurtoren.commands.monitoring import UNKNOWN, WELL, WRONG
from vuurtoren.commands.speaking import Group, refusal
from vuurtoren.compliance import scanning, status
from vuurtoren.compliance.errors import NotPossible
from vuurtoren.compliance.findings import stored
from vuurtoren.compliance.follow_up import DONE, NOT_NEEDED
from vuurtoren.compliance.returned import stored as returns
from vuurtoren.compliance.rule import AREAS
from vuurtoren.pages.sepa import report as sepa_report
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import calendar_day
from vuurtoren.site.values import Row

MOST_SHOWN = 50
FILE = AnyPath(dir_okay=False)


def sepa_group(answer: Answer, options: Callable[[Any], Any] = lambda function: function) -> click.Group:
    """The commands as a group; `options` adds what each of them needs to know to find its site."""
    group = Group("sepa", help="Judge the association's records by the rules of SEPA direct debit.")

    @group.command(
        "status", help="Each area: in order, needs work, broken, or cannot be said; exit code 0 to 2."
    )
    @click.option("--json", "as_json", is_flag=True, help="As JSON.")
    @options
    def _status(as_json: bool, **_: Any) -> None:
        answer(lambda site: show_status(site, as_json=as_json))

    @group.command("scan", help="Judge every record now.")
    @options
    def _scan(**_: Any) -> None:
        answer(scan)

    @group.command("findings", help="What is open, the most urgent first.")
    @click.option("--rule", default="", help="Only of this rule, such as M04.")
    @click.option("--batch", default="", help="Only of this batch.")
    @click.option("--all", "ended", is_flag=True, help="Also what was accepted or has ended.")
    @options
    def _findings(rule: str, batch: str, ended: bool, **_: Any) -> None:
        answer(lambda site: show_findings(site, rule=rule, batch=batch, ended=ended))

    @group.command("close", help="Live with a finding until a day, for a reason that the trail keeps.")
    @click.argument("finding")
    @click.option("--reason", required=True, help="Why the association lives with it.")
    @click.option("--until", required=True, type=DAY, help="The day after which it is opened again.")
    @options
    def _close(finding: str, reason: str, until: datetime, **_: Any) -> None:
        answer(lambda site: close(site, finding, reason, until.date()))

    @group.command("settle", help="Say that a return was followed up, or that nothing is needed.")
    @click.argument("name")
    @click.option("--how", required=True, help="What was done, or why nothing is needed.")
    @click.option("--not-needed", is_flag=True, help="Nothing is needed.")
    @options
    def _settle(name: str, how: str, not_needed: bool, **_: Any) -> None:
        answer(lambda site: settle(site, name, NOT_NEEDED if not_needed else DONE, how))

    @group.command(
        "report",
        help="The report for audit committee and board: a page to print, or a PDF where FILE ends in .pdf.",
    )
    @click.argument("file", type=FILE)
    @click.option("--from", "since", required=True, type=DAY, help="The first day.")
    @click.option("--to", "until", required=True, type=DAY, help="The last day.")
    @options
    def _report(file: Path, since: datetime, until: datetime, **_: Any) -> None:
        answer(lambda site: write_report(site, file, since.date(), until.date()))

    add_bank_files(group, answer, options)
    return group


def show_status(site: Site, *, as_json: bool = False) -> int:
    """Areas and rules as they stand; 0 where all that could be judged is kept, 1 where not, 2 unknown."""
    found = status.read(site)
    if as_json:
        click.echo(json.dumps(found.as_dict(site.translate), ensure_ascii=False, indent=1))
    else:
        _ = site.translate
        for area in AREAS:
            click.echo(f"{_(area)}: {_(found.level(area))}")
            for each in found.of(area):
                open_ = _("{0} open, {1} accepted").format(each.findings, each.accepted)
                said = open_ if each.findings + each.accepted else _(each.level)
                because = f" ({why})" if (why := each.because(_)) else ""
                click.echo(f"  {each.rule.id}  {_(each.rule.title)}: {said}{because}")
        text = _("Rules kept: {0} of {1} that could be judged ({2})")
        click.echo(text.format(found.kept, found.judged, _(status.FORMULA)))
    return UNKNOWN if not found.judged else WELL if found.kept == found.judged else WRONG


def scan(site: Site) -> int:
    done = scanning.scan_now(site)
    if done is None:
        click.echo(site.translate("Another scan is running, or ended less than 15 s ago."))
        return UNKNOWN
    text = (
        "Records judged: {0}, in {1} s. Findings opened: {2}, confirmed: {3}, ended: {4}."
        " Returns captured: {5}."
    )
    click.echo(
        site.translate(text).format(
            done.records,
            round(done.took_seconds, 1),
            done.opened,
            done.confirmed,
            done.ended,
            done.returns_captured,
        )
    )
    return show_status(site)


def show_findings(site: Site, *, rule: str = "", batch: str = "", ended: bool = False) -> int:
    asked: dict[str, Any] = {} if ended else {"status": stored.OPEN}
    asked |= {name: value for name, value in (("rule", rule.upper()), ("batch", batch)) if value}
    rows = stored.rows(site, asked, order_by="opened_at")
    rows.sort(key=stored.urgency)
    for action, some in _by_advice(rows[:MOST_SHOWN]).items():
        for row in some:
            until = f", {calendar_day(row['deadline'], site.translate)}" if row["deadline"] else ""
            click.echo(f"{row['severity']}  {row['rule']}  {row['name']}  {row['said']}{until}")
        if action:
            click.echo(f"      {action}")
    if len(rows) > MOST_SHOWN:
        click.echo(site.translate("… and {0} more").format(len(rows) - MOST_SHOWN))
    if not rows:
        click.echo(site.translate("No finding."))
    return WRONG if any(row["status"] == stored.OPEN for row in rows) else WELL


def _by_advice(rows: list[Row]) -> dict[str, list[Row]]:
    """Findings by what to do about them, each advice once, in the order of the most urgent of them."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row["action"] or ""), []).append(row)
    return found


def close(site: Site, finding: str, reason: str, until: date) -> int:
    try:
        row = stored.accept(site, finding, reason, until)
    except NotPossible as refused:
        click.echo(refusal(site, refused), err=True)
        return UNKNOWN
    site.commit()
    last_day = calendar_day(until, site.translate)
    click.echo(site.translate("{0} is accepted until {1}.").format(row["rule"], last_day))
    return WELL


def settle(site: Site, name: str, state: str, how: str) -> int:
    try:
        row = returns.settle(site, name, state, how)
    except NotPossible as refused:
        click.echo(refusal(site, refused), err=True)
        return UNKNOWN
    site.commit()
    click.echo(f"{row['reason_code']}: {site.translate(row['state'])}")
    return WELL


def write_report(site: Site, file: Path, since: date, until: date) -> int:
    """A PDF where the file is called one, else the page; 2 where it cannot be made."""
    try:
        if file.suffix.lower() == ".pdf":
            file.write_bytes(sepa_report.pdf(site, since, until))
        else:
            file.write_text(sepa_report.document(site, since, until), "utf-8")
    except Unavailable as unavailable:
        click.echo(refusal(site, unavailable), err=True)
        return UNKNOWN
    click.echo(str(file))
    return WELL
