"""The check before a batch goes to the bank, on a site: what is read and said, and what the trail is told."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from vuurtoren.audit.details.details_box import FIELDS as BOX_FIELDS
from vuurtoren.audit.details.details_box import opened
from vuurtoren.audit.recording.attached_files import attached_file
from vuurtoren.audit.recording.fail_closed import process_types
from vuurtoren.audit.recording.process_events import BANK_SUBMISSION
from vuurtoren.audit.recording.recording import COMPLIANT, EXCEPTION, PENDING_REVIEW, record
from vuurtoren.audit.recording.trail import BATCH_GENERATION
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.compliance.bank_files import schema
from vuurtoren.compliance.bank_files.pain008 import FileReading, read_collections
from vuurtoren.compliance.bank_files.preflight import (
    MAY,
    MUST_NOT,
    UNDECIDED,
    Answer,
    PreFlight,
    preflight,
)
from vuurtoren.compliance.bank_files.problems import Problem
from vuurtoren.compliance.errors import NotPossible
from vuurtoren.compliance.findings import stored as findings
from vuurtoren.compliance.identifiers import invoices_in
from vuurtoren.compliance.reading import returns
from vuurtoren.compliance.reading.batches import batches
from vuurtoren.compliance.reading.values import among
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.records import BankFile, Batch, Return
from vuurtoren.compliance.returned import stored
from vuurtoren.host_records.names import BATCH, BATCH_LINE
from vuurtoren.privacy.text import one_line, storable
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import money
from vuurtoren.site.strangers import NotReadable, json_object
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import filled
from vuurtoren.site.words.words import said as said_in

ACTIONS: dict[Answer, str] = {
    MAY: "batch_may_be_sent",
    MUST_NOT: "batch_must_not_be_sent",
    UNDECIDED: "batch_undecided",
}
STATUSES = {MAY: COMPLIANT, MUST_NOT: EXCEPTION, UNDECIDED: PENDING_REVIEW}
"""A no is no failed step: whoever asks often does not make the alert about failures ring."""
MOST_REMEMBERED = 1_000
"""So many earlier checks are looked through for a message id that was used before."""
MOST_TOLD = 10
OPEN = "To Do"
LOOKED_AT = "Looked at: {0} collections, {1}; {2}."


class MustNotBeSent(SiteError):
    """The site is configured to hand nothing to the bank that the check does not let pass."""


@dataclass(frozen=True)
class Checked:
    """What was said, and how the structure was checked, in words with values for their braces."""

    said: PreFlight
    how: str = schema.BY_OURSELVES
    how_values: tuple[Any, ...] = ()


@contextmanager
def _no_cycles_sought() -> Iterator[None]:
    """Nothing that is read here refers to itself; to look for what does costs a quarter of the time."""
    was_sought = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_sought:
            gc.enable()


@_no_cycles_sought()
def check_batch(site: Site, name: str) -> Checked:
    """Judge a batch with the file that is attached to it, and tell the trail; the caller commits.

    Raises NotPossible where there is no such batch.
    """
    world = World(site)
    batch = next(batches(world, {"name": name}), None) if storable(name) else None
    if batch is None:
        raise NotPossible(site.translate("There is no batch {0}.").format(one_line(name, 60)))
    return _checked(world, batch, attached_file(site, batch.file))


@_no_cycles_sought()
def check_file(site: Site, path: Path) -> Checked:
    """Judge a file by the batch that its collections belong to, and tell the trail; the caller commits.

    Raises NotPossible where there is no such file.
    """
    world = World(site)
    reading = _read(site, path)
    name = _batch_of(world, reading.file)
    batch = next(batches(world, {"name": name}), None) if name else None
    return _checked(world, batch, path)


def is_asked_for(site: Site) -> bool:
    """Whether this site hands nothing to the bank without the check."""
    return BANK_SUBMISSION in process_types(site)


def refuse_unless_it_may(site: Site, name: str) -> None:
    """Raise MustNotBeSent where `audit_fail_closed` names Bank Submission and the batch may not be sent."""
    if not is_asked_for(site):
        return
    try:
        said = check_batch(site, name).said
    except NotPossible as reason:
        raise MustNotBeSent(str(reason)) from reason
    if said.answer != MAY:
        reasons = "; ".join(problem.sentence(site.translate) for problem in said.reasons[:MOST_TOLD])
        raise MustNotBeSent(
            site.translate("{0} {1}: {2}").format(name, site.translate(said.answer), one_line(reasons, 1_000))
        )


def last_answer(site: Site, batch: str) -> tuple[Answer, datetime] | None:
    """What the newest check of this batch said, and when (site time); None where none is in the trail."""
    if not site.has_doctype(LOG):
        return None
    asked = {"action": ("in", tuple(ACTIONS.values())), "batch": batch}
    said = {action: answer for answer, action in ACTIONS.items()}
    for row in site.get_all(LOG, ["action", "timestamp"], asked, order_by="timestamp desc", limit=1):
        return said[str(row["action"])], row["timestamp"]
    return None


def as_text(site: Site, checked: Checked) -> str:
    """The verdict for a terminal or a message: one line, the reasons with what to do, what was looked at."""
    return "\n".join(_lines(site, checked))


def as_dict(site: Site, checked: Checked) -> dict[str, Any]:
    """The verdict for programs, with sentences for people in it."""
    said = checked.said
    return {
        "answer": said.answer,
        "batch": said.batch,
        "file": said.file,
        "file_sha256": said.sha256,
        "collections": said.collections,
        "total": None if said.cents is None else f"{said.cents / 100:.2f}",
        "reasons": [_as_dict(site, said, problem) for problem in said.reasons],
        "remarks": [_as_dict(site, said, problem) for problem in said.remarks],
        "advice": [
            {"action": said_in(action, site.translate), "kinds": [problem.kind for problem in some]}
            for action, some in said.advised()
            if action
        ],
        "structure": filled(site.translate, checked.how, checked.how_values),
        "text": as_text(site, checked),
    }


def _as_dict(site: Site, said: PreFlight, problem: Problem) -> dict[str, Any]:
    return {
        "rule": problem.rule,
        "kind": problem.kind,
        "weight": problem.weight,
        "sentence": problem.sentence(site.translate),
        "collections": problem.count,
        "action": said_in(said.advice(problem), site.translate),
    }


def _lines(site: Site, checked: Checked) -> Iterator[str]:
    _, said = site.translate, checked.said
    subject = said.batch or said.file
    yield f"{subject} {_(said.answer)}" + (_(", because:") if said.reasons else ".")
    for action, some in said.advised():
        yield from (f"  {each.rule}  {each.sentence(_, said.collections)}" for each in some)
        if action:
            yield f"       {said_in(action, _)}"
    if said.remarks:
        yield _("Also noticed:")
        yield from (f"  {each.rule}  {each.sentence(_, said.collections)}" for each in said.remarks)
    total = "–" if said.cents is None else money(said.cents / 100, "EUR", _)
    looked_at = plural(_, said.collections, "Looked at: one collection, {1}; {2}.", LOOKED_AT)
    yield looked_at.format(said.collections, total, filled(_, checked.how, checked.how_values))
    if said.sha256:
        yield _("File: {0}, SHA-256 {1}").format(said.file, said.sha256)


def _checked(world: World, batch: Batch | None, path: Path | None) -> Checked:
    site = world.site
    reading = _read(site, path) if path else None
    structure = schema.SchemaCheck()
    if reading and reading.readable and path:
        used = _used_before(site, reading.file.message_id, batch.name if batch else "")
        reading = replace(reading, file=replace(reading.file, message_id_used_by=used))
        structure = schema.check(site, path, reading.file.version)
    said = preflight(
        batch,
        reading,
        world.circumstances,
        returns=_open_returns(world, batch) if batch else (),
        schema=structure.problems,
        changed_since=batch.file_sha256 if batch else "",
        accepted=findings.accepted(site),
    )
    checked = Checked(said, structure.how, structure.values)
    _tell(site, checked, reading)
    return checked


def _read(site: Site, path: Path) -> FileReading:
    try:
        with path.open("rb") as stream:
            return read_collections(stream, path.name)
    except OSError as error:
        text = site.translate("The file {0} cannot be read: {1}")
        raise NotPossible(text.format(path.name, error.strerror or type(error).__name__)) from error


def _batch_of(world: World, file: BankFile) -> str:
    """The batch whose lines stand in the file: that of most of its first ones, the newest of several."""
    wanted = {part for _, line in islice(file.lines, 100) for part in invoices_in(line.end_to_end_id) if part}
    found = Counter(
        str(row["parent"])
        for row in among(world.host, BATCH_LINE, ("parent", "invoice"), "invoice", sorted(wanted))
    )
    return max(found, key=lambda name: (found[name], name)) if found else ""


def _open_returns(world: World, batch: Batch) -> list[Return]:
    """What came back on the mandates of the batch and waits for somebody, as if this batch were the next."""
    site = world.site
    if not site.has_doctype(stored.DOCTYPE):
        return []
    held = [line.mandate for line in batch.collections if line.mandate]
    mandates, references = {each.name for each in held}, {each.mandate_id for each in held} - {""}
    rows = site.get_all(stored.DOCTYPE, list(stored.FIELDS), {"state": OPEN}, order_by="name", limit=10_000)
    found = [
        stored.as_record(row)
        for row in rows
        if row["mandate"] in mandates or row["mandate_reference"] in references
    ]
    return [back for back in returns.with_mandates(world, found) if back.batch != batch.name] if found else []


def _used_before(site: Site, message_id: str, batch: str) -> tuple[str, ...] | None:
    """Other batches whose file bore the message id, by earlier checks; None where there is no trail."""
    if not site.has_doctype(LOG):
        return None
    asked = {"action": ("in", tuple(ACTIONS.values()))}
    wanted = list(dict.fromkeys([*BOX_FIELDS, "batch", "timestamp"]))
    rows = site.get_all(LOG, wanted, asked, order_by="timestamp desc", limit=MOST_REMEMBERED)
    found: set[str] = set()
    for row in opened(site, rows):
        if row["batch"] and row["batch"] != batch and _details(row).get("message_id") == message_id:
            found.add(str(row["batch"]))
    return tuple(sorted(found))


def _details(row: Any) -> dict[str, Any]:
    try:
        return json_object(row["details"])
    except NotReadable:
        return {}


def _tell(site: Site, checked: Checked, reading: FileReading | None) -> None:
    """One entry for each check, with the hash of the file and the rules that spoke."""
    said = checked.said
    rules = sorted({problem.rule for problem in said.reasons})
    record(
        site,
        BATCH_GENERATION,
        BATCH if said.batch else "File",
        said.batch or said.file,
        ACTIONS[said.answer],
        STATUSES[said.answer],
        {
            "file": said.file or None,
            "file_sha256": said.sha256 or None,
            "message_id": reading.file.message_id if reading else None,
            "collections": said.collections,
            "rules": rules,
            "reasons": [problem.sentence() for problem in said.reasons[:MOST_TOLD]],
            "structure": checked.how.format(*checked.how_values),
        },
        outcome={
            "batch": said.batch or None,
            "rule_id": rules[0] if rules else None,
            "amount_cents": said.cents,
            "currency": "EUR",
        },
    )
