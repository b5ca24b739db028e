"""What the host app wrote about the files of the bank that it read itself (SEPA Return File Log).

Its text is JSON with an item a return, or lines in words. An item is kept even where it names no collection
that we know: the file told that something came back. Of lines in words only those count that name one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from vuurtoren.compliance.reading import mandates
from vuurtoren.compliance.reading.values import among, cents, day, pages, text
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.returned.codes import found_code
from vuurtoren.compliance.returned.placing import placed
from vuurtoren.compliance.returned.stored import News
from vuurtoren.host_records.names import MEMBER, RETURN_FILE
from vuurtoren.site.strangers import NotReadable, json_value
from vuurtoren.site.values import Row

FIELDS = ("processing_result", "processing_date", "creation")
MOST_TOLD = 5_000
DEEPEST = 6
INVOICE = ("invoice", "sales_invoice", "invoice_name")
END_TO_END = ("end_to_end_id", "EndToEndId", "endToEndId")
MANDATE = ("mandate_reference", "mandate_id")
PERSON = ("member_reference", "member_id", "member")
CODE = ("return_code", "reason_code", "result_code", "code")
AMOUNT = ("amount", "return_amount")
_WORD = re.compile(r"[^\s;,|\"']{4,140}")


@dataclass(frozen=True)
class Told:
    """One return as a log tells it; `words` are those of a line, one of which may name the collection."""

    code: str = ""
    end_to_end_id: str = ""
    mandate_reference: str = ""
    person: str = ""
    cents: int | None = None
    words: tuple[str, ...] = ()


def told_in(result: str) -> list[Told]:
    """Every return that the text of a log tells of; none where it tells of none, or cannot be read."""
    if result.lstrip()[:1] in ("{", "["):
        try:
            return list(_items(json_value(result), 0))[:MOST_TOLD]
        except NotReadable:
            return []
    lines = ((found_code(line), line) for line in result.splitlines()[:MOST_TOLD])
    return [Told(code, words=tuple(_WORD.findall(line))) for code, line in lines if code]


def _items(value: Any, depth: int) -> Iterator[Told]:
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        found = _item(value)
        if found:
            yield found
            return
        value = list(value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from _items(each, depth + 1)


def _item(item: Mapping[str, Any]) -> Told | None:
    end_to_end_id, mandate, person = (
        _first(item, keys) for keys in ((*END_TO_END, *INVOICE), MANDATE, PERSON)
    )
    if not (end_to_end_id or mandate or person):
        return None
    said = _first(item, CODE) or " ".join(str(each) for each in item.values() if isinstance(each, str))
    amount = next((item[key] for key in AMOUNT if key in item), None)
    return Told(found_code(said), end_to_end_id, mandate, person, cents(amount))


def _first(item: Mapping[str, Any], keys: Sequence[str]) -> str:
    return next((text(item[key])[:140] for key in keys if isinstance(item.get(key), str | int)), "")


def from_file_logs(world: World, since: date, written: Mapping[str, Any]) -> Iterator[list[News]]:
    """The returns that logs since a day tell of, placed where they name a collection of ours."""
    if not world.host.has_field(RETURN_FILE, "processing_result"):
        return
    for rows in pages(world.host, RETURN_FILE, FIELDS, {"creation": (">=", since), **written}, size=50):
        for row in rows:
            told = told_in(text(row.get("processing_result")))
            if told:
                yield _news(world, row, told)


def _news(world: World, row: Row, told: Sequence[Told]) -> list[News]:
    items = [each for each in told if not each.words]
    found = _with_people(world, placed(world, [_of(row, each, n) for n, each in enumerate(items)]), items)
    lines = [each for each in told if each.words]
    by_word = [(number, word) for number, each in enumerate(lines) for word in each.words]
    tried = placed(world, [_of(row, replace(lines[n], end_to_end_id=word), n) for n, word in by_word])
    named: dict[int, News] = {}
    for (number, _word), news in zip(by_word, tried, strict=True):
        if news.batch:
            named.setdefault(number, news)
    return [*found, *named.values()]


def _of(row: Row, told: Told, number: int) -> News:
    return News(
        told.code,
        "Bank File",
        source_name=str(row["name"]),
        end_to_end_id=told.end_to_end_id,
        mandate_reference=told.mandate_reference,
        cents=told.cents,
        arrived_on=day(row.get("processing_date")) or day(row.get("creation")),
        key=f"{row['name']}|{number}",
    )


def _with_people(world: World, found: Sequence[News], told: Sequence[Told]) -> list[News]:
    """Those that name no collection have at least the mandate and the member that they name."""
    references = sorted({each.mandate_reference for each in found if not each.batch} - {""})
    known = mandates.by_reference(world, references) if references else {}
    numbers = sorted({item.person for item in told} - {""})
    by_number = {
        text(row.get("member_id")): str(row["name"])
        for row in among(world.host, MEMBER, ("member_id",), "member_id", numbers)
    }
    made = []
    for each, item in zip(found, told, strict=True):
        mandate = None if each.batch else known.get(each.mandate_reference)
        member = each.member or (mandate.member if mandate else "") or by_number.get(item.person, "")
        made.append(replace(each, member=member, mandate=mandate.name if mandate else each.mandate))
    return made
