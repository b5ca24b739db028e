"""`monitoring rules …` in a bench and `python -m verenigingen rules …` without one: the same commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from vuurtoren.commands.speaking import Group
from vuurtoren.rules import changes as rule_changes
from vuurtoren.rules.expected import threshold_text
from vuurtoren.rules.record import BadRule
from vuurtoren.rules.rule import Rule
from vuurtoren.settings import rule_fixture, settings, stored_rules
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment, quantity
from vuurtoren.site.words.words import Words, reason, said

Work = Callable[[Site], int]
Answer = Callable[[Work], None]
"""Does the work on the site that the command line names, and ends the process with its exit code."""
FILE = click.Path(exists=True, dir_okay=False)


def rules_group(answer: Answer, options: Callable[[Any], Any] = lambda function: function) -> click.Group:
    """The commands as a group; `options` adds what each of them needs to know to find its site."""
    group = Group("rules", help="List, change, add, export and import alert rules.")

    @group.command(
        "list", help="Every rule in force: key, when it is told, severity, and where that comes from."
    )
    @options
    def _list(**_: Any) -> None:
        answer(listed)

    @group.command("set", help="Change a shipped rule or add one: KEY threshold=95 critical_threshold=none …")
    @click.argument("key")
    @click.argument("values", nargs=-1, required=True)
    @options
    def _set(key: str, values: tuple[str, ...], **_: Any) -> None:
        answer(lambda site: _saved(site, lambda: _changed(site, key, values)))

    @group.command(
        "remove", help="Delete the Alert Rule: a shipped rule is as shipped again, another is gone."
    )
    @click.argument("key")
    @options
    def _remove(key: str, **_: Any) -> None:
        answer(lambda site: _saved(site, lambda: int(stored_rules.remove(site, key))))

    @group.command("history", help="Who changed which rule from what to what, the newest first.")
    @click.argument("key", required=False, default="")
    @options
    def _history(key: str, **_: Any) -> None:
        answer(lambda site: told_history(site, key))

    @group.command("export", help="Every Alert Rule as a fixture, to a file or the screen.")
    @click.argument("file", required=False, type=click.Path(dir_okay=False))
    @options
    def _export(file: str | None, **_: Any) -> None:
        answer(lambda site: _exported(site, file))

    @group.command("import", help="Save every Alert Rule of a fixture, or none where one is bad.")
    @click.argument("file", type=FILE)
    @options
    def _import(file: str, **_: Any) -> None:
        text = Path(file).read_text("utf-8", "replace")
        answer(lambda site: _saved(site, lambda: rule_fixture.bring_in(site, text)))

    return group


def listed(site: Site) -> int:
    """A line for each rule in force, and what had to be ignored."""
    held = settings.read(site)
    for rule in held.rules:
        click.echo(_line(site, rule, held))
    for problem in held.problems:
        click.echo(f"! {said(problem, site.translate)}", err=True)
    return 0


def told_history(site: Site, key: str) -> int:
    """The newest changes, each with what it was and became."""
    rows = rule_changes.history(site, key)
    for row in rows:
        text = site.translate("{0} {1} {2} by {3}")
        at, action = moment(row["changed_at"], site.translate), site.translate(str(row["action"]))
        click.echo(text.format(at, action, row["rule_key"], row["changed_by"]))
        click.echo("".join(f"    {line}\n" for line in str(row["changes"] or "").splitlines()), nl=False)
    if not rows:
        click.echo(site.translate("No Alert Rule was changed yet."))
    return 0


def _line(site: Site, rule: Rule, held: Settings) -> str:
    _, worse = site.translate, ""
    if rule.critical_threshold is not None:
        beyond = quantity(rule.critical_threshold, rule.threshold_unit, _)
        worse = f", {_('CRITICAL')} {rule.operator} {beyond}"
    when = f"{rule.metric} {rule.operator} {quantity(rule.threshold, rule.unit, _)}"
    if rule.kind != "limit":
        when = f"{rule.metric} {threshold_text(rule, rule.threshold, _)}"
    off = f" ({_('off')})" if rule.key in held.switched_off else ""
    origin = held.thresholds.origins.get(rule.key, "alert rule")
    return f"{rule.key}{off}: {when} {_(rule.severity)}{worse} [{_(origin)}]"


def _changed(site: Site, key: str, values: tuple[str, ...]) -> int:
    record = dict(site.get(stored_rules.DOCTYPE, key) or {"enabled": 1}) | {"rule_key": key}
    for each in values:
        field, found, value = each.partition("=")
        if not found or field not in rule_changes.TOLD_FIELDS:
            known = ", ".join(rule_changes.TOLD_FIELDS)
            raise BadRule(Words("{0}: write field=value; the fields are {1}", each, known))
        if field == "enabled" and value not in ("0", "1"):
            raise BadRule(Words("enabled is 0 or 1"))
        record[field] = int(value) if field == "enabled" else value.replace("\\n", "\n")
    return int(stored_rules.save(site, record))


def _saved(site: Site, save: Callable[[], int]) -> int:
    try:
        changed = save()
    except BadRule as refused:
        site.rollback()
        click.echo(site.translate("Nothing was saved."), err=True)
        click.echo(said(reason(refused), site.translate), err=True)
        return 1
    site.commit()
    text = site.translate("Changed: {0}. It holds from the next check on.").format(changed)
    click.echo(text if changed else site.translate("Nothing changed."))
    return 0


def _exported(site: Site, file: str | None) -> int:
    text = rule_fixture.export(site)
    if file:
        Path(file).write_text(text, "utf-8")
    else:
        click.echo(text, nl=False)
    return 0
