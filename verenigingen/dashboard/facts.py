"""What the sections of the page are built from; each is read once, and only when a section asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import urlsplit

from verenigingen.alerts import settings
from verenigingen.alerts.judging import judge
from verenigingen.alerts.rule import Rule, rank
from verenigingen.alerts.settings import Settings
from verenigingen.dashboard.formats import Formats
from verenigingen.dashboard.labels import label
from verenigingen.dashboard.parts import Level, Reading
from verenigingen.metrics.collector import collect
from verenigingen.metrics.metric import Metric
from verenigingen.metrics.snapshot import Snapshot
from verenigingen.site.protocol import Site

LEVEL_BY_SEVERITY: dict[str, Level] = {
    "CRITICAL": "critical",
    "HIGH": "warning",
    "MEDIUM": "warning",
    "LOW": "notice",
}
RANKED: tuple[Level, ...] = ("ok", "plain", "notice", "unknown", "warning", "critical")


def level_of(severity: str) -> Level:
    """An unknown severity counts as HIGH, as everywhere."""
    return LEVEL_BY_SEVERITY.get(severity, "warning")


def worst(levels: Iterable[Level]) -> Level:
    """The worst of them, "ok" where none is worse than plain."""
    found: Level = max(levels, key=RANKED.index, default="ok")
    return "ok" if found == "plain" else found


class Facts:
    """The site at one moment, for one page."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.now: datetime = site.now()
        self.formats = Formats(site.translate)
        self._present: dict[str, bool] = {}

    @cached_property
    def snapshot(self) -> Snapshot:
        """Measured now, or used again where it is costly and still fresh."""
        return collect(self.site)

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

    def reading(self, key: str, note: str = "", title: str = "", **labels: str) -> Reading:
        """One number of the snapshot, judged by its rules."""
        return self.read(self.snapshot.get(key, **labels), note, title)

    def read(self, metric: Metric, note: str = "", title: str = "") -> Reading:
        judged = self._judged(metric)
        return Reading(
            label=title or self.site.translate(label(metric.key)),
            value=metric.value,
            unit=metric.unit,
            reason=metric.reason,
            source=metric.source,
            measured_at=metric.measured_at if metric.source else None,
            level=judged.level if metric.known else "unknown",
            limit=judged.limit,
            note=note,
            href=self.list_href(metric.doctype),
            key=_full_key(metric),
            evidence=metric.evidence,
        )

    def has(self, doctype: str) -> bool:
        """Whether the site has the DocType; asked once for a page."""
        if doctype not in self._present:
            self._present[doctype] = self.site.has_doctype(doctype)
        return self._present[doctype]

    def list_href(self, doctype: str) -> str:
        """Where the documents are listed, on this server; empty where the DocType is not there."""
        return local(self.site.url_to_list(doctype)) if doctype and self.has(doctype) else ""

    def form_href(self, doctype: str, name: str) -> str:
        return local(self.site.url_to_form(doctype, name)) if doctype and name else ""

    def _judged(self, metric: Metric) -> _Judged:
        """The worst verdict of the metric's rules, and the limit of the rule that gave it."""
        verdicts = [self._verdict(rule, metric) for rule in self.judging.get(metric.key, ())]
        verdicts.sort(key=lambda judged: (-RANKED.index(judged.level), -judged.rank))
        return verdicts[0] if verdicts else _Judged("plain", None, 0)

    def _verdict(self, rule: Rule, metric: Metric) -> _Judged:
        threshold = self.settings.thresholds.values[rule.key]
        judged = judge(rule, metric, threshold)
        level: Level = level_of(judged.severity) if judged.answer == "breached" else "ok"
        return _Judged(level, threshold if rule.adjustable else None, -rank(judged.severity))


@dataclass(frozen=True)
class _Judged:
    level: Level
    limit: float | None
    rank: int


def local(url: str) -> str:
    """The address without scheme and host: it holds however the visitor reached this server."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _full_key(metric: Metric) -> str:
    labels = ", ".join(f"{name}={value}" for name, value in metric.labels)
    return f"{metric.key}[{labels}]" if labels else metric.key
