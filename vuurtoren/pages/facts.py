"""What the sections of the page are built from; each is read once, and only when a section asks for it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urlsplit

from vuurtoren.alerts.judging import judge, label_text
from vuurtoren.host_records import records
from vuurtoren.host_records.records import HostRecords
from vuurtoren.metrics.host import HOST, own
from vuurtoren.metrics.metric import Metric, Scalar
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.pages.formats import Formats
from vuurtoren.pages.frame.address import href
from vuurtoren.pages.parts import DisplayLevel, Reading
from vuurtoren.rules.learned_limits import Expected
from vuurtoren.rules.rule import Rule, rank
from vuurtoren.settings import settings
from vuurtoren.settings.settings import Settings
from vuurtoren.signals import catalogue, registry
from vuurtoren.signals.measuring import collect
from vuurtoren.signals.placement import Beside, Number, Slot
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import said

LEVEL_BY_SEVERITY: dict[str, DisplayLevel] = {
    "CRITICAL": "critical",
    "HIGH": "warning",
    "MEDIUM": "warning",
    "LOW": "notice",
}
RANKED: tuple[DisplayLevel, ...] = ("ok", "plain", "notice", "unknown", "warning", "critical")


def level_of(severity: str) -> DisplayLevel:
    """An unknown severity counts as HIGH, as everywhere."""
    return LEVEL_BY_SEVERITY.get(severity, "warning")


def worst(levels: Iterable[DisplayLevel]) -> DisplayLevel:
    """The worst of them, "ok" where none is worse than plain."""
    found: DisplayLevel = max(levels, key=RANKED.index, default="ok")
    return "ok" if found == "plain" else found


class Facts:
    """The site at one moment, for one page."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.now: datetime = site.now()
        self.formats = Formats(site.translate)
        self._present: dict[str, bool] = {}
        self.kept: dict[Hashable, Any] = {}
        """What a page has read once and needs again."""

    @cached_property
    def snapshot(self) -> Snapshot:
        """Measured now, or used again where it is costly and still fresh."""
        return collect(self.site)

    @cached_property
    def host(self) -> HostRecords:
        return records.at_best(self.site)

    @cached_property
    def promises(self) -> Mapping[str, Promise]:
        """What each metric of this site is called; those of other apps too."""
        return registry.promises(self.site)

    @cached_property
    def expected(self) -> Expected:
        """What rules that learn are judged by."""
        return Expected(self.site, self.now)

    @cached_property
    def settings(self) -> Settings:
        return settings.read(self.site)

    @cached_property
    def judging(self) -> dict[str, list[Rule]]:
        """The rules in force, by the metric that they judge."""
        found: dict[str, list[Rule]] = {}
        for rule in self.settings.rules:
            if rule.key not in self.settings.switched_off and all(map(self.has, rule.requires)):
                found.setdefault(rule.metric, []).append(rule)
        return found

    @property
    def problems(self) -> tuple[str, ...]:
        """What of the settings had to be ignored."""
        return tuple(said(each, self.site.translate) for each in self.settings.problems)

    def translate(self, text: str) -> str:
        return self.site.translate(text)

    def text(self, value: Scalar | None, unit: str = "") -> str:
        """A value as people read it."""
        return self.formats.text(value, unit)

    def placed(self, slot: Slot) -> tuple[Reading, ...]:
        """The numbers that signals have put into this slot of the page."""
        placements = [each for each in catalogue.placed(slot) if not each.needs or self.has(each.needs)]
        return tuple(
            self.number(each)
            for placement in placements
            for number in placement.numbers
            for each in self.each_host(number)
        )

    def each_host(self, number: Number) -> tuple[Number, ...]:
        """The number itself; where each machine of the bench has one, all of them, this machine's first."""
        instances = [] if number.labels else self.snapshot.all(number.key)
        of_hosts = [each.labels for each in instances if _host_of(each)]
        ordered = sorted(of_hosts, key=lambda labels: (labels != own(), labels))
        return tuple(replace(number, labels=labels) for labels in ordered) or (number,)

    def worst_host(self, number: Number) -> Number:
        """The number itself; where each machine of the bench has one, the one that is judged worst."""
        every = self.each_host(number)
        return (
            max(every, key=lambda one: RANKED.index(self.number(one).level)) if len(every) > 1 else every[0]
        )

    def number(self, number: Number) -> Reading:
        """One number of the snapshot, judged by its rules, with the fact that stands beside it.

        Where the bench has several machines, the title says whose it is.
        """
        return self.of(number, self.snapshot.get(number.key, **dict(number.labels)))

    def of(self, number: Number, metric: Metric) -> Reading:
        """The same of a metric that stands for the number."""
        title = self.translate(number.title) if number.title else ""
        host = _host_of(metric)
        if host:
            title = f"{title or self.title(metric.key)}, {host}"
        return self.read(metric, self.note(number.beside) if metric.labels in ((), own()) else "", title)

    def note(self, beside: Beside | None) -> str:
        found = beside(self.snapshot) if beside else None
        if found is None:
            return ""
        return self.translate(found.text).format(*(self.text(value, unit) for value, unit in found.values))

    def read(self, metric: Metric, note: str = "", title: str = "") -> Reading:
        judged = self._judged(metric)
        return Reading(
            label=title or self.title(metric.key),
            value=metric.value,
            unit=metric.unit,
            reason=metric.reason,
            source=metric.source,
            measured_at=metric.measured_at if metric.source else None,
            level=judged.level if metric.known else "unknown",
            limit=judged.limit,
            note=note,
            href=self.list_href(metric.doctype, dict(metric.rows)),
            key=_full_key(metric),
            evidence=metric.evidence,
            page=href("metric", metric.key, which=label_text(metric.labels)),
        )

    def title(self, key: str) -> str:
        """What people call the metric; the key itself where nobody measures it any more."""
        return self.site.translate(self.promises[key].title) if key in self.promises else key

    def has(self, doctype: str) -> bool:
        """Whether the site has the DocType, or the record under another name; asked once for a page."""
        if doctype not in self._present:
            self._present[doctype] = self.host.has_doctype(doctype)
        return self._present[doctype]

    def list_href(self, doctype: str, rows: Mapping[str, str] | None = None) -> str:
        """Where the documents are listed, on this server, only these rows where some are named; empty where
        the DocType is not there."""
        if not doctype or not self.has(doctype):
            return ""
        return local(self.site.url_to_list(doctype)) + (f"?{urlencode(rows)}" if rows else "")

    def form_href(self, doctype: str, name: str) -> str:
        return local(self.site.url_to_form(doctype, name)) if doctype and name else ""

    def _judged(self, metric: Metric) -> _Judged:
        """The worst verdict of the metric's rules, and the limit of the rule that gave it."""
        verdicts = [self._verdict(rule, metric) for rule in self.judging.get(metric.key, ())]
        verdicts.sort(key=lambda judged: (-RANKED.index(judged.level), -judged.rank))
        return verdicts[0] if verdicts else _Judged("plain", None, 0)

    def _verdict(self, rule: Rule, metric: Metric) -> _Judged:
        threshold = self.settings.thresholds.values[rule.key]
        judged = judge(rule, metric, threshold, self.expected.of(rule, [metric])(metric.labels))
        level: DisplayLevel = level_of(judged.severity) if judged.answer == "breached" else "ok"
        shown = (
            judged.threshold
            if rule.adjustable and (rule.kind == "limit" or judged.value is not None)
            else None
        )
        return _Judged(level, shown, -rank(judged.severity))


def _host_of(metric: Metric) -> str:
    """Which machine the number is of; empty where it is of no one machine alone."""
    return metric.labels[0][1] if len(metric.labels) == 1 and metric.labels[0][0] == HOST else ""


@dataclass(frozen=True)
class _Judged:
    level: DisplayLevel
    limit: float | None
    rank: int


def local(url: str) -> str:
    """The address without scheme and host: it holds however the visitor reached this server."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _full_key(metric: Metric) -> str:
    labels = ", ".join(f"{name}={value}" for name, value in metric.labels)
    return f"{metric.key}[{labels}]" if labels else metric.key
