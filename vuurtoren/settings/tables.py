"""The tables of Monitoring Settings about telling, with what stands in texts still.

People in the desk fill in tables; what a text says holds as well, behind a table's own rows, so that nothing
is lost between an update and its migration, or of what a program writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vuurtoren.outward.addresses import plain
from vuurtoren.settings import text_forms
from vuurtoren.settings.text_forms import (
    CHANNEL_ROWS,
    FIRST,
    KINDS,
    LEVEL_FIELDS,
    LEVEL_ROWS,
    NUMBERS,
    PEOPLE_ROWS,
    QUIET,
    QUIET_ROWS,
    RECIPIENTS,
    USUAL_SEVERITY,
    Parsed,
)
from vuurtoren.site.values import Row

COLUMNS = {
    PEOPLE_ROWS: ("level", "user", "address"),
    CHANNEL_ROWS: ("level", "channel", "every_message"),
    QUIET_ROWS: ("severity", "from_time", "until_time"),
    LEVEL_ROWS: ("level", "after_minutes", "severity"),
}


@dataclass(frozen=True)
class Joined:
    """The rows in force by table, what stays in its text because no row says it, and a sentence for each of
    that, by the text's field."""

    rows: Mapping[str, list[Row]]
    left: Mapping[str, Any]
    problems: Mapping[str, list[str]]

    def people(self, number: int) -> list[str]:
        """Who is told on this level, as it was written; what cannot be read too, for the reader to name."""
        told = [str(row["address"] or "") for row in self.rows[PEOPLE_ROWS] if _level(row, FIRST) == number]
        left = [text for key, of in RECIPIENTS.items() if of == number for text in self.left[key].split("\n")]
        return [each for each in (*told, *left) if each]

    def channels(self, number: int, every_message: bool = False) -> list[str]:
        """The channels of this level in their order, or those that get every message."""
        place = (number, every_message)
        rows = self.rows[CHANNEL_ROWS]
        named = (str(r["channel"] or "") for r in rows if (_level(r, 0), bool(r["every_message"])) == place)
        return list(dict.fromkeys(name for name in named if name))

    def said(self, *keys: str) -> list[str]:
        """The sentences about these fields."""
        return [sentence for key in keys for sentence in self.problems.get(key, ())]


def join(values: Mapping[str, Any]) -> Joined:
    """The tables among these values of Monitoring Settings, and the rows that its texts say behind them."""
    rows = {table: [_row(table, row) for row in values.get(table) or []] for table in KINDS}
    left: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for key in text_forms.FIELDS[PEOPLE_ROWS]:
        _join_list(rows[PEOPLE_ROWS], key, text_forms.recipients(key, values.get(key)), left, problems)
    for key in text_forms.FIELDS[CHANNEL_ROWS]:
        _join_list(rows[CHANNEL_ROWS], key, text_forms.channels(key, values.get(key)), left, problems)
    _join_quiet(rows[QUIET_ROWS], text_forms.quiet(values.get(QUIET)), left, problems)
    for number in NUMBERS:
        _join_level(rows[LEVEL_ROWS], number, values, left, problems)
    return Joined(rows, left, problems)


def texts(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the tables and texts among these values say, as texts alone."""
    held = join(values)
    whole = text_forms.of_rows(held.rows)
    for key, left in held.left.items():
        if key in LEVEL_FIELDS:
            whole[key] = whole[key] if left in (0, USUAL_SEVERITY) else left
        elif left:
            whole[key] = f"{whole[key]}\n{left}".strip("\n")
    return whole


def _join_list(
    rows: list[Row], key: str, parsed: Parsed, left: dict[str, Any], problems: dict[str, list[str]]
) -> None:
    there = {_identity(row) for row in rows}
    rows += [row for row in parsed.rows if _identity(row) not in there]
    left[key], problems[key] = "\n".join(parsed.left), list(parsed.problems)


def _join_quiet(
    rows: list[Row], parsed: Parsed, left: dict[str, Any], problems: dict[str, list[str]]
) -> None:
    """A row that people made holds against a line about the same severity."""
    there = {str(row["severity"]): text_forms.quiet_line(row) for row in rows}
    kept, said = list(parsed.left), list(parsed.problems)
    for row in parsed.rows:
        line = text_forms.quiet_line(row)
        if row["severity"] not in there:
            rows.append(row)
        elif there[row["severity"]] != line:
            kept.append(line)
            said.append(f"{QUIET}: {line!r} is not what the row about {row['severity']} says, which holds")
    left[QUIET], problems[QUIET] = "\n".join(kept), said


def _join_level(
    rows: list[Row],
    number: int,
    values: Mapping[str, Any],
    left: dict[str, Any],
    problems: dict[str, list[str]],
) -> None:
    """A row that people made holds against the fields of the same level."""
    parsed = text_forms.level(number, values)
    minutes, severity = fields = (f"escalation_{number}_minutes", f"escalation_{number}_severity")
    kept, said = set(parsed.left), list(parsed.problems)
    there = next((row for row in rows if str(row["level"]) == str(number)), None)
    if there is None:
        rows += parsed.rows
    elif parsed.rows and parsed.rows[0] != there:
        kept.update(fields)
        said.append(f"{minutes}: not what the row about level {number} says, which holds")
    usual = {minutes: 0, severity: USUAL_SEVERITY}
    left.update({key: values.get(key) if key in kept else usual[key] for key in fields})
    problems[minutes] = said


def _row(table: str, row: Mapping[str, Any]) -> Row:
    """Of a stored row, or of one that is being saved, what people chose."""
    return {column: row.get(column) for column in COLUMNS[table]}


def _identity(row: Row) -> tuple[str, ...]:
    """By which two rows of a list say the same."""
    if "address" in row:
        said = str(row["user"] or row["address"] or "")
        return str(row["level"]), (plain(said) or said).lower()
    return str(row["level"]), str(row["channel"]), str(bool(row["every_message"]))


def _level(row: Row, otherwise: int) -> int:
    """A row without a level that exists is about `otherwise`."""
    level = str(row["level"] or FIRST)
    return int(level) if level in map(str, (FIRST, *NUMBERS)) else otherwise


def levels_of(rows: Iterable[Row]) -> list[str]:
    """The levels that these rows name and that do not exist."""
    return [str(row["level"]) for row in rows if _level(row, 0) == 0]
