"""The texts of Monitoring Settings about telling, a field each: what the form of the embedded site, programs
and settings of an earlier release have where people in the desk fill in tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vuurtoren.outward.addresses import LONGEST_ADDRESS, entries, plain
from vuurtoren.rules.rule import SEVERITIES
from vuurtoren.settings import quiet_hours
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

FIRST = 1
NUMBERS = (2, 3)
"""Level 1 are the usual recipients, who are told at once."""
USUAL_SEVERITY = "HIGH"
LONGEST_MINUTES = 10_080
CHANNEL_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
RECIPIENTS = {"recipients": FIRST, **{f"escalation_{number}_recipients": number for number in NUMBERS}}
"""The fields with mail addresses, and the level that they are about."""
ORDERS = {"channel_order": FIRST, **{f"escalation_{number}_channels": number for number in NUMBERS}}
PARALLEL = "parallel_channels"
QUIET = "quiet_hours"
LEVEL_FIELDS = {
    f"escalation_{number}_{part}": number for number in NUMBERS for part in ("minutes", "severity")
}
PEOPLE_ROWS, CHANNEL_ROWS, QUIET_ROWS, LEVEL_ROWS = KINDS = (
    "recipient_rows",
    "channel_rows",
    "quiet_hour_rows",
    "escalation_level_rows",
)
"""The tables that say the same."""
FIELDS: Mapping[str, tuple[str, ...]] = {
    PEOPLE_ROWS: tuple(RECIPIENTS),
    CHANNEL_ROWS: (*ORDERS, PARALLEL),
    QUIET_ROWS: (QUIET,),
    LEVEL_ROWS: tuple(LEVEL_FIELDS),
}
"""The texts of each table."""


@dataclass(frozen=True)
class Parsed:
    """What one text says: rows of a table, what of it no row can say, and a sentence for each of that."""

    rows: tuple[Row, ...] = ()
    left: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def recipients(key: str, text: object) -> Parsed:
    """Mail addresses, as they were written; a list, or between commas and line ends."""
    given = list(dict.fromkeys(entries(text)))
    good = [each for each in given if plain(each) and len(each) <= LONGEST_ADDRESS]
    bad = [each for each in given if each not in good]
    rows = tuple({"level": str(RECIPIENTS[key]), "user": "", "address": each} for each in good)
    said = tuple(f"{key}: {each[:LONGEST_ADDRESS]!r} is not a mail address" for each in bad)
    return Parsed(rows, tuple(bad), said)


def channels(key: str, text: object) -> Parsed:
    """Names of channels, each once."""
    given = dict.fromkeys(part.strip().lower() for part in re.split(r"[,\n]", str(text or "")))
    names = [name for name in given if name]
    bad = [name for name in names if not CHANNEL_NAME.fullmatch(name)]
    level, every = str(ORDERS.get(key, FIRST)), int(key == PARALLEL)
    rows = ({"level": level, "channel": name, "every_message": every} for name in names if name not in bad)
    return Parsed(tuple(rows), tuple(bad), tuple(f"{key}: {name!r} is no name of a channel" for name in bad))


def quiet(text: object) -> Parsed:
    """Lines like “LOW 20:00-08:00”."""
    found, refused = quiet_hours.parse(str(text or ""))
    rows = (
        {"severity": severity, "from_time": f"{each.start:%H:%M:%S}", "until_time": f"{each.until:%H:%M:%S}"}
        for severity, each in found.items()
    )
    return Parsed(tuple(rows), tuple(refused), tuple(refused.values()))


def level(number: int, values: Mapping[str, Any]) -> Parsed:
    """When a level is told, and of what; none where nothing was chosen. `left` are the names of fields."""
    key = f"escalation_{number}"
    minutes = whole_minutes(values.get(f"{key}_minutes"))
    severity = str(values.get(f"{key}_severity") or USUAL_SEVERITY)
    left, problems = [], []
    if severity not in SEVERITIES:
        left.append(f"{key}_severity")
        problems.append(
            Words("{0}_severity: {1} is not one of {2}", key, repr(severity), ", ".join(SEVERITIES))
        )
        severity = USUAL_SEVERITY
    if minutes is None:
        return Parsed((), (f"{key}_minutes", f"{key}_severity"), (*problems, too_long(number)))
    chosen = minutes or severity != USUAL_SEVERITY
    row: Row = {"level": str(number), "after_minutes": minutes, "severity": severity}
    return Parsed((row,) if chosen else (), tuple(left), tuple(problems))


def too_long(number: int) -> str:
    return Words("escalation_{0}_minutes: from 0 (not used) to {1}", number, LONGEST_MINUTES)


def whole_minutes(value: object) -> int | None:
    """A wait that an alert can have, 0 for none; None where it is no such number."""
    try:
        minutes = int(value or 0)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return None
    return minutes if 0 <= minutes <= LONGEST_MINUTES else None


def of_rows(rows: Mapping[str, Iterable[Row]]) -> dict[str, Any]:
    """The texts of these rows, given by the kind of row; each field, and without a row an empty text."""
    people, named, lines, levels = (list(rows[kind]) for kind in KINDS)
    texts: dict[str, Any] = {}
    for key, number in RECIPIENTS.items():
        texts[key] = "\n".join(_person(row) for row in people if row["level"] == str(number))
    for key in (*ORDERS, PARALLEL):
        place = (str(ORDERS.get(key, FIRST)), int(key == PARALLEL))
        texts[key] = "\n".join(
            str(row["channel"]) for row in named if (row["level"], int(row["every_message"] or 0)) == place
        )
    texts[QUIET] = "\n".join(quiet_line(row) for row in lines)
    for number in NUMBERS:
        row = next((row for row in levels if row["level"] == str(number)), {})
        texts[f"escalation_{number}_minutes"] = row.get("after_minutes") or 0
        texts[f"escalation_{number}_severity"] = row.get("severity") or USUAL_SEVERITY
    return texts


def quiet_line(row: Mapping[str, Any]) -> str:
    times = (quiet_hours.clock(row[field]) for field in ("from_time", "until_time"))
    return Words("{0} {1}", row["severity"], "-".join(times))


def _person(row: Mapping[str, Any]) -> str:
    return str(row.get("user") or row.get("address") or "")
