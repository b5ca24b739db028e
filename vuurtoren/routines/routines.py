"""The list of a period: opened once, answered by data, ticked by people, looked back at when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from vuurtoren.alerts.alerts import NotPossible, words
from vuurtoren.health import readiness
from vuurtoren.privacy.text import clean
from vuurtoren.routines import items, periods
from vuurtoren.routines.items import Item, State
from vuurtoren.routines.periods import ROUTINES, Routine
from vuurtoren.settings.settings import Settings
from vuurtoren.site.errors import AlreadyExists
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

DOCTYPE = "Monitoring Routine Item"
FIELDS = ["name", "routine", "period", "item", "answer", "said", "done_by", "done_at", "note"]


@dataclass(frozen=True)
class Line:
    """One item of a period, what data says of it now, and who ticked it when."""

    key: str
    item: Item
    state: State
    said: str
    done_by: str = ""
    done_at: datetime | None = None
    note: str = ""

    @property
    def done(self) -> bool:
        """Ticked by a person, or answered by data as well."""
        return self.state == "well" or bool(self.done_at)


@dataclass(frozen=True)
class Calendar:
    """The list of one routine now, and a sentence for each earlier period in which something was missed."""

    routine: Routine
    period: str
    lines: tuple[Line, ...]
    missed: tuple[str, ...]

    @property
    def left(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if not line.done)


def kept(site: Site) -> bool:
    """False before the migration that brings the ticks."""
    return readiness.keeps(site, DOCTYPE) and items.kept(site)


def calendars(site: Site, settings: Settings) -> tuple[Calendar, ...]:
    """The list of today, of this week and of this month."""
    return tuple(_calendar(site, settings, routine, site.now().date()) for routine in ROUTINES)


def _calendar(site: Site, settings: Settings, routine: Routine, day: date) -> Calendar:
    period = periods.key(routine, day)
    rows = {str(row["item"]): row for row in _rows(site, routine, [period])}
    lines = tuple(
        _line(site, settings, item, period, rows.get(item.key))
        for item in items.ITEMS
        if item.routine == routine
    )
    return Calendar(routine, period, lines, tuple(_missed(site, routine, day)))


def _line(site: Site, settings: Settings, item: Item, period: str, row: Row | None) -> Line:
    answer = item.answer(site, settings)
    ticked = (str(row["done_by"] or ""), row["done_at"], str(row["note"] or "")) if row else ("", None, "")
    return Line(name_of(item, period), item, answer.state, answer.said, *ticked)


def name_of(item: Item, period: str) -> str:
    """The name of the row; the database allows each once."""
    return f"{item.routine}-{period}-{item.key}"


def open_period(site: Site, settings: Settings, routine: Routine) -> bool:
    """Write the items of the period of now with what data says, once; whether this caller did. Commits.

    What data could not say well then and can now is written as well: that is what is looked back at when the
    period is over.
    """
    period = periods.key(routine, site.now().date())
    there = {str(row["item"]): row for row in _rows(site, routine, [period])}
    fresh = []
    for item in items.ITEMS:
        if item.routine != routine:
            continue
        row, answer, name = there.get(item.key), item.answer(site, settings), name_of(item, period)
        if row is None:
            made = {"name": name, "tick_key": name, "routine": routine, "period": period, "item": item.key}
            fresh.append(made | {"answer": answer.state, "said": clean(answer.said)})
        elif answer.state == "well" != row["answer"]:
            site.update(DOCTYPE, name, {"answer": "well", "said": clean(answer.said)})
    try:
        site.insert_many(DOCTYPE, fresh)
    except AlreadyExists:
        site.rollback()
        return False
    site.commit()
    return bool(fresh)


def _missed(site: Site, routine: Routine, day: date) -> list[str]:
    """Earlier periods with items that neither data nor a person answered; or in which nothing was asked.

    Before the first period that was ever opened nothing was missed.
    """
    first = site.get_all(DOCTYPE, ["creation"], {"routine": routine}, order_by="creation", limit=1)
    if not first:
        return []
    began = periods.begins(routine, first[0]["creation"].date())
    earlier = [begun for begun in periods.earlier(routine, day) if begun >= began]
    by_period: dict[str, list[Row]] = {}
    for row in _rows(site, routine, [periods.key(routine, begun) for begun in earlier]):
        by_period.setdefault(str(row["period"]), []).append(row)
    sentences = []
    for begun in earlier:
        period = periods.key(routine, begun)
        rows = by_period.get(period)
        left = [row for row in rows or () if row["answer"] != "well" and not row["done_at"]]
        if rows is None:
            text = site.translate("{0}: nothing was asked, as the scheduler did not run.")
            sentences.append(text.format(periods.named(period, site.translate)))
        elif left:
            titles = [_title(site, routine, str(row["item"])) for row in left]
            named = periods.named(period, site.translate)
            sentences.append(site.translate("{0}: not done: {1}").format(named, ", ".join(titles)))
    return sentences


def _title(site: Site, routine: Routine, key: str) -> str:
    item = items.BY_KEY.get((routine, key))
    return site.translate(item.title) if item else key


def tick(site: Site, key: str, note: str = "") -> str:
    """Keep that somebody did this, with name and time; the title of the item. The caller commits.

    Raises NotPossible where there is no such item now, or somebody ticked it already.
    """
    item, period = _asked(site, key)
    said = words(site, note)
    done = {"done_by": site.user(), "done_at": site.now(), "note": said}
    made = {"name": key, "tick_key": key, "routine": item.routine, "period": period, "item": item.key}
    try:
        if site.get(DOCTYPE, key) is None:
            site.insert_many(DOCTYPE, [made | {"answer": "asked", "said": ""} | done])
        elif not site.update(DOCTYPE, key, done, expect={"done_at": None}):
            raise NotPossible(site.translate("Somebody ticked this already: look again."))
    except AlreadyExists:
        raise NotPossible(site.translate("Somebody ticked this already: look again.")) from None
    return site.translate(item.title)


def untick(site: Site, key: str) -> str:
    """Take the tick back; the title of the item. Raises NotPossible without one. The caller commits."""
    item, _ = _asked(site, key)
    row = site.get(DOCTYPE, key)
    gone = {"done_by": None, "done_at": None, "note": None}
    if (
        not row
        or not row["done_at"]
        or not site.update(DOCTYPE, key, gone, expect={"done_at": row["done_at"]})
    ):
        raise NotPossible(site.translate("This is not ticked."))
    return site.translate(item.title)


def _asked(site: Site, key: str) -> tuple[Item, str]:
    """The item of a period of now; what is over is not changed any more."""
    for item in items.ITEMS if kept(site) else ():
        period = periods.key(item.routine, site.now().date())
        if key == name_of(item, period):
            return item, period
    raise NotPossible(site.translate("The lists of now have no such item."))


def _rows(site: Site, routine: Routine, wanted: Sequence[str]) -> list[Row]:
    filters = {"routine": routine, "period": ("in", list(wanted))}
    return site.get_all(DOCTYPE, FIELDS, filters, order_by="name") if wanted else []


def trim(site: Site, older_than: datetime, limit: int) -> int:
    """Delete ticks older than this."""
    return site.delete(DOCTYPE, {"creation": ("<", older_than)}, limit=limit) if kept(site) else 0
