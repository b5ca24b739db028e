"""Which machine of a bench on several has fallen silent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from vuurtoren.metrics.hosts import heard, named
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.site.names import this_host

KEY = "host.silent_seconds"
PROMISES = {
    KEY: Promise("s", "Machine not heard of", "How long ago this machine of the bench was last heard of.")
}
CLOCKS_DIFFER = timedelta(minutes=2)


def measure_silence(context: Context) -> Iterable[Metric]:
    names = named(context.site)
    if not names:
        yield context.unknown(KEY, "this bench runs on one machine")
        return
    found, now = heard(context, names), context.site.now_utc()
    for name in names:
        seen_at = now if name == this_host() else found[name].seen_at if name in found else None
        if seen_at is None:
            yield context.unknown(KEY, "it has not been heard of yet", host=name)
        elif seen_at - now > CLOCKS_DIFFER:
            yield context.unknown(KEY, "its clock is ahead of that of this machine", host=name)
        else:
            yield context.known(KEY, max(0, round((now - seen_at).total_seconds())), host=name)


SOURCES = (Source("host.others", PROMISES, measure_silence, keep_seconds=30, local=True),)
"""Before the other sources of the machine, which tell the numbers of those that are heard."""
