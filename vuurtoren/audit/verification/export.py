"""The trail as files that an auditor checks without us: JSON Lines, a signed checkpoint and a manifest."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from vuurtoren import carrier
from vuurtoren.audit.details.details_box import State
from vuurtoren.audit.seals import canonical
from vuurtoren.audit.seals.checkpoint import SignedCheckpoint
from vuurtoren.audit.seals.findings import NOT_CHECKABLE, RENAMED
from vuurtoren.audit.seals.keys import DETAILS_KEYS, KeysMissing, load_mac_keys, load_public_keys
from vuurtoren.audit.seals.merkle import Tree
from vuurtoren.audit.seals.note import PublicKey
from vuurtoren.audit.seals.row_check import READ_FIELDS, Judge
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF, LOG, PAGE_ROWS, pages
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.site.errors import SiteError
from vuurtoren.site.private_files import FOLDER_OF_OWNER, open_private
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words, language

FORMAT = "verenigingen-sepa-audit-export/1"
EVENTS, CHECKPOINT_FILE, MANIFEST, TABLE = "events.jsonl", "checkpoint.txt", "manifest.json", "events.csv"
VERIFIER = "verify_sepa_audit.py"
LEAF_FIELDS = ("position", "event", "leaf", "flag")
TABLE_FIELDS = ("position", *canonical.TEXTS, "amount_cents", "sensitive_data", "details", "flag")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


class NothingToExport(SiteError):
    """There is no checkpoint yet, or no event in the period; the text says which."""


class DetailsLocked(SiteError):
    """The site lacks a key that details are encrypted with; the text names it."""


@dataclass(frozen=True)
class Sealed:
    """What an export or a proof stands on: the newest checkpoint, and whose signatures lead to it."""

    checkpoint: SignedCheckpoint
    key: PublicKey
    handovers: tuple[str, ...]

    @property
    def size(self) -> int:
        return self.checkpoint.checkpoint.tree_size


def newest(site: Site) -> Sealed:
    """The newest checkpoint with the first key of the site; raises NothingToExport, KeysMissing, BadNote."""
    rows = site.get_all(CHECKPOINT, ["note"], order_by="sequence desc", limit=1)
    if not rows:
        raise NothingToExport(Words("no checkpoint was signed yet; seal first"))
    key = load_public_keys(site)[0]
    handovers = [
        row["note"]
        for page in pages(site, CHECKPOINT, ["sequence", "note"], "sequence", 0)
        for row in page
        if f"\nkey {key.name}+" in (row["note"] or "")
    ]
    return Sealed(SignedCheckpoint.from_text(rows[0]["note"]), key, tuple(handovers))


def export(
    site: Site,
    folder: Path,
    *,
    since_utc: datetime | None = None,
    until_utc: datetime | None = None,
) -> Path:
    """Write the sealed events into a new folder; with a period, all from its first to its last event.

    events.jsonl holds one event a line in canonical JSON; of a part of the log every line carries the proof
    that the checkpoint holds it. events.csv shows the same to people and proves nothing. Events that are not
    sealed yet come last in a whole export. Details are in clear. Raises NothingToExport; DetailsLocked where
    the site lacks the key of some; FileExistsError when the folder exists.
    """
    sealed = newest(site)
    start, end = _range(site, sealed.size, since_utc, until_utc)
    whole = (start, end) == (0, sealed.size)
    folder.mkdir(mode=FOLDER_OF_OWNER, parents=True)
    tree = None if whole else Tree(leaf for _, leaf in _leaves(site, sealed.size))
    entries = _entries(site, start, end, tree, sealed.size, unsealed=whole)
    with (
        open_private(folder / EVENTS, "wb") as lines,
        open_private(folder / TABLE, "w", encoding="utf-8", newline="") as table,
    ):
        try:
            _write_events(entries, lines, table)
        except DetailsLocked:
            shutil.rmtree(folder)
            raise
    (folder / CHECKPOINT_FILE).write_text(sealed.checkpoint.note.text, "utf-8")
    shutil.copyfile(str(verify_sepa_audit.__file__), folder / VERIFIER)
    manifest = _manifest(site, sealed, start, end) | {
        "files": {name: _digest(folder / name) for name in (EVENTS, CHECKPOINT_FILE, TABLE)}
    }
    (folder / MANIFEST).write_bytes(canonical.canonical_json(manifest) + b"\n")
    return folder


def in_the_readers_language(site: Site) -> str:
    """The option that has the verifier answer in the language spoken now, where it knows it; else empty."""
    spoken = language(site.translate)
    return f" --lang {spoken}" if spoken in verify_sepa_audit.WORDS else ""


def entry(judge: Judge, leaf: Row | None, row: Row | None) -> dict[str, Any]:
    """One event as it is exported. `flag` is what only the site itself could see to be wrong, or empty."""
    judged = judge.of(row, leaf) if row else None
    opened = judge.opener.open(row) if row else None
    if opened and opened.state is State.LOCKED:
        raise DetailsLocked(
            Words(
                "the details of an event need the key {0}, which is not among the {1} of the site;"
                " without them an auditor would see tampering, so put the key back first",
                opened.key_id,
                DETAILS_KEYS,
            )
        )
    wrong = [text for kind, text in judged.wrong if kind not in (RENAMED, NOT_CHECKABLE)] if judged else []
    if leaf and leaf["flag"]:
        wrong.insert(0, str(leaf["flag"]))
    return {
        "position": leaf["position"] if leaf else None,
        "event_id": leaf["event"] if leaf else row and row["event_id"],
        "leaf": leaf["leaf"] if leaf else None,
        "record": _record(row),
        "details": opened.details if opened else None,
        "details_salt": opened.salt if opened else None,
        "flag": "; ".join(dict.fromkeys(wrong)),
    }


def _record(row: Row | None) -> Any:
    try:
        return json.loads(canonical.record(row)) if row else None
    except canonical.NotCanonical:
        return None


def _manifest(site: Site, sealed: Sealed, start: int, end: int) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "origin": sealed.checkpoint.checkpoint.origin,
        "key": sealed.key.text,
        "rotations": list(sealed.handovers),
        "from": start,
        "to": end,
        "made_at_utc": canonical.utc_text(site.now_utc()),
        "app_version": carrier.app_version(),
    }


def _range(site: Site, size: int, since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """The positions from the first to the last event of the period; the whole log without a period."""
    if since is None and until is None:
        return 0, size
    bounds = [(">=", canonical.utc_text(since))] if since else []
    bounds += [("<", canonical.utc_text(until))] if until else []
    first, end, last = size, 0, ""
    while True:
        wanted = {"event_time_utc": bounds, "name": (">", last)}
        rows = site.scan(LOG, ["name", "event_id"], wanted, order_by="name", limit=PAGE_ROWS)
        events = {"event": ("in", [row["event_id"] for row in rows]), "position": ("<", size)}
        for leaf in site.scan(LEAF, ["position"], events):
            first, end = min(first, leaf["position"]), max(end, leaf["position"] + 1)
        if len(rows) < PAGE_ROWS:
            break
        last = rows[-1]["name"]
    if not end:
        raise NothingToExport(Words("no sealed event is in this period"))
    return first, end


def _leaves(site: Site, size: int) -> Iterator[tuple[int, bytes]]:
    for page in pages(site, LEAF, LEAF_FIELDS, "position", 0, size):
        for leaf in page:
            yield leaf["position"], bytes.fromhex(leaf["leaf"])


def _entries(
    site: Site, start: int, end: int, tree: Tree | None, size: int, *, unsealed: bool
) -> Iterator[dict[str, Any]]:
    judge = Judge(site, _mac_keys(site))
    for page in pages(site, LEAF, LEAF_FIELDS, "position", start, end):
        events = [leaf["event"] for leaf in page if isinstance(leaf["event"], str)]
        rows = {row["event_id"]: row for row in site.scan(LOG, READ_FIELDS, {"event_id": ("in", events)})}
        for leaf in page:
            proof = [node.hex() for node in tree.inclusion_proof(leaf["position"], size)] if tree else []
            yield entry(judge, leaf, rows.get(leaf["event"])) | {"path": proof}
    last = "" if unsealed else None
    while last is not None:
        rest = site.get_unmatched(
            LOG,
            READ_FIELDS,
            "event_id",
            (LEAF, "event"),
            {"name": (">", last)},
            order_by="name",
            limit=PAGE_ROWS,
        )
        for row in rest:
            yield entry(judge, None, row) | {"path": []}
        last = rest[-1]["name"] if len(rest) == PAGE_ROWS else None


def _mac_keys(site: Site) -> tuple[bytes, ...]:
    try:
        return load_mac_keys(site)
    except KeysMissing:
        return ()


def _write_events(entries: Iterator[dict[str, Any]], lines: IO[bytes], table: IO[str]) -> None:
    writer = csv.writer(table)
    writer.writerow(TABLE_FIELDS)
    for each in entries:
        lines.write(canonical.canonical_json(each) + b"\n")
        shown = {**(each["record"] or {}), **each}
        writer.writerow([_cell(shown.get(name)) for name in TABLE_FIELDS])


def _cell(value: Any) -> Any:
    """A spreadsheet would run a text that begins like a formula; an apostrophe in front stops it."""
    if value is None or isinstance(value, int):
        return value
    text = str(value)
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) or text.startswith(FORMULA_STARTS) else text


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(2**20):
            digest.update(block)
    return digest.hexdigest()
