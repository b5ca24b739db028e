"""Alerts, errors, numbers, rules and SEPA entries that hold all the words that were typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vuurtoren.alerts.alerts import DOCTYPE as ALERT
from vuurtoren.audit.search import searching
from vuurtoren.error_kinds.kinds import DOCTYPE as KIND
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address, href
from vuurtoren.pages.frame.answers import Answer, Shown
from vuurtoren.pages.sections import alerts
from vuurtoren.pages.sections.boundary import section
from vuurtoren.site.quantities import moment

READ = 2_000
SHOWN = 15


@dataclass(frozen=True)
class Found:
    """One thing that fits, and where it is."""

    title: str
    note: str
    href: str


@dataclass(frozen=True)
class Kind:
    """All of one kind that fits; `problem` says why it could not be looked through."""

    title: str
    found: tuple[Found, ...]
    more: bool
    problem: str = ""


@dataclass(frozen=True)
class SearchPage:
    searched: str
    kinds: tuple[Kind, ...]

    @property
    def any(self) -> bool:
        return any(kind.found for kind in self.kinds)


Look = Callable[[Facts, list[str]], Iterator[Found]]


def build(facts: Facts, address: Address) -> Answer:
    asked = address.text("q")
    words = asked.split()
    looks: tuple[tuple[str, Look], ...] = (
        (facts.translate("Alerts"), _alerts),
        (facts.translate("Errors"), _errors),
        (facts.translate("Numbers"), _metrics),
        (facts.translate("Rules"), _rules),
        (facts.translate("SEPA entries"), _entries),
    )
    kinds = tuple(_kind(facts, title, look, words) for title, look in looks) if words else ()
    return Shown(facts.translate("Search"), "views/search.html", SearchPage(asked, kinds), live=False)


def _kind(facts: Facts, title: str, look: Look, words: list[str]) -> Kind:
    looked = section(facts, "search", title, lambda facts: list(look(facts, words)))
    found = looked.content or []
    return Kind(title, tuple(found[:SHOWN]), len(found) > SHOWN, looked.problem)


def _fits(words: list[str], *texts: object) -> bool:
    text = " ".join(str(each or "") for each in texts).casefold()
    return all(word.casefold() in text for word in words)


def _alerts(facts: Facts, words: list[str]) -> Iterator[Found]:
    if not facts.has(ALERT):
        return
    fields = ["name", "rule", "alert_type", "kind", "message", "status", "severity", "timestamp"]
    for row in facts.site.get_all(ALERT, fields, order_by="timestamp desc", limit=READ):
        title = alerts.title(facts, row)
        if _fits(words, title, row["message"], row["name"], row["rule"], row["alert_type"]):
            status = facts.translate(str(row["status"]))
            note = f"{moment(row['timestamp'], facts.translate)} · {status} · {row['message']}"
            yield Found(title, note, href("alert", str(row["name"])))


def _errors(facts: Facts, words: list[str]) -> Iterator[Found]:
    if not facts.has(KIND):
        return
    fields = ["name", "title", "culprit", "last_seen", "count"]
    for row in facts.site.get_all(KIND, fields, order_by="last_seen desc", limit=READ):
        if _fits(words, row["title"], row["culprit"], row["name"]):
            note = facts.translate("{0} in all, last {1}").format(
                row["count"], moment(row["last_seen"], facts.translate)
            )
            yield Found(str(row["title"] or row["name"]), note, href("error", str(row["name"])))


def _metrics(facts: Facts, words: list[str]) -> Iterator[Found]:
    for key, promise in facts.promises.items():
        title, said = facts.translate(promise.title), facts.translate(promise.help) if promise.help else ""
        if _fits(words, title, key, said):
            yield Found(title, said or key, href("metric", key))


def _rules(facts: Facts, words: list[str]) -> Iterator[Found]:
    for rule in facts.settings.rules:
        title = facts.translate(rule.title)
        if _fits(words, title, rule.key, rule.metric):
            yield Found(title, rule.key, href("rule", rule.key))


def _entries(facts: Facts, words: list[str]) -> Iterator[Found]:
    """Entries of the audit trail whose document, mandate or action is what was typed."""
    if not facts.has("SEPA Audit Log"):
        return
    text = " ".join(words)
    seen = set()
    for field in ("reference_name", "mandate", "batch", "trace_id"):
        for typed in {text, text.upper()}:
            for entry in searching.search(facts.site, limit=SHOWN, **{field: typed})["entries"]:
                if entry["name"] not in seen:
                    seen.add(entry["name"])
                    yield _entry(facts, entry)
    for entry in searching.search(facts.site, limit=SHOWN, text=text)["entries"]:
        if entry["name"] not in seen:
            yield _entry(facts, entry)


def _entry(facts: Facts, entry: dict[str, object]) -> Found:
    title = f"{entry['action']} · {entry.get('reference_name') or ''}".strip(" ·")
    note = f"{entry['timestamp']} · {entry['process_type']} · {entry['compliance_status']}"
    return Found(title, note, facts.form_href("SEPA Audit Log", str(entry["name"])))
