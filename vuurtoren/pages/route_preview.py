"""Who would have heard of what by a route that somebody is filling in, for the form of an Alert Route."""

from __future__ import annotations

from markupsafe import Markup

from vuurtoren.backtest.hearing.of_late import Told
from vuurtoren.backtest.hearing.preview import Preview, Reader
from vuurtoren.backtest.hearing.result import headline, rests_on, said
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment

NOTE = Markup('<p class="text-muted">{}</p>')
READER = Markup("<h5>{}</h5><p>{}</p>{}")
TABLE = Markup('<table class="table table-condensed"><tbody>{}</tbody></table>')
ROW = Markup('<tr><td style="white-space: nowrap">{}</td><td>{}</td><td>{}</td></tr>')


def fragment(site: Site, settings: Settings, found: Preview) -> Markup:
    """Each reader with addresses, how many alerts, and the newest of them, and what that rests on; everything
    in it is escaped."""
    readers = Markup("").join(_reader(site, reader) for reader in found.readers)
    notes = (*found.problems, *rests_on(site, settings, found))
    return NOTE.format(headline(site, found)) + readers + Markup("").join(map(NOTE.format, notes))


def _reader(site: Site, reader: Reader) -> Markup:
    addresses = ", ".join(reader.addresses) or site.translate("nobody")
    rows = Markup("").join(_row(site, told) for told in reader.newest)
    return READER.format(
        f"{reader.title} ({addresses})", said(site, reader), TABLE.format(rows) if rows else ""
    )


def _row(site: Site, told: Told) -> Markup:
    return ROW.format(moment(told.at, site.translate), site.translate(told.severity), told.message)
