"""How a metric that counts the rows of a span of time is counted again for a moment of the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(frozen=True)
class Log:
    """A DocType whose rows are events: which of them count, and the field that says when."""

    doctype: str
    when: str
    filters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recount:
    """The span before each moment, and the logs whose events in it are counted, as the source counts them."""

    span: timedelta
    logs: tuple[Log, ...]
