"""The files that batches were made into, as they lie there now, judged until they are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from vuurtoren.audit.recording.attached_files import attached_file
from vuurtoren.compliance.bank_files.comparison import compare
from vuurtoren.compliance.bank_files.pain008 import FileReading, read_collections
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.records import BankFile, Batch
from vuurtoren.compliance.rules.collections import AT_THE_BANK, FAILED
from vuurtoren.site.words.words import Words

FORM = "C10"
"""The rule that judges the form of a file; what else is wrong with it is about this batch, or this copy."""
NOT_THERE = Words("the file is not there any more")


def files(world: World, batch: Batch) -> tuple[BankFile, ...]:
    """The file of a batch, with what is wrong with it and in what it differs from the batch.

    None of a batch that has no file, has failed, or is due no more; one that is larger than we read is left
    to whoever asks whether it may be sent. What it says of amended mandates is remembered in any case.
    """
    path = attached_file(world.site, batch.file)
    if path is None or batch.status == FAILED:
        return ()
    over = batch.due_on is not None and batch.due_on < world.today
    reading = _read(path)
    if reading is None:
        gone = BankFile(path.name, batch=batch.name, problems=(NOT_THERE,))
        return () if over or batch.status in AT_THE_BANK else (gone,)
    if reading.readable:
        _remember(world, batch, reading.file)
    if over or any(problem.weight == "limit" for problem in reading.problems):
        return ()
    return (_judged(world, batch, reading),)


def _read(path: Path) -> FileReading | None:
    try:
        with path.open("rb") as stream:
            return read_collections(stream, path.name)
    except OSError:
        return None


def _judged(world: World, batch: Batch, reading: FileReading) -> BankFile:
    problems = reading.problems
    if reading.readable:
        problems += compare(reading.file, batch, world.circumstances.creditor)
    refused = [problem for problem in problems if problem.weight == "refused"]
    used = world.message_ids.setdefault(reading.file.message_id, batch.name)
    return replace(
        reading.file,
        batch=batch.name,
        generated_sha256=batch.file_sha256,
        message_id_used_by=() if used == batch.name else (used,),
        problems=tuple(problem.in_words() for problem in refused if problem.rule != FORM),
        form_problems=tuple(problem.in_words() for problem in refused if problem.rule == FORM),
    )


def _remember(world: World, batch: Batch, file: BankFile) -> None:
    """By mandate when it was last collected on, and when the bank was last told of another account."""
    made = file.created_at.date() if file.created_at else batch.due_on or world.today
    for _, line in file.lines:
        told = world.amended_on if line.amended else world.collected_on
        told[line.mandate_id] = max(told.get(line.mandate_id, date.min), made)
