"""Files of the bank taken in: each return kept once, and placed with its batch, or said not to be.

The same file twice is known by its hash, the same return in another file by its collection.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from vuurtoren.audit.recording.process_events import RETURN_PROCESSING
from vuurtoren.audit.recording.recording import COMPLIANT, EXCEPTION, PENDING_REVIEW, record
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.compliance.bank_files.returns import ReturnedCollection, ReturnsReading, read_returns
from vuurtoren.compliance.errors import NotPossible
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.returned import stored
from vuurtoren.compliance.returned.placing import placed
from vuurtoren.compliance.returned.stored import News
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.plurals import plural

AT_ONCE = 500
EVENT = "bank-file-"
"""With the hash of a file behind it, the id of the entry that says that it was taken in."""
NOT_READABLE = "bank-file-not-readable-"
FILE = "File"

ONE_CAME_BACK = "{0} ({1}): one collection came back; not known before: {3}."
MANY_CAME_BACK = "{0} ({1}): {2} collections came back; not known before: {3}."
ONE_UNPLACED = "One belongs to no batch that is known here; it is kept, and placed when the batch is."
MANY_UNPLACED = "{0} belong to no batch that is known here; they are kept, and placed when it is."
ONE_WAITS = "One booking is announced only; it comes again."
MANY_WAIT = "{0} bookings are announced only; they come again."


@dataclass(frozen=True)
class TakenIn:
    """What became of one file of the bank."""

    reading: ReturnsReading
    new: int = 0
    known: int = 0
    unplaced: int = 0
    """Returns of whose collection nothing is known here, or not yet; they are kept."""
    cents: int = 0
    seen_before: bool = False


def take_in(site: Site, path: Path) -> TakenIn:
    """Read a file of the bank and keep what came back; commits as it goes, so that nothing counts twice.

    A file that was taken in before is read and adds nothing. Raises NotPossible where there is no such file.
    """
    try:
        with path.open("rb") as stream:
            reading = read_returns(stream, path.name)
    except OSError as error:
        said = site.translate("The file {0} cannot be read: {1}")
        raise NotPossible(said.format(path.name, error.strerror or type(error).__name__)) from error
    if not site.has_doctype(stored.DOCTYPE):
        raise NotPossible(site.translate("Returns are kept after the next migration of the site."))
    seen_before = was_taken_in(site, reading.sha256)
    world, new, unplaced = World(site), 0, 0
    place_waiting(world)
    for start in range(0, len(reading.returns), AT_ONCE):
        some = placed(world, [_news(each, reading) for each in reading.returns[start : start + AT_ONCE]])
        new += stored.keep(site, some, world.circumstances.agreements)
        unplaced += sum(not each.batch for each in some)
        site.commit()
    euros = [each.cents or 0 for each in reading.returns if each.currency in ("", stored.EUROS)]
    taken = TakenIn(reading, new, len(reading.returns) - new, unplaced, sum(euros), seen_before)
    if not seen_before:
        _tell(site, taken)
    site.commit()
    return taken


def was_taken_in(site: Site, sha256: str) -> bool:
    """Whether a file with this hash was taken in before, by the trail."""
    return bool(sha256) and site.has_doctype(LOG) and site.count(LOG, {"event_id": EVENT + sha256}) > 0


def place_waiting(world: World) -> int:
    """Place returns that came before their batch, or under an id that was not known then; how many were."""
    site, count = world.site, 0
    asked = {"batch": ("is", "not set"), "end_to_end_id": ("is", "set")}
    rows = site.get_all(stored.DOCTYPE, list(stored.FIELDS), asked, order_by="creation desc", limit=AT_ONCE)
    news = [_news_of(row) for row in rows]
    for row, each in zip(rows, placed(world, news), strict=True):
        if not each.batch or site.count(stored.DOCTYPE, {"return_key": each.return_key}):
            continue
        values = {
            "batch": each.batch,
            "invoice": each.invoice,
            "member": each.member,
            "mandate": each.mandate,
            "mandate_reference": each.mandate_reference,
            "due_on": each.due_on,
            "return_key": each.return_key,
            "action": stored.advice_for(each),
        }
        count += site.update(
            stored.DOCTYPE, str(row["name"]), values, expect={"return_key": row["return_key"]}
        )
    if count:
        site.commit()
    return count


def told(site: Site, taken: TakenIn) -> str:
    """What became of the file, in words for a terminal or a mail."""
    return "\n".join(_lines(site, taken))


def _lines(site: Site, taken: TakenIn) -> Iterator[str]:
    _, reading = site.translate, taken.reading
    problems = [problem.sentence(_) for problem in reading.problems]
    if not reading.readable:
        yield _("{0} was not taken in: {1}").format(reading.name, "; ".join(problems))
        return
    if taken.seen_before:
        yield _("{0} was taken in before.").format(reading.name)
    came_back = plural(_, len(reading.returns), ONE_CAME_BACK, MANY_CAME_BACK)
    yield came_back.format(reading.name, reading.version or "–", len(reading.returns), taken.new)
    for whole in reading.refused:
        yield _("The bank refused all of {0} ({1}).").format(
            whole.payment_id or whole.message_id or "–", whole.code or "–"
        )
    if taken.unplaced:
        yield plural(_, taken.unplaced, ONE_UNPLACED, MANY_UNPLACED).format(taken.unplaced)
    if reading.waiting:
        yield plural(_, reading.waiting, ONE_WAITS, MANY_WAIT).format(reading.waiting)
    yield from problems


def _news(returned: ReturnedCollection, reading: ReturnsReading) -> News:
    own = returned.bank_reference or f"{returned.mandate_id}|{returned.cents}|{returned.returned_on}"
    return News(
        returned.code,
        "Bank File",
        source_name=reading.name,
        end_to_end_id=returned.end_to_end_id,
        mandate_reference=returned.mandate_id,
        cents=returned.cents,
        currency=returned.currency or "EUR",
        kind=returned.kind,
        arrived_on=_possible(returned.returned_on),
        due_on=_possible(returned.due_on),
        key=own,
    )


def _possible(when: date | None) -> date | None:
    """A day that every database keeps and that a return can have."""
    return when if when and 2009 <= when.year <= 2099 else None


def _news_of(row: Row) -> News:
    return News(
        str(row["reason_code"] or ""),
        "Bank File",
        end_to_end_id=str(row["end_to_end_id"]),
        mandate_reference=str(row["mandate_reference"] or ""),
        arrived_on=row["arrived_on"],
        due_on=row["due_on"],
    )


def _event_id(reading: ReturnsReading) -> str:
    """The same for the same bytes, so that a file is one entry however often it is looked at."""
    if not reading.sha256:
        return ""
    return (EVENT if reading.readable else NOT_READABLE) + reading.sha256


def _tell(site: Site, taken: TakenIn) -> None:
    reading = taken.reading
    status = (
        PENDING_REVIEW
        if not reading.readable or taken.unplaced
        else EXCEPTION if reading.returns or reading.refused else COMPLIANT
    )  # fmt: skip
    record(
        site,
        RETURN_PROCESSING,
        FILE,
        reading.name,
        "bank_file_taken_in" if reading.readable else "bank_file_not_readable",
        status,
        {
            "file_sha256": reading.sha256 or None,
            "version": reading.version,
            "returns": len(reading.returns),
            "new": taken.new,
            "not_placed": taken.unplaced,
            "refused": [f"{each.payment_id or each.message_id} {each.code}" for each in reading.refused[:10]],
            "problems": [problem.sentence() for problem in reading.problems[:10]],
        },
        event_id=_event_id(reading),
        outcome={"rule_id": "R01", "amount_cents": taken.cents, "currency": "EUR"},
    )
