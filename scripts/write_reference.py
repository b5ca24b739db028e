"""Writes docs/monitoring/REFERENCE.md from the code, so that no name or default in it can be out of date."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from verenigingen import hooks
from vuurtoren.embedded.cli import main as command_line
from vuurtoren.endpoints.whitelist import ENDPOINTS
from vuurtoren.rules.record import time_text
from vuurtoren.rules.rule import Rule
from vuurtoren.signals.catalogue import SHIPPED, SIGNALS, SOURCES
from vuurtoren.site.schema import LAYOUT, OWN_DOCTYPES

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "monitoring" / "REFERENCE.md"
CALLABLE = (
    "verenigingen.utils.alert_manager",
    "verenigingen.utils.analytics_engine",
    "verenigingen.utils.resource_monitor",
    "verenigingen.www.monitoring_backtest",
    "verenigingen.www.monitoring_dashboard",
    "verenigingen.www.monitoring_sepa",
)
INTRODUCTION = """# Reference

Every signal, rule, metric, setting, command and API method, with the shipped defaults. Written from the code
by `make reference`; a test fails when it is out of date. How to change a threshold or switch a rule off:
[OPERATIONS_MANUAL](OPERATIONS_MANUAL.md).
"""


def reference() -> str:
    """The whole document."""
    parts = (_signals(), _rules(), _metrics(), _doctypes(), _commands(), _methods(), _jobs())
    return "\n".join([INTRODUCTION, *parts])


def _signals() -> str:
    rows = [
        (
            f"`{signal.name}`",
            signal.title,
            ", ".join(f"`{rule.key}`" for rule in signal.rules) or "–",
            ", ".join(f"`{source.name}`" for source in signal.sources),
        )
        for signal in SIGNALS
    ]
    return _table("Signals", ("Signal", "What it is about", "Rules", "Sources of its metrics"), rows)


def _rules() -> str:
    rows = [
        (
            f"`{rule.key}`",
            rule.title,
            _breach(rule),
            "–" if rule.critical_threshold is None else f"{rule.operator} {rule.critical_threshold:g}",
            rule.severity,
            rule.interval,
            time_text(rule.for_seconds),
            time_text(rule.keep_firing_seconds),
            "–" if rule.unknown_for_seconds is None else time_text(rule.unknown_for_seconds),
            f"`{rule.alert_type}`",
        )
        for rule in SHIPPED
    ]
    head = ("Rule", "What it watches", "Breached when", "CRITICAL when", "Severity", "Judged")
    waits = ("Told after", "Ended when well for", "Not knowing told after")
    return _table("Rules", (*head, *waits, "Alert type"), rows)


def _breach(rule: Rule) -> str:
    limit = f"{rule.operator} {rule.threshold:g} {rule.threshold_unit}"
    if rule.kind == "unusual":
        return f"`{rule.metric}` {limit} from what is usual"
    return f"`{rule.metric}` {limit}" + (
        f" within {time_text(rule.horizon_seconds)}" if rule.horizon_seconds else ""
    )


def _metrics() -> str:
    rows = [
        (
            f"`{key}`",
            promise.title,
            promise.help,
            promise.unit,
            f"`{source.name}`",
            f"{source.keep_seconds} s" if source.keep_seconds else "live",
        )
        for source in SOURCES
        for key, promise in source.promised.items()
    ]
    head = ("Metric", "On the page", "What it says", "Unit", "Source", "Used again for")
    return _table("Metrics", head, rows)


def _doctypes() -> str:
    parts = []
    for path in sorted(OWN_DOCTYPES.glob("*/*.json")):
        doctype = json.loads(path.read_text("utf-8"))
        rows = [
            (f"`{field['fieldname']}`", field["fieldtype"], _meaning(field))
            for field in doctype["fields"]
            if field["fieldtype"] not in LAYOUT
        ]
        parts.append(_table(f"DocType {doctype['name']}", ("Field", "Type", "Meaning"), rows))
    return "\n".join(parts)


def _meaning(field: dict[str, str]) -> str:
    default = f"default {field['default']}" if field.get("default") else ""
    options = ", ".join(filter(None, field.get("options", "").split("\n")))
    return "; ".join(filter(None, [field.get("description", ""), options, default]))


def _commands() -> str:
    assert isinstance(command_line, click.Group)
    in_bench = ("status", "check", "test-alert", "rules")
    rows = [
        (
            f"`python -m verenigingen {name}`",
            f"`bench --site SITE monitoring {name}`" if name in in_bench else "–",
            (command.help or "").split("\n")[0],
        )
        for name, command in command_line.commands.items()
    ]
    return _table("Commands", ("Without a bench", "In a bench", "What it does"), rows)


def _methods() -> str:
    for module in CALLABLE:
        importlib.import_module(module)
    rows = [
        (f"`{path}`", ", ".join(endpoint.methods))
        for path, endpoint in sorted(ENDPOINTS.items())
        if path.rpartition(".")[0] in CALLABLE
    ]
    return _table("API methods", ("Path below `/api/method/`", "HTTP methods"), rows)


def _jobs() -> str:
    events = hooks.scheduler_events.items()
    rows = [(f"`{method}`", f"`{event}`") for event, methods in events for method in methods]
    return _table("Scheduled jobs", ("Method", "Event"), rows)


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"## {title}", "", _line(head), _line(["---"] * len(head)), *map(_line, rows), ""]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


if __name__ == "__main__":
    REFERENCE.write_text(reference(), "utf-8")
    sys.stdout.write(f"wrote {REFERENCE.relative_to(ROOT)}\n")
