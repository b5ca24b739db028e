"""All checkpoints in order: each signed, each naming the one before, each row saying what its note says."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from vuurtoren.audit.seals.canonical import utc_time
from vuurtoren.audit.seals.checkpoint import FIRST, Checkpoint, SignedCheckpoint
from vuurtoren.audit.seals.findings import (
    BAD_SIGNATURE,
    CHECKPOINT_CHANGED,
    CHECKPOINT_MISSING,
    CLOCK_WENT_BACK,
    ROLLBACK,
    ROOT_MISMATCH,
    Verification,
)
from vuurtoren.audit.seals.note import BadNote, PublicKey
from vuurtoren.audit.seals.tables import CHECKPOINT, pages
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

FIELDS = ("name", "sequence", "tree_size", "root", "previous", "time_utc", "key_id", "note", "frontier")


@dataclass
class Chain:
    """What the checkpoints state: the root at every signed size, and the keys that are believed."""

    roots: dict[int, str] = field(default_factory=dict)
    digests: set[str] = field(default_factory=set)
    keys: list[PublicKey] = field(default_factory=list)
    last: Checkpoint | None = None
    count: int = 0
    sizes: list[int] = field(default_factory=list)
    times: list[datetime | None] = field(default_factory=list)

    def sealed_at(self, position: int) -> datetime | None:
        """The UTC time of the checkpoint that first counts this leaf; None where no clock can be believed."""
        first = bisect_right(self.sizes, position)
        return self.times[first] if first < len(self.times) else None

    @property
    def size(self) -> int:
        return self.last.tree_size if self.last else 0


def check_chain(site: Site, trusted: Sequence[PublicKey], result: Verification) -> Chain:
    """Walk all checkpoints; a key is believed when it is trusted or when a believed one handed over to it."""
    chain = Chain(keys=list(trusted))
    for page in pages(site, CHECKPOINT, FIELDS, "sequence", 0):
        for row in page:
            _check_row(row, chain, result)
    result.checkpoints_checked = chain.count
    return chain


def _check_row(row: Row, chain: Chain, result: Verification) -> None:
    chain.count += 1
    number = row["sequence"]
    if number != chain.count:
        result.add(CHECKPOINT_MISSING, Words("number {0} is not there", chain.count), checkpoint=number)
        chain.count = number
    try:
        signed = SignedCheckpoint.from_text(row["note"] or "")
    except BadNote as error:
        result.add(CHECKPOINT_CHANGED, Words("its note cannot be read: {0}", error), checkpoint=number)
        return
    _check_signature(signed, row, chain, result)
    _check_columns(signed.checkpoint, row, result)
    _check_order(signed.checkpoint, row, chain, result)
    _keep_time(signed.checkpoint, chain)
    chain.last = signed.checkpoint
    chain.digests.add(signed.checkpoint.digest)


def _keep_time(checkpoint: Checkpoint, chain: Chain) -> None:
    """A clock that went back says nothing of what was written before it did."""
    before = chain.last.time_utc if chain.last else ""
    try:
        time = utc_time(checkpoint.time_utc) if checkpoint.time_utc >= before else None
    except ValueError:
        time = None
    chain.sizes.append(max([checkpoint.tree_size, *chain.sizes[-1:]]))
    chain.times.append(time)


def _check_signature(signed: SignedCheckpoint, row: Row, chain: Chain, result: Verification) -> None:
    if not any(signed.signed_by(key) for key in chain.keys):
        result.add(BAD_SIGNATURE, Words("no key that is believed signed it"), checkpoint=row["sequence"])
    elif signed.checkpoint.new_key and signed.checkpoint.new_key not in chain.keys:
        chain.keys.append(signed.checkpoint.new_key)


def _check_columns(checkpoint: Checkpoint, row: Row, result: Verification) -> None:
    stated = (checkpoint.tree_size, checkpoint.root.hex(), checkpoint.previous, checkpoint.time_utc)
    if stated != (row["tree_size"], row["root"], row["previous"], row["time_utc"]):
        result.add(
            CHECKPOINT_CHANGED, Words("its row says something else than its note"), checkpoint=row["sequence"]
        )


def _check_order(checkpoint: Checkpoint, row: Row, chain: Chain, result: Verification) -> None:
    number, before = row["sequence"], chain.last
    if checkpoint.previous != (before.digest if before else FIRST):
        result.add(CHECKPOINT_CHANGED, Words("it does not continue the one before it"), checkpoint=number)
    if checkpoint.tree_size < chain.size:
        explanation = Words("it counts {0} events, the one before it {1}", checkpoint.tree_size, chain.size)
        result.add(ROLLBACK, explanation, checkpoint=number)
    if chain.roots.setdefault(checkpoint.tree_size, checkpoint.root.hex()) != checkpoint.root.hex():
        result.add(
            ROOT_MISMATCH, Words("an earlier one of the same size has another root"), checkpoint=number
        )
    if before and checkpoint.time_utc < before.time_utc:
        result.add(
            CLOCK_WENT_BACK, Words("from {0} to {1}", before.time_utc, checkpoint.time_utc), checkpoint=number
        )
