"""A source: what it promises to measure, how, and how long its answer may be used again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from typing import Any

from vuurtoren.host_records import records
from vuurtoren.host_records.records import HostRecords
from vuurtoren.metrics.measurement_cache import MeasurementCache
from vuurtoren.metrics.metric import REASON, Metric, Scalar
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.subject import Subject
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Translate, Words, as_plain, as_words, said

NEEDS_SECOND = "needs a second sample"
"""Why what is the difference of two readings is not known yet."""
MOST_LISTED = 50
"""So many names an address of a list may hold."""


@dataclass(frozen=True)
class Source:
    """One measuring function with its promises.

    `promises` maps each metric key to its Promise, or to its unit alone; a promised key that `measure` does
    not yield becomes unknown. `keep_seconds` is how long an answer is used again. The answer of a `local`
    source holds for the machine of this process only.
    """

    name: str
    promises: Mapping[str, Promise | str]
    measure: Callable[[Context], Iterable[Metric]]
    keep_seconds: int = 0
    local: bool = False

    @cached_property
    def promised(self) -> Mapping[str, Promise]:
        """The promises in full: a metric of which the unit alone is known is called by its key."""
        return {
            key: given if isinstance(given, Promise) else Promise(given, title=key)
            for key, given in self.promises.items()
        }


@dataclass(frozen=True)
class Context:
    """What a measuring function is given: the site, one fixed "now" (site time), and what was kept."""

    site: Site
    now: datetime
    source: Source
    kept: MeasurementCache = field(default_factory=MeasurementCache)

    @cached_property
    def host(self) -> HostRecords:
        """The records of the association under our names; raises Unavailable as `records.of` does."""
        return records.of(self.site)

    def known(
        self,
        key: str,
        value: Scalar,
        *,
        evidence: Iterable[Mapping[str, Any]] = (),
        doctype: str = "",
        rows: Mapping[str, Any] | None = None,
        subjects: Iterable[Subject] = (),
        **labels: str,
    ) -> Metric:
        """A measured value; dates in the evidence become text. `rows` are the filters of what was counted,
        `subjects` make up most of it: other numbers may be about the same."""
        found = [dict(row) for row in evidence]
        return Metric(
            key,
            value,
            self.source.promised[key].unit,
            self.source.name,
            self.now,
            labels=tuple(sorted(labels.items())),
            evidence=tuple(
                {name: _shown(given, self.site.translate) for name, given in row.items()} for row in found
            ),
            words={
                f"{number} {name}": as_plain(given)
                for number, row in enumerate(found)
                for name, given in row.items()
                if isinstance(given, Words)
            },
            doctype=doctype,
            rows=in_an_address(rows or {}),
            subjects=tuple(dict.fromkeys(subjects)),
        )

    def unknown(self, key: str, reason: str, **labels: str) -> Metric:
        """A promised value that could not be measured, and why; a reason of ours is translated."""
        say = self.site.translate
        return Metric(
            key,
            None,
            self.source.promised[key].unit,
            self.source.name,
            self.now,
            said(as_words(reason), say),
            tuple(sorted(labels.items())),
            words={REASON: as_plain(as_words(reason))},
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
                yield self.unknown(key, unavailable.words)


def listed(names: Iterable[object]) -> dict[str, Any]:
    """The filter for exactly these rows, where they were told apart one by one; none for more than an address
    holds."""
    found = tuple(str(name) for name in islice(names, MOST_LISTED + 1))
    return {"name": ("in", found)} if 0 < len(found) <= MOST_LISTED else {}


def in_an_address(filters: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Filters as the address of a list names them, one condition a field; a time is meant to the second.

    Where both columns of time are bound, `creation` is so for an index alone, and left out.
    """
    both = "creation" in filters and "modified" in filters
    return tuple(
        (field, _condition(given)) for field, given in filters.items() if not (both and field == "creation")
    )


def _condition(given: Any) -> str:
    if isinstance(given, list) and len(given) == 2:
        from_to = sorted(given, key=lambda bound: str(bound[0]).startswith("<"))
        return json.dumps(["between", [_plain(value) for _operator, value in from_to]])
    if isinstance(given, list):
        return _condition(given[0])
    if isinstance(given, tuple):
        operator, value = given
        shown = list(map(_plain, value)) if isinstance(value, tuple | list) else _plain(value)
        return json.dumps([operator, shown])
    return str(_plain(given))


def _shown(value: Any, say: Translate) -> Any:
    return value.said(say) if isinstance(value, Words) else _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value
