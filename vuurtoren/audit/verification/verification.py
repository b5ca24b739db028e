"""Did anybody change anything? Every leaf, row, checkpoint and anchor is compared with every other."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.audit.adoption.adopted import is_adopted, may_go_unasked, waits
from vuurtoren.audit.seals.checkpoint import SignedCheckpoint
from vuurtoren.audit.seals.findings import (
    ADOPTED,
    BAD_SIGNATURE,
    CHECKPOINT_MISSING,
    ERASED,
    FOREIGN_LEAF,
    FOREIGN_ROW,
    LEAF_CHANGED,
    LEAF_MISSING,
    NOT_ANCHORED,
    NOT_CHECKABLE,
    NOT_SEALED,
    PRUNED,
    RENAMED,
    ROLLBACK,
    ROOT_MISMATCH,
    ROW_MISSING,
    Verification,
)
from vuurtoren.audit.seals.head import HeadNotTrusted, stored_frontier
from vuurtoren.audit.seals.keys import DETAILS_KEYS, KeysMissing, load_mac_keys, load_public_keys
from vuurtoren.audit.seals.merkle import HASH_BYTES, Frontier
from vuurtoren.audit.seals.note import BadNote, PublicKey
from vuurtoren.audit.seals.removals import MAINTENANCE, erasure_id, told, told_by_id
from vuurtoren.audit.seals.row_check import READ_FIELDS, Judge, RowVerdict
from vuurtoren.audit.seals.tables import ANCHOR, CHECKPOINT, LEAF, LOG, PAGE_ROWS, pages
from vuurtoren.audit.verification.checkpoint_chain import FIELDS as CHECKPOINT_FIELDS
from vuurtoren.audit.verification.checkpoint_chain import Chain, check_chain
from vuurtoren.audit.verification.kept_checkpoints import check_kept_files
from vuurtoren.audit.verification.log_reading import Found, LogReading
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

SEAL_LAG = timedelta(seconds=300)
ANCHOR_AGE = timedelta(hours=48)
LEAF_FIELDS = ("position", "event", "leaf", "flag")

Progress = Callable[[int, int], None]
"""Called with the leaves done and the leaves in all."""


@dataclass(frozen=True)
class Anchor:
    """What somebody outside kept: a size and the root, or its first 16 digits, and the note it came from."""

    name: str
    size: int
    root: str
    signed: SignedCheckpoint | None = None

    @classmethod
    def from_note(cls, text: str, name: str = "anchor") -> Anchor:
        """A signed checkpoint as it was mailed or filed; raises BadNote."""
        signed = SignedCheckpoint.from_text(text)
        return cls(name, signed.checkpoint.tree_size, signed.checkpoint.root.hex(), signed)

    @classmethod
    def from_short(cls, text: str, name: str = "short form") -> Anchor:
        """The short form in the minutes of a meeting, "1234 0123456789abcdef"; raises ValueError."""
        size, root = text.split()
        if len(root) < 16 or set(root) - set("0123456789abcdef"):
            raise ValueError(Words("{0} is no size with at least 16 digits of a root", repr(text)))
        return cls(name, int(size), root)


def verify(
    site: Site,
    *,
    anchors: Iterable[Anchor] = (),
    keys: Sequence[PublicKey] = (),
    since: int = 0,
    sample: float = 0.0,
    progress: Progress | None = None,
    is_copy: bool = False,
) -> Verification:
    """Verify the whole trail, or with `since` what came after the checkpoint of that size.

    `keys` are the public keys to believe, by default those of the site's own configuration. `sample` is the
    share of older events that are checked at random beside the new ones. A copy is older than the files with
    checkpoints on this machine, which are not asked then. Writes nothing. Raises SiteError when the tables
    cannot be read, and ValueError when no checkpoint has the size `since`.
    """
    run = _Run(site, list(anchors), since, sample, progress)
    result = run.run(keys)
    if not is_copy:
        check_kept_files(site, run.chain, run.given_up, result)
    return result


class _Run:
    def __init__(
        self, site: Site, anchors: list[Anchor], since: int, sample: float, progress: Progress | None
    ) -> None:
        self.site = site
        self.anchors = anchors
        self.since = since
        self.sample = sample
        self.progress = progress
        self.result = Verification()
        self.chain = Chain()
        self.reading = LogReading(site)
        self.roots: dict[int, str] = {}
        self.signed_sizes = {anchor.size for anchor in anchors}
        self.pruned = 0
        self.judge = Judge(site, ())
        self.pruned_before, self.erased_events = 0, frozenset[str]()
        self.adopted = self.told_adopted = 0
        self.given_up: frozenset[str] = frozenset()
        self.locked: dict[str, tuple[int | None, int]] = {}

    def run(self, keys: Sequence[PublicKey]) -> Verification:
        self.chain = check_chain(self.site, keys or self._own_keys(), self.result)
        self.signed_sizes |= set(self.chain.roots)
        self._load_mac_keys()
        self._read_maintenance()
        self._check_leaves()
        self._check_sample()
        self._check_foreign_leaves()
        self._check_adopted()
        self._check_unsealed()
        self._tell_locked()
        self._check_roots()
        self._check_anchors()
        return self.result

    # what is believed
    def _own_keys(self) -> Sequence[PublicKey]:
        try:
            return load_public_keys(self.site)
        except KeysMissing as missing:
            self.result.add(NOT_CHECKABLE, Words("no signature can be checked: {0}", missing))
            return ()

    def _load_mac_keys(self) -> None:
        try:
            self.judge = Judge(self.site, load_mac_keys(self.site))
        except KeysMissing as missing:
            self.result.add(NOT_CHECKABLE, Words("no authentication code can be checked: {0}", missing))

    def _read_maintenance(self) -> None:
        """Which rows may be gone, from maintenance events that are sealed themselves."""
        for row in self.site.get_all(LOG, READ_FIELDS, {"process_type": MAINTENANCE}):
            leaves = self.site.get_all(LEAF, LEAF_FIELDS, {"event": row["event_id"]}, limit=1)
            judged = self.judge.sealed(row, leaves[0] if leaves else None)
            # what an earlier trail told of its own positions says nothing of those of this one
            if leaves and not judged.wrong and not is_adopted(row):
                removal = told_by_id(row["event_id"]) if judged.locked else told(judged.details)
                self.pruned_before = max(self.pruned_before, removal.pruned_before)
                self.erased_events |= {removal.erased}
                self.told_adopted += removal.adopted
                self.given_up |= removal.restored

    # leaves and their rows
    def _check_leaves(self) -> None:
        frontier = self._start()
        end = self.chain.size
        for page in pages(self.site, LEAF, LEAF_FIELDS, "position", self.since, end):
            frontier = self._check_page(page, frontier)
            if self.progress:
                self.progress(page[-1]["position"] + 1, end)
        reached = self.since + self.result.leaves_checked
        if reached < end:
            self._leaf_missing(reached, end)
        elif frontier is not None:
            self.roots[frontier.size] = frontier.root().hex()
        self.result.tree_size = end
        self.result.root = self.roots.get(end, "")

    def _start(self) -> Frontier | None:
        """The edge of the tree to go on from; the edge that is stored must fold to the signed root."""
        if not self.since:
            self.roots[0] = Frontier().root().hex()
            return Frontier()
        rows = self.site.get_all(
            CHECKPOINT, CHECKPOINT_FIELDS, {"tree_size": self.since}, order_by="sequence", limit=1
        )
        if not rows:
            raise ValueError(Words("no checkpoint has {0} events; verify in full", self.since))
        try:
            return stored_frontier(rows[0], SignedCheckpoint.from_text(rows[0]["note"] or ""))
        except (HeadNotTrusted, ValueError) as error:
            self.result.add(ROOT_MISMATCH, str(error), checkpoint=rows[0]["sequence"])
            return None

    def _check_page(self, page: list[Row], frontier: Frontier | None) -> Frontier | None:
        rows, hashes = self._told(self.reading.follow(page)), list[bytes | None]()
        for leaf in page:
            expected = self.since + self.result.leaves_checked
            if leaf["position"] < expected:
                self.result.add(FOREIGN_LEAF, Words("this position is there twice"), **_where(leaf))
                continue
            if leaf["position"] > expected:
                self._leaf_missing(expected, leaf["position"])
                self.result.leaves_checked = leaf["position"] - self.since
                hashes.append(None)
            made = self._check_row(leaf, rows.get(leaf["event"], []))
            self.result.leaves_checked += 1
            hashes.append(made or _hash(leaf["leaf"]))
        return self._extended(frontier, hashes)

    def _extended(self, frontier: Frontier | None, hashes: list[bytes | None]) -> Frontier | None:
        """The edge after these leaves, noting the roots at signed sizes; None once a leaf is missing."""
        if frontier is None:
            return None
        known = [hashed for hashed in itertools.takewhile(bool, hashes) if hashed]
        reached, end = 0, frontier.size + len(known)
        for size in sorted(self.signed_sizes & set(range(frontier.size + 1, end + 1))):
            ahead = reached + size - frontier.size
            frontier.extend(known[reached:ahead])
            self.roots[size], reached = frontier.root().hex(), ahead
        frontier.extend(known[reached:])
        return frontier if len(known) == len(hashes) else None

    def _told(self, found: Found) -> dict[str, list[Row]]:
        for row in found.almost:
            self.result.add(FOREIGN_ROW, Words("its event id is almost that of another"), row=row["name"])
        return found.rows

    def _check_row(self, leaf: Row, rows: list[Row]) -> bytes | None:
        """Check what belongs to a leaf; the hash of the row where it, not the leaf, is to be believed."""
        for extra in rows[1:]:
            self.result.add(
                FOREIGN_ROW, Words("a second row of the same event"), row=extra["name"], **_where(leaf)
            )
        if not rows:
            self._row_missing(leaf)
            return None
        self.result.rows_checked += 1
        self.adopted += is_adopted(rows[0])
        judged = self.judge.of(rows[0], leaf, self.chain.sealed_at(leaf["position"]))
        self._note_locked(judged, leaf)
        for kind, explanation in judged.wrong:
            self.result.add(kind, explanation, row=rows[0]["name"], **_where(leaf))
        if judged.erased and {leaf["event"], erasure_id(leaf["event"])} & self.erased_events:
            self.result.add(
                ERASED, Words("its details were erased, as an event in the log says"), **_where(leaf)
            )
        elif judged.erased:
            gone = Words("its details are gone and nothing says why")
            self.result.add(ROW_MISSING, gone, row=rows[0]["name"], **_where(leaf))
        return judged.leaf if any(kind == LEAF_CHANGED for kind, _ in judged.wrong) else None

    def _note_locked(self, judged: RowVerdict, leaf: Row | None) -> None:
        if judged.locked:
            first, count = self.locked.get(judged.locked, (leaf["position"] if leaf else None, 0))
            self.locked[judged.locked] = (first, count + 1)

    def _tell_locked(self) -> None:
        """What could not be compared for want of a key, once for each key."""
        for key, (position, count) in sorted(self.locked.items()):
            explanation = Words(
                "the details of {0} events cannot be opened: the key {1} is not among the {2} of the"
                " site; their boxes are as they were written, the rest was checked",
                count,
                key,
                DETAILS_KEYS,
            )
            self.result.add(NOT_CHECKABLE, explanation, position=position)

    def _row_missing(self, leaf: Row) -> None:
        if leaf["position"] < self.pruned_before:
            if not self.pruned:
                explanation = Words(
                    "events before position {0} were pruned, as the log says", self.pruned_before
                )
                self.result.add(PRUNED, explanation)
            self.pruned += 1
        else:
            self.result.add(ROW_MISSING, Words("it was sealed and is gone"), **_where(leaf))

    def _leaf_missing(self, start: int, end: int) -> None:
        one, more = "position {0} cannot be found", "positions {0} to {1} cannot be found"
        which = Words(one, start) if end == start + 1 else Words(more, start, end - 1)
        self.result.add(LEAF_MISSING, which, position=start)

    def _check_sample(self) -> None:
        """Some older events at random, so that a change is found before the next full verification."""
        count = int(self.since * self.sample)
        positions = random.SystemRandom().sample(range(self.since), count)
        for start in range(0, count, PAGE_ROWS):
            chosen = positions[start : start + PAGE_ROWS]
            page = self.site.get_all(LEAF, LEAF_FIELDS, {"position": ("in", chosen)})
            rows = self._told(self.reading.find(page))
            for leaf in page:
                self._check_row(leaf, rows.get(leaf["event"], []))
            for position in sorted(set(chosen) - {leaf["position"] for leaf in page}):
                self._leaf_missing(position, position + 1)

    # what should not be there
    def _check_foreign_leaves(self) -> None:
        """Leaves outside the tree. They are written with their checkpoint, so it is read after them."""
        below = self.site.get_all(LEAF, LEAF_FIELDS, {"position": ("<", 0)})
        beyond = self.site.get_all(
            LEAF, LEAF_FIELDS, {"position": (">=", self.chain.size)}, order_by="position"
        )
        size = self._newest_size()
        counted = [leaf for leaf in beyond if isinstance(leaf["position"], int) and leaf["position"] < size]
        for leaf in [*below, *(leaf for leaf in beyond if leaf not in counted)]:
            self.result.add(FOREIGN_LEAF, Words("no checkpoint ever counted it"), **_where(leaf))

    def _newest_size(self) -> int:
        newest = self.site.get_all(CHECKPOINT, ["note"], order_by="sequence desc", limit=1)
        try:
            return SignedCheckpoint.from_text(newest[0]["note"]).checkpoint.tree_size if newest else 0
        except (BadNote, AttributeError):
            return self.chain.size

    def _check_adopted(self) -> None:
        """Entries that were there before the trail: how many, and not more than the log says."""
        if self.adopted > self.told_adopted:
            claimed = "so many entries claim to be from before the trail: {0}; the log tells of {1}"
            self.result.add(FOREIGN_ROW, Words(claimed, self.adopted, self.told_adopted))
        elif self.adopted:
            explanation = Words(
                "{0} entries were there before the trail and are as they were found then; what happened"
                " to them before, nobody can say",
                self.adopted,
            )
            self.result.add(ADOPTED, explanation)

    def _check_unsealed(self) -> None:
        """Rows without a leaf: written just now, or by somebody who does not know the site's key."""
        if waits(self.site) and may_go_unasked(self.site):
            self.result.add(NOT_SEALED, Words("entries from before the trail wait to be taken over"))
            return
        late, seen = 0, set[str]()
        for row in self.reading.unsealed():
            self.result.rows_checked += 1
            late += self._check_unsealed_row(row, seen)
        if late:
            minutes = int(SEAL_LAG.total_seconds() // 60)
            self.result.add(
                NOT_SEALED, Words("{0} events are older than {1} minutes and not sealed", late, minutes)
            )

    def _check_unsealed_row(self, row: Row, seen: set[str]) -> int:
        judged = self.judge.of(row, None)
        self._note_locked(judged, None)
        wrong = [finding for finding in judged.wrong if finding[0] not in (RENAMED, NOT_CHECKABLE)]
        if not row["event_id"]:
            wrong.append((FOREIGN_ROW, Words("it has no event id")))
        elif row["event_id"] in seen:
            wrong.append((FOREIGN_ROW, Words("a second row of the same event")))
        seen.add(row["event_id"])
        for _, explanation in wrong:
            self.result.add(FOREIGN_ROW, explanation, event=row["event_id"], row=row["name"])
        if wrong:
            return 0
        happened = datetime.fromisoformat(row["event_time_utc"].removesuffix("Z"))
        return int(self.site.now_utc() - happened > SEAL_LAG)

    # roots and anchors
    def _check_roots(self) -> None:
        """Only the first root that does not fit is told: all later ones follow from it."""
        if self.chain.last is None and not self.anchors:
            self.result.add(NOT_SEALED, Words("there is no checkpoint: nothing was ever sealed here"))
        for size, root in sorted(self.chain.roots.items()):
            if self.roots.get(size, root) != root:
                explanation = Words("the first {0} leaves do not make the root that was signed", size)
                self.result.add(ROOT_MISMATCH, explanation, position=size - 1)
                return

    def _check_anchors(self) -> None:
        for anchor in self.anchors:
            self.result.anchors_checked += 1
            if anchor.signed and not any(anchor.signed.signed_by(key) for key in self.chain.keys):
                self.result.add(BAD_SIGNATURE, Words("{0}: no key that is believed signed it", anchor.name))
            self._check_anchor(anchor)
        if not self.anchors and not self._handed_out_lately():
            hours = int(ANCHOR_AGE.total_seconds() // 3600)
            self.result.add(NOT_ANCHORED, Words("no checkpoint was handed out in the last {0} hours", hours))

    def _check_anchor(self, anchor: Anchor) -> None:
        if anchor.size > self.chain.size:
            explanation = Words(
                "{0} counts {1} events, the log {2}", anchor.name, anchor.size, self.chain.size
            )
            self.result.add(ROLLBACK, explanation)
            return
        root = self.roots.get(anchor.size) or self.chain.roots.get(anchor.size)
        if root is None:
            self.result.add(
                CHECKPOINT_MISSING, Words("{0}: the root at {1} cannot be told", anchor.name, anchor.size)
            )
        elif not root.startswith(anchor.root):
            self.result.add(
                ROOT_MISMATCH, Words("{0}: the log had another root at {1} events", anchor.name, anchor.size)
            )
        elif anchor.signed and anchor.signed.checkpoint.digest not in self.chain.digests:
            self.result.add(
                CHECKPOINT_MISSING, Words("{0}: the checkpoint handed out is not in the log", anchor.name)
            )

    def _handed_out_lately(self) -> bool:
        since: dict[str, Any] = {"sent_at": (">=", self.site.now() - ANCHOR_AGE)}
        # a file, and a mail to the site's own domain, stay where whoever rewrites the log rewrites them too
        outside = {"parenttype": CHECKPOINT, "channel": ("in", ("mail", "webhook"))}
        return self.site.count(ANCHOR, since | outside) > 0


def _where(leaf: Row) -> dict[str, Any]:
    return {"position": leaf["position"], "event": leaf["event"]}


def _hash(text: Any) -> bytes | None:
    try:
        raw = bytes.fromhex(text)
    except (ValueError, TypeError):
        return None
    return raw if len(raw) == HASH_BYTES and raw.hex() == text else None
