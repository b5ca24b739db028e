"""The sources of this site: those shipped, and those that other apps name in a hook."""

from __future__ import annotations

import re
from collections.abc import Mapping

from verenigingen.alerts import hooked
from verenigingen.metrics.catalogue import SOURCES, UNITS
from verenigingen.metrics.source import Source
from verenigingen.site.protocol import Site

HOOK = "monitoring_metrics"
METRIC_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
LONGEST_KEY = 100


def sources(site: Site) -> tuple[Source, ...]:
    """Every source that is measured; one of another app that cannot be used is left out."""
    return (*SOURCES, *_hooked(site)[0])


def units(site: Site) -> Mapping[str, str]:
    """The unit of every metric that a rule of this site may judge."""
    return UNITS | {key: unit for source in _hooked(site)[0] for key, unit in source.promises.items()}


def problems(site: Site) -> list[str]:
    """A sentence for each hook that brings no usable source."""
    return _hooked(site)[1]


def _hooked(site: Site) -> tuple[list[Source], list[str]]:
    if not site.hooks(HOOK):
        return [], []
    taken = set(UNITS)
    names = {source.name for source in SOURCES}

    def wrong(source: Source) -> str:
        bad = [key for key in source.promises if not METRIC_KEY.fullmatch(key) or len(key) > LONGEST_KEY]
        if bad or not source.promises:
            return f"source {source.name}: {bad} are no metric keys like fundraising.open_pledges"
        clash = sorted(taken & set(source.promises))
        if clash or source.name in names:
            return f"source {source.name}: {', '.join(clash) or 'the name'} is taken already"
        taken.update(source.promises)
        names.add(source.name)
        return ""

    return hooked.load(site, HOOK, Source, wrong)
