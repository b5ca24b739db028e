"""How the past of a metric is told from what the site keeps: rows of logs counted, or one reading of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from vuurtoren.host_records import records
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site

Sample = tuple[datetime, float]


@dataclass(frozen=True)
class Log:
    """A DocType whose rows are events: which of them count, and the field that says when.

    `record` says that the names are those of `host_records`. Where `day` names a date, a row counts only if
    it is that of its moment: what is entered later for an earlier day was not there on that day.
    """

    doctype: str
    when: str
    filters: Mapping[str, Any] = field(default_factory=dict)
    record: bool = False
    day: str = ""
    dated: bool = False
    """Whether `when` is a date alone."""


@dataclass(frozen=True)
class Recount:
    """The span before each moment, and the logs whose events in it are counted, as the source counts them.

    With `since` the span begins at midnight, or at midnight on Monday: "today" and "this week".
    """

    span: timedelta
    logs: tuple[Log, ...]
    since: Literal["", "day", "week"] = ""


@dataclass(frozen=True)
class Reading:
    """A past that is no count of rows: what it is read from, and one function that tells it by metric.

    `read` is given the site and the moments from when and until when, in site time.
    """

    told_from: str
    metrics: tuple[str, ...]
    read: Callable[[Site, datetime, datetime], Mapping[str, Sequence[Sample]]]


def kept(site: Site, log: Log) -> Log | None:
    """The log as this site calls and keeps it; None where it does not."""
    if not log.record:
        return log if site.has_doctype(log.doctype) else None
    try:
        host = records.of(site)
        doctype = host.needed(log.doctype, log.when, *filter(None, [log.day]))
        filters = host.asked(log.doctype, log.filters)
    except Unavailable:
        return None
    day = host.fieldname(log.doctype, log.day) if log.day else ""
    return Log(doctype, host.fieldname(log.doctype, log.when), filters, day=day, dated=log.dated)
