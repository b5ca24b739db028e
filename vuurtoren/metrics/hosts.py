"""The machines of a bench that is spread over several: whose the numbers are, and what each tells the others.

`monitoring_hosts` in the configuration names them, as each calls itself. Without it a bench is one machine,
whatever its containers are called, and numbers carry no name. A machine is heard of when its workers sign on
with the queues, when it has done a job or a check, and when it has answered a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from vuurtoren.metrics.host import own
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.metrics.source import Context
from vuurtoren.site import configured
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.names import LONGEST_HOST, this_host
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import HostSeen
from vuurtoren.site.words.words import Words

CONFIG_KEY = "monitoring_hosts"
GROUP = "host"
"""The sources that are about the machine of the process."""
NUMBERS_HOLD = timedelta(minutes=30)
"""What a machine told of itself so long ago says nothing about now."""
MOST_HOSTS = 50
_KEPT = "hosts of the bench"


def named(site: Site) -> list[str]:
    """The machines that the configuration names; none where the bench is on one. Raises Unavailable."""
    names = [name[:LONGEST_HOST] for name in configured.texts(site, CONFIG_KEY)]
    return sorted(dict.fromkeys(names))[:MOST_HOSTS]


def heard(context: Context, names: Iterable[str]) -> dict[str, HostSeen]:
    """Each of these machines that was ever heard of, as it is heard now or was heard before; keeps them for
    `of_each_host`."""
    found = _kept(context)
    try:
        now = context.site.hosts()
    except Unavailable:
        now = ()  # the queues and the cache tell it themselves, and the silence grows
    for each in now:
        found[each.name] = found[each.name].with_newer(each) if each.name in found else each
    found = {name: found[name] for name in names if name in found}
    context.kept.put(_KEPT, [each.as_plain() for each in found.values()])
    return found


def of_each_host(measure: Callable[[Context], Iterable[Metric]]) -> Callable[[Context], Iterable[Metric]]:
    """The same of every machine of the bench: measured on this one, and as each other last told it."""

    def measured(context: Context) -> Iterator[Metric]:
        names = named(context.site)
        for metric in measure(context):
            yield replace(metric, labels=own()) if names else metric
        kept = _kept(context)
        for name in names:
            if name != this_host():
                yield from _told_by(name, kept.get(name), context)

    return measured


def announce(site: Site, snapshot: Snapshot, *, works: bool) -> None:
    """Tell the other machines, where there are any, what was measured on this one; `works`: that it works off
    queues. Raises Unavailable while the configuration cannot be read."""
    if not named(site):
        return
    numbers = {
        each.key: each.value
        for each in snapshot
        if each.known and each.labels == own() and each.source.partition(".")[0] == GROUP
    }
    now = site.now_utc()
    site.announce_host(HostSeen(this_host(), now, works, now, numbers))


def _told_by(name: str, other: HostSeen | None, context: Context) -> Iterator[Metric]:
    """Nothing of a machine that fell silent: the silence is a number of its own, and is told once."""
    site = context.site
    if other is None or other.said_at is None:
        for key in context.source.promises:
            yield context.unknown(key, Words("{0} has told no numbers yet", name), host=name)
    elif abs(site.now_utc() - other.said_at) <= NUMBERS_HOLD:
        for key in context.source.promises:
            value = other.numbers.get(key)
            if isinstance(value, int | float | str):
                told = context.known(key, value, host=name)
                yield replace(told, measured_at=site.from_utc(other.said_at))


def _kept(context: Context) -> dict[str, HostSeen]:
    kept = context.kept.get(_KEPT)
    read = map(HostSeen.from_plain, kept) if isinstance(kept, list) else ()
    return {each.name: each for each in read if each}
