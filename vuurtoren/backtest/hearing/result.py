"""Who would have heard of what, as lines for people and as plain data for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from vuurtoren.backtest.hearing.of_late import Told
from vuurtoren.backtest.hearing.preview import Preview, Reader
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.plurals import plural


def as_lines(site: Site, settings: Settings, found: Preview) -> Iterator[str]:
    """One line a reader, then what is wrong with a route, and what all this rests on."""
    yield headline(site, found)
    for reader in found.readers:
        addresses = ", ".join(reader.addresses) or site.translate("nobody")
        yield f"  {reader.title} ({addresses}): {said(site, reader)}"
    yield from found.problems
    yield from rests_on(site, settings, found)


def headline(site: Site, found: Preview) -> str:
    text = plural(
        site.translate, found.alerts, "1 alert in {1} days, and who hears of it:",
        "{0} alerts in {1} days, and who hears of them:",
    )  # fmt: skip
    return text.format(found.alerts, found.days)


def said(site: Site, reader: Reader) -> str:
    """ "12 alerts (10 replayed, 2 as stored): CRITICAL 2, HIGH 10; most often “Backup overdue”"."""
    count = plural(site.translate, reader.alerts, "1 alert", "{0} alerts").format(reader.alerts)
    if not reader.alerts:
        return count
    severities = ", ".join(f"{site.translate(name)} {many}" for name, many in reader.by_severity.items())
    often = site.translate("most often {0}").format(reader.often)
    return f"{count} ({_whence(site, reader)}): {severities}; {often}"


def _whence(site: Site, reader: Reader) -> str:
    parts = (
        (reader.replayed, site.translate("{0} replayed")),
        (reader.alerts - reader.replayed, site.translate("{0} as stored")),
    )
    return ", ".join(text.format(many) for many, text in parts if many)


def rests_on(site: Site, settings: Settings, found: Preview) -> Iterator[str]:
    """How much of the time has history, and for what the stored alerts count; a sentence each."""
    _, basis = site.translate, found.rests_on
    if basis.rules:
        text = _("Rules replayed as they hold now: {0}. Days of these {1} with history: {2}.")
        least, most = (min(days, found.days) for days in (basis.least_days, basis.most_days))
        days = str(most) if least == most else _("{0} to {1}, by rule").format(least, most)
        yield text.format(basis.rules, found.days, days)
    yield _("Of events, and of the time before a rule's history, the stored alerts count.")
    if basis.without_history:
        text = _("So they do of rules without history: {0}.")
        yield text.format(_titles(site, settings, basis.without_history))
    if basis.left:
        text = _("Too much is stored to replay all at once; the stored alerts count of: {0}.")
        yield text.format(_titles(site, settings, basis.left))
    if basis.not_in_force:
        text = _("Stored alerts left out, as their rule is off or gone now: {0}.")
        yield text.format(basis.not_in_force)
    if basis.cut:
        yield _("More alerts are stored; these are the newest.")


def _titles(site: Site, settings: Settings, keys: Iterable[str]) -> str:
    return ", ".join(settings.title(key, site) for key in keys)


def as_data(found: Preview) -> dict[str, Any]:
    """The same for a program."""
    return {
        "days": found.days,
        "alerts": found.alerts,
        "problems": list(found.problems),
        "rests_on": asdict(found.rests_on),
        "readers": [_reader(each) for each in found.readers],
    }


def _reader(reader: Reader) -> dict[str, Any]:
    return asdict(reader) | {"newest": [_told(each) for each in reader.newest]}


def _told(told: Told) -> dict[str, Any]:
    return asdict(told) | {"at": told.at.isoformat(" ", "seconds")}
