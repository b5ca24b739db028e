"""The site's numbers in the text format of OpenMetrics, written by the library prometheus-client.

A known number is a sample with its unit in the name and the site as a label; an unknown one is absent, and
`monitoring_unknown` says why. Nothing of evidence, messages or names of people is in it.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from vuurtoren import carrier
from vuurtoren.alerts import alerts, stored_state
from vuurtoren.exposition.names import PREFIX, family
from vuurtoren.health import liveness
from vuurtoren.metrics.metric import Metric
from vuurtoren.signals import registry
from vuurtoren.signals.measuring import collect
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
MOST_INSTANCES = 100
"""Of one metric so many instances are written; how many were left out is a sample of its own."""
LONGEST_LABEL = 120
KEPT_SECONDS = 10
"""An answer is given again for so long, however often somebody asks."""
NOT_INSTALLED = Words(
    "The library prometheus-client is not installed: {0} in the bench, or {1} without one.",
    "env/bin/pip install 'prometheus-client>=0.14'",
    "pip install 'verenigingen[prometheus]'",
)


@dataclass
class _Family:
    """Samples of one name."""

    help: str
    unit: str = ""
    samples: list[tuple[dict[str, str], float]] = field(default_factory=list)


_kept: dict[str, tuple[float, str]] = {}


def render(site: Site, stopwatch: Callable[[], float] = time.monotonic) -> str:
    """The whole text, at most KEPT_SECONDS old; raises Unavailable where the library is missing."""
    at, text = _kept.get(site.name, (float("-inf"), ""))
    if stopwatch() - at >= KEPT_SECONDS:
        text = _written(site, _families(site))
        _kept[site.name] = (stopwatch(), text)
    return text


def _written(site: Site, families: Mapping[str, _Family]) -> str:
    try:
        from prometheus_client import CollectorRegistry
        from prometheus_client.core import GaugeMetricFamily
        from prometheus_client.openmetrics.exposition import generate_latest
    except ImportError:
        raise Unavailable(NOT_INSTALLED) from None

    class Found:
        def collect(self) -> Iterator[Any]:
            for name, each in families.items():
                made = GaugeMetricFamily(name, each.help, unit=each.unit)
                for labels, value in each.samples:
                    made.add_sample(name, {"site": site.name, **labels}, value)
                yield made

    collected = CollectorRegistry(auto_describe=False)
    collected.register(Found())
    return bytes(generate_latest(collected)).decode()  # type: ignore[no-untyped-call]


def _families(site: Site) -> dict[str, _Family]:
    found: dict[str, _Family] = {}
    _measured(site, found)
    _judged(site, found)
    _lived(site, found)
    return found


def _measured(site: Site, found: dict[str, _Family]) -> None:
    promises = registry.promises(site)
    unknown = _Family("1 for a number that cannot be measured now, with the reason.")
    left_out: Counter[str] = Counter()
    for metric in collect(site):
        if metric.value is None:
            unknown.samples.append(({"key": metric.key, **_labels(metric), "reason": _reason(metric)}, 1))
        elif isinstance(metric.value, int | float):
            name, unit, factor = family(metric.key, metric.unit)
            promise = promises.get(metric.key)
            said = f"{promise.title}. {promise.help}".strip() if promise else metric.key
            each = found.setdefault(name, _Family(said, unit))
            if len(each.samples) < MOST_INSTANCES:
                each.samples.append((_labels(metric), float(metric.value) * factor))
            else:
                left_out[metric.key] += 1
    unknown.samples = list(_once(unknown.samples))[: 10 * MOST_INSTANCES]
    found[PREFIX + "unknown"] = unknown
    found[PREFIX + "instances_left_out"] = _Family(
        f"How many instances of a metric beyond {MOST_INSTANCES} are not written.",
        samples=[({"key": key}, count) for key, count in left_out.items()],
    )


def _judged(site: Site, found: dict[str, _Family]) -> None:
    """Open alerts by rule, severity and status; the state of every rule as the number of its instances."""
    opened: Counter[tuple[str, str, str]] = Counter()
    if site.has_doctype(alerts.DOCTYPE):
        for row in alerts.open_rows(site, ["rule", "alert_type", "severity", "status"]):
            key = (str(row["rule"] or row["alert_type"]), str(row["severity"]), str(row["status"]))
            opened[key] += 1
    found[PREFIX + "alerts_open"] = _Family(
        "How many alerts are open.",
        samples=[
            ({"rule": _short(rule), "severity": severity, "status": status}, count)
            for (rule, severity, status), count in sorted(opened.items())
        ],
    )
    states: Counter[tuple[str, str]] = Counter()
    if site.has_doctype(stored_state.DOCTYPE):
        for rule, stored in stored_state.read_all(site).items():
            for each in stored.values():
                states[rule, each.state.answer or "not judged"] += 1
    found[PREFIX + "rule_instances"] = _Family(
        "How many instances of a rule were answered so at the last judging.",
        samples=[
            ({"rule": _short(rule), "answer": answer}, count)
            for (rule, answer), count in sorted(states.items())
        ],
    )


def _lived(site: Site, found: dict[str, _Family]) -> None:
    ages, states, ended = (
        _Family("How long ago the last tick, hourly and daily run of the monitor ended.", "seconds"),
        _Family("1 for how a run of the monitor is: ok, failing, silent, unknown or never ran."),
        _Family("When the last tick, hourly and daily run of the monitor ended.", "seconds"),
    )
    now = site.now_utc()
    for job in liveness.pulse(site):
        states.samples.append(({"run": job.job, "state": job.status}, 1))
        if job.age_seconds is not None:
            ages.samples.append(({"run": job.job}, job.age_seconds))
            ended.samples.append(({"run": job.job}, _unix(now) - job.age_seconds))
    found[PREFIX + "run_age_seconds"] = ages
    found[PREFIX + "run_state"] = states
    found[PREFIX + "run_ended_timestamp_seconds"] = ended
    found[PREFIX + "build"] = _Family(
        "1, with the version of the app and the platform.",
        samples=[({"version": carrier.app_version(), "platform": site.platform}, 1)],
    )


def _unix(utc: datetime) -> float:
    return utc.replace(tzinfo=timezone.utc).timestamp()


def _labels(metric: Metric) -> dict[str, str]:
    return {name: _short(value) for name, value in metric.labels}


def _reason(metric: Metric) -> str:
    """Without its numbers: an age in a reason would be a new series at every look."""
    return _short(re.sub(r"\d+", "N", metric.reason))


def _short(text: str) -> str:
    return text[:LONGEST_LABEL]


def _once(samples: Iterable[tuple[dict[str, str], float]]) -> Iterator[tuple[dict[str, str], float]]:
    seen: set[tuple[tuple[str, str], ...]] = set()
    for labels, value in samples:
        key = tuple(sorted(labels.items()))
        if key not in seen:
            seen.add(key)
            yield labels, value
