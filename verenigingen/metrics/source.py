"""A source: what it promises to measure, how, and how long its answer may be used again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from verenigingen.metrics.kept import Kept
from verenigingen.metrics.metric import Metric, Scalar
from verenigingen.site.errors import Unavailable
from verenigingen.site.protocol import Site


@dataclass(frozen=True)
class Source:
    """One measuring function with its promises.

    `promises` maps each metric key to its unit; a promised key that `measure` does not yield becomes
    unknown. `keep_seconds` is how long an answer is used again. The answer of a `local` source holds for
    the machine of this process only.
    """

    name: str
    promises: Mapping[str, str]
    measure: Callable[[Context], Iterable[Metric]]
    keep_seconds: int = 0
    local: bool = False


@dataclass(frozen=True)
class Context:
    """What a measuring function is given: the site, one fixed "now" (site time), and what was kept."""

    site: Site
    now: datetime
    source: Source
    kept: Kept = field(default_factory=Kept)

    def known(
        self,
        key: str,
        value: Scalar,
        *,
        evidence: Iterable[Mapping[str, Any]] = (),
        doctype: str = "",
        **labels: str,
    ) -> Metric:
        """A measured value; dates in the evidence become text."""
        return Metric(
            key,
            value,
            self.source.promises[key],
            self.source.name,
            self.now,
            labels=tuple(sorted(labels.items())),
            evidence=tuple({name: _plain(given) for name, given in row.items()} for row in evidence),
            doctype=doctype,
        )

    def unknown(self, key: str, reason: str, **labels: str) -> Metric:
        """A promised value that could not be measured, and why."""
        return Metric(
            key,
            None,
            self.source.promises[key],
            self.source.name,
            self.now,
            reason,
            tuple(sorted(labels.items())),
        )

    def known_or(self, key: str, value: Scalar | None, reason: str) -> Metric:
        """The value, or unknown for that reason where it is None."""
        return self.unknown(key, reason) if value is None else self.known(key, value)

    def part(self, measure: Callable[[Context], Iterable[Metric]], *keys: str) -> Iterator[Metric]:
        """What one part of a source yields; what it has not yielded when it is Unavailable is unknown."""
        missing = dict.fromkeys(keys)
        try:
            for metric in measure(self):
                missing.pop(metric.key, None)
                yield metric
        except Unavailable as unavailable:
            for key in missing:
                yield self.unknown(key, str(unavailable))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value
