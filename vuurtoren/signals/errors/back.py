"""Kinds of errors that somebody said are mended, and that were seen again since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from vuurtoren.error_kinds import decisions
from vuurtoren.error_kinds.kinds import DOCTYPE as KIND
from vuurtoren.metrics.documents import needed
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.signals.errors import about

LONGEST_LABEL = 80
PROMISES = {
    "errors.back": Promise(
        "kinds", "Back again", "Whether one kind of error that was said to be mended was seen since; 1 if so."
    ),
}


def measure(context: Context) -> Iterable[Metric]:
    """Each kind that was said to be mended is reported, so that an alert ends when it is said again."""
    needed(context.site, KIND)
    needed(context.site, decisions.DOCTYPE)
    decided = decisions.of_kinds(context.site)
    mended = sorted(kind for kind, each in decided.items() if each.resolved_at)
    asked = {"name": ("in", mended)}
    rows = context.site.get_all(KIND, ["name", "title", "last_seen"], asked) if mended else []
    if not rows:
        yield context.known("errors.back", 0, doctype=KIND)
        return
    titles = {str(row["name"]): str(row["title"] or row["name"])[:LONGEST_LABEL] for row in rows}
    often = Counter(titles.values())
    there = {
        name for row in rows
        if decided[name := str(row["name"])].back(row["last_seen"]) and not decided[name].muted(context.now)
    }  # fmt: skip
    subjects = about.of_kinds(context.site, there)
    for name, title in titles.items():
        label = title if often[title] == 1 else f"{title} · {name}"
        evidence = [{"error": title, "resolved by": decided[name].resolved_by}] if name in there else []
        yield context.known(
            "errors.back", int(name in there), evidence=evidence, doctype=KIND,
            subjects=subjects.get(name, ()), error=label,
        )  # fmt: skip


SOURCE = Source("errors.back", PROMISES, measure)
