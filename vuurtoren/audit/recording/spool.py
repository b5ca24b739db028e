"""Where audit events wait that the database has not, or may not have, kept: one file for each event.

A failure is written here before it is written to the database, for the failing business transaction will
probably be rolled back and take the row with it. `replay` brings in what is missing; the unique event id
decides, so nothing can be written twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.rows import with_seal
from vuurtoren.failures import OWN_TITLE, explain, report
from vuurtoren.site.errors import AlreadyExists, Busy, InvalidValue, ReadOnly, Unavailable
from vuurtoren.site.private_files import open_private, private_folder
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import json_object, moment

DOCTYPE = "SEPA Audit Log"
FOLDER = ("private", "audit_spool")
REFUSED = "refused"
MAX_EVENTS_PER_REPLAY = 1000
FAILURES_IN_A_ROW = 3
"""So many mean that the database takes nothing now; one alone must not hold up the others."""
OF_THE_DATABASE = (Busy, ReadOnly, Unavailable)
"""What does not lie in the event itself."""
TRANSACTION_MAY_BE_OPEN = timedelta(minutes=2)
"""How long a replay leaves an event alone whose own transaction may still bring the row."""


@dataclass
class Replay:
    """What became of the waiting events: brought in, already there, put aside, still waiting."""

    written: int = 0
    already_there: int = 0
    refused: int = 0
    waiting: int = 0


def keep(site: Site, event: Mapping[str, Any]) -> Path | None:
    """Store an event in the spool, safe against a crash; None when only the Error Log could take it."""
    happened: datetime = event["timestamp"]
    stored = json.dumps(
        dict(event) | {"timestamp": happened.isoformat(" ")}, ensure_ascii=False, sort_keys=True
    )
    try:
        return _write(_folder(site), f"{happened:%Y%m%dT%H%M%S}-{uuid4().hex}.jsonl", stored + "\n")
    except OSError as failure:
        site.log_error(OWN_TITLE, f"An audit event could not be spooled ({failure}); it was:\n{stored}")
        return None


def waiting(site: Site) -> list[Path]:
    """The files of the events that wait, oldest first."""
    return sorted(_folder(site).glob("*.jsonl"))


def replay(site: Site) -> Replay:
    """Bring waiting events into the database, oldest first, at most 1000.

    Commits each by itself and rolls back what is refused, so call it when nothing of your own is uncommitted.
    """
    result = Replay()
    with site.lock("sepa-audit-spool") as had:
        files, failed = waiting(site), 0
        for path in files[:MAX_EVENTS_PER_REPLAY] if had else ():
            try:
                _replay_one(site, path, result)
                failed = 0
            except FileNotFoundError:
                # brought in by a rollback in the meantime
                result.already_there += 1
            except Exception as failure:  # the boundary of a replay: what stays is tried again next time
                site.rollback()
                report(site, "bringing spooled audit events into the SEPA Audit Log", failure)
                failed += isinstance(failure, OF_THE_DATABASE)
                if failed == FAILURES_IN_A_ROW:
                    break
    result.waiting = len(waiting(site))
    return result


def bring_in(site: Site, event: Mapping[str, Any], path: Path | None) -> None:
    """Write an event again after its transaction was rolled back, and commit it; never raises."""
    try:
        _write_once(site, event)
        if path:
            path.unlink(missing_ok=True)
    except Exception as failure:  # somebody's rollback must end, and the event still waits in its file
        report(site, "writing an audit event after a rollback", failure)


def try_refused_again(site: Site) -> int:
    """Let refused events wait again, because a migration may have made room for them; how many."""
    folder = _folder(site)
    refused = list((folder / REFUSED).glob("*.jsonl"))
    for path in refused:
        path.replace(folder / path.name)
    return len(refused)


def _write_once(site: Site, event: Mapping[str, Any]) -> bool:
    """Insert and commit an event; False when it was there already."""
    try:
        site.append(GUARD, event, partial(with_seal, site))
    except AlreadyExists:
        return False
    site.commit()
    return True


def _replay_one(site: Site, path: Path, result: Replay) -> None:
    event = _read(path)
    if event is None:
        _refuse(site, path, result, "it is not a readable event")
        return
    age = site.now() - datetime.fromisoformat(event["timestamp"])
    if timedelta(0) <= age < TRANSACTION_MAY_BE_OPEN:
        return
    try:
        there = site.count(DOCTYPE, {"event_id": event["event_id"]}) or not _write_once(site, event)
    # a driver refuses characters by ValueError; a file that a stranger wrote fails in any of these ways
    except (InvalidValue, ValueError, TypeError, KeyError, AttributeError) as refusal:
        site.rollback()
        _refuse(site, path, result, explain(refusal))
        return
    result.already_there += bool(there)
    result.written += not there
    path.unlink(missing_ok=True)


def _refuse(site: Site, path: Path, result: Replay, reason: str) -> None:
    """Put an event aside that the DocType, as it is now, cannot take, so that it does not stop the others."""
    aside = path.parent / REFUSED
    private_folder(aside)
    path.replace(aside / path.name)
    result.refused += 1
    site.log_error(OWN_TITLE, f"An audit event was refused: {reason}\nIt is kept in {aside / path.name}")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        event = json_object(path.read_text("utf-8"))
        moment(event["timestamp"])
        return event if isinstance(event["event_id"], str) else None
    except (ValueError, KeyError):
        return None


def _write(folder: Path, name: str, text: str) -> Path:
    private_folder(folder)
    draft, final = folder / f".{name}.draft", folder / name
    with open_private(draft, "w", encoding="utf-8", errors="replace") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(final)
    _sync(folder)
    return final


def _sync(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folder(site: Site) -> Path:
    return site.site_path().joinpath(*FOLDER)
