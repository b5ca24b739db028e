"""Every signal that this app brings: whichever folders there are, and what follows from them.

To delete a folder is to delete the signal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pkgutil import iter_modules

from vuurtoren import signals
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.recount import Reading, Recount
from vuurtoren.metrics.source import Source
from vuurtoren.rules.rule import Rule
from vuurtoren.signals.panel import SignalPanel
from vuurtoren.signals.placement import Placement, Slot
from vuurtoren.signals.signal import Signal

MEASURED = (
    *(
        "machine",
        "database",
        "scheduler",
        "mail",
        "services",
        "errors",
        "requests",
        "cache",
        "safety",
        "people",
    ),
    *("association", "sepa", "compliance", "trail", "monitor"),
)
"""The order in which signals are measured, and stand on the page; one that is not named comes last."""
JUDGED = (
    *("errors", "requests", "sepa", "compliance", "association", "trail", "scheduler", "mail", "services"),
    *("machine", "database", "cache", "safety", "monitor"),
)
"""The order in which their rules are judged, and listed in Monitoring Settings."""


def _discovered() -> Iterator[Signal]:
    for module in iter_modules(signals.__path__):
        if module.ispkg:
            yield import_module(f"{signals.__name__}.{module.name}").SIGNAL


def _in_order(given: Iterable[Signal], names: Sequence[str]) -> tuple[Signal, ...]:
    place = {name: number for number, name in enumerate(names)}
    return tuple(sorted(given, key=lambda signal: (place.get(signal.name, len(names)), signal.name)))


SIGNALS = _in_order(_discovered(), MEASURED)
SOURCES: tuple[Source, ...] = tuple(source for signal in SIGNALS for source in signal.sources)
PROMISES: dict[str, Promise] = {key: each for source in SOURCES for key, each in source.promised.items()}
UNITS: dict[str, str] = {key: promise.unit for key, promise in PROMISES.items()}
"""The unit of every metric key."""
SHIPPED: tuple[Rule, ...] = tuple(rule for signal in _in_order(SIGNALS, JUDGED) for rule in signal.rules)
BY_KEY: dict[str, Rule] = {rule.key: rule for rule in SHIPPED}
PLACEMENTS: tuple[Placement, ...] = tuple(
    sorted((placed for signal in SIGNALS for placed in signal.placements), key=lambda placed: placed.order)
)
PANELS: tuple[SignalPanel, ...] = tuple(panel for signal in SIGNALS for panel in signal.panels)
RECOUNTS: dict[str, Recount] = {key: each for signal in SIGNALS for key, each in signal.recount.items()}
READINGS: tuple[Reading, ...] = tuple(reading for signal in SIGNALS for reading in signal.readings)


def placed(slot: Slot) -> tuple[Placement, ...]:
    """What stands in this slot of the page, in its order."""
    return tuple(placement for placement in PLACEMENTS if placement.slot == slot)
