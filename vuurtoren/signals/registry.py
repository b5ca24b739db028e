"""The sources of this site: those shipped, and those that other apps name in a hook."""

from __future__ import annotations

import re
from collections.abc import Mapping

from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Source
from vuurtoren.privacy.text import storable
from vuurtoren.rules import extensions
from vuurtoren.signals.catalogue import PROMISES, SOURCES
from vuurtoren.site.protocol import Site

HOOK = "monitoring_metrics"
METRIC_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
LONGEST_KEY = 100


def sources(site: Site) -> tuple[Source, ...]:
    """Every source that is measured; one of another app that cannot be used is left out."""
    return (*SOURCES, *_hooked(site)[0])


def promises(site: Site) -> Mapping[str, Promise]:
    """Every metric that this site measures and a rule of it may judge."""
    return PROMISES | {key: each for source in _hooked(site)[0] for key, each in source.promised.items()}


def units(site: Site) -> Mapping[str, str]:
    """The unit of every metric."""
    return {key: promise.unit for key, promise in promises(site).items()}


def problems(site: Site) -> list[str]:
    """A sentence for each hook that brings no usable source."""
    return _hooked(site)[1]


def _hooked(site: Site) -> tuple[list[Source], list[str]]:
    if not site.hooks(HOOK):
        return [], []
    taken = set(PROMISES)
    names = {source.name for source in SOURCES}

    def wrong(source: Source) -> str:
        bad = [key for key in source.promises if not METRIC_KEY.fullmatch(key) or len(key) > LONGEST_KEY]
        if bad or not source.promises:
            return f"source {source.name}: {bad} are no metric keys like fundraising.open_pledges"
        if unsaid := [key for key, promise in source.promised.items() if not _is_said(promise)]:
            return f"source {source.name}: unit, title and help of {', '.join(unsaid)} are not all text"
        clash = sorted(taken & set(source.promises))
        if clash or source.name in names:
            return f"source {source.name}: {', '.join(clash) or 'the name'} is taken already"
        taken.update(source.promises)
        names.add(source.name)
        return ""

    return extensions.load(site, HOOK, Source, wrong)


def _is_said(promise: Promise) -> bool:
    texts = (promise.unit, promise.title, promise.help)
    return all(isinstance(text, str) and storable(text) for text in texts)
