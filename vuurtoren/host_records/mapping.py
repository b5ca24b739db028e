"""How this site keeps the records of `names`: the site configuration's `host_records`, read as what it is.

    "host_records": {
      "Member": {
        "doctype": "Club Member",
        "fields": {"status": "state"},
        "values": {"status": {"Active": "Aktiv"}}
      },
      "SEPA Mandate": "Debit Permission",
      "Volunteer": ""
    }

A text is the DocType alone. An empty one says that this site keeps no such record, or no such field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vuurtoren.host_records.names import RECORDS, STANDARD
from vuurtoren.privacy.text import one_line
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site

CONFIG_KEY = "host_records"
PARTS = ("doctype", "fields", "values", "only")
DOCTYPE = re.compile(r"\w[\w .&/()-]{0,138}", re.UNICODE)
LONGEST_SHOWN = 60

Value = str | int


@dataclass(frozen=True)
class Kept:
    """How one record is kept: our field to the site's, our words in a field to the site's, and which rows.

    An empty name says that the site does not keep it. `only` holds the site's own fields and values: rows
    with others are no such record.
    """

    doctype: str
    fields: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, tuple[Value, ...]]] = field(default_factory=dict)
    only: Mapping[str, Value] = field(default_factory=dict)

    def stored(self, fieldname: str, value: Any) -> tuple[Any, ...]:
        """The values that the site stores for ours; ours itself where the mapping does not speak of it."""
        words = self.values.get(fieldname, {})
        if value in words:
            return words[value]
        listed = [each for stored in words.values() for each in stored]
        only_numbers = listed and all(isinstance(each, int) for each in listed)
        return () if value in listed or (only_numbers and isinstance(value, str)) else (value,)

    def read(self, fieldname: str, stored: Any) -> Any:
        """Our value for what the site stores: its own where the mapping does not name it.

        What the site calls as we call something else is marked, so that it is never counted as ours.
        """
        words = self.values.get(fieldname)
        if not words or not _is_value(stored):
            return stored
        for word, listed in words.items():
            if stored in listed:
                return word
        return f"{stored} (not mapped)" if stored in words else stored


@dataclass(frozen=True)
class Reading:
    """The mapping of a site, with a sentence for everything in it that had to be ignored."""

    kept: Mapping[str, Kept] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def read(configured: object) -> Reading:
    """The mapping that the configured value means; what is not in it is kept under our names."""
    if configured is None:
        return Reading()
    if not isinstance(configured, Mapping):
        return Reading(problems=(f"{CONFIG_KEY} in the site configuration is no mapping; it is ignored",))
    found: dict[str, Kept] = {}
    problems: list[str] = []
    for record, told in configured.items():
        if record not in RECORDS:
            problems.append(_sentence(record, "is no record that the monitor reads"))
            continue
        reader = _Reader(str(record))
        found[record] = reader.kept(told)
        problems += reader.problems
    return Reading(found, tuple(problems))


def of(site: Site) -> Reading:
    """The mapping of this site; raises Unavailable while its configuration cannot be read."""
    return read(site.conf(CONFIG_KEY))


def problems(site: Site) -> list[str]:
    """A sentence for each part of the configured mapping that is ignored."""
    try:
        return list(of(site).problems)
    except Unavailable:
        return []  # which is named by whoever needs the configuration


@dataclass
class _Reader:
    """Reads what is said about one record."""

    record: str
    problems: list[str] = field(default_factory=list)

    def kept(self, told: object) -> Kept:
        if told is None or isinstance(told, str):
            return Kept(self._doctype(told))
        if not isinstance(told, Mapping):
            self._ignored("", "is neither a DocType nor a mapping")
            return Kept(self.record)
        for part in told:
            if part not in PARTS:
                self._ignored(part, f"is none of {', '.join(PARTS)}")
        return Kept(
            self._doctype(told.get("doctype", self.record)),
            dict(self._fields(told.get("fields"))),
            dict(self._values(told.get("values"))),
            dict(self._only(told.get("only"))),
        )

    def _doctype(self, told: object) -> str:
        if told is None or told == "":
            return ""
        if isinstance(told, str) and DOCTYPE.fullmatch(told):
            return told
        self._ignored("doctype", "is no name of a DocType")
        return self.record

    def _fields(self, told: object) -> Iterator[tuple[str, str]]:
        for name, stored in self._mapping("fields", told):
            if not self._is_field(name) or name == "name":
                self._ignored(name, "is no field that the monitor reads")
            elif stored is None or stored == "":
                yield name, ""
            elif isinstance(stored, str) and stored.isidentifier():
                yield name, stored
            else:
                self._ignored(name, "does not name a field")

    def _values(self, told: object) -> Iterator[tuple[str, dict[str, tuple[Value, ...]]]]:
        for name, words in self._mapping("values", told):
            if not self._is_field(name):
                self._ignored(name, "is no field that the monitor reads")
                continue
            listed = {
                word: tuple(stored if isinstance(stored, list) else [stored])
                for word, stored in self._mapping(name, words)
            }
            every = [each for stored in listed.values() for each in stored]
            if not all(map(_is_value, every)):
                self._ignored(name, "has a value that is neither a text nor a whole number")
            elif len(set(every)) < len(every):
                self._ignored(name, "has one value for two words")
            elif listed:
                yield name, listed

    def _only(self, told: object) -> Iterator[tuple[str, Value]]:
        for name, value in self._mapping("only", told):
            if name.isidentifier() and _is_value(value):
                yield name, value
            else:
                self._ignored(name, "is no field with a text or a whole number")

    def _mapping(self, part: str, told: object) -> Iterator[tuple[str, Any]]:
        if isinstance(told, Mapping):
            yield from ((str(name), value) for name, value in told.items())
        elif told is not None:
            self._ignored(part, "is no mapping")

    def _is_field(self, name: str) -> bool:
        return name in RECORDS[self.record].fields or name in STANDARD

    def _ignored(self, part: object, why: str) -> None:
        self.problems.append(_sentence(f"{self.record}, {part}" if part else self.record, why))


def _is_value(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _sentence(what: object, why: str) -> str:
    shown = one_line(str(what), LONGEST_SHOWN)
    return f"{CONFIG_KEY} in the site configuration: {shown} {why}; it is ignored"
