"""The newest checkpoint: where the next events are appended, and whether it can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vuurtoren.audit.seals.checkpoint import FIRST, SignedCheckpoint
from vuurtoren.audit.seals.keys import AuditKeys
from vuurtoren.audit.seals.merkle import Frontier
from vuurtoren.audit.seals.note import BadNote, SigningKey
from vuurtoren.audit.seals.tables import CHECKPOINT
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

FIELDS = ("sequence", "tree_size", "root", "note", "frontier", "sealed_to", "key_id")


class HeadNotTrusted(SiteError):
    """The newest checkpoint is not as the sealer wrote it, so nothing can be appended to it."""


@dataclass(frozen=True)
class Head:
    """The end of the sealed log. Without any checkpoint: sequence 0 and the empty tree."""

    sequence: int
    frontier: Frontier
    signed: SignedCheckpoint | None
    signed_by: SigningKey | None
    sealed_to: datetime | None

    @property
    def digest(self) -> str:
        return self.signed.checkpoint.digest if self.signed else FIRST


def read_head(site: Site, keys: AuditKeys) -> Head:
    """The newest checkpoint, checked against its signature and its own root; raises HeadNotTrusted."""
    rows = site.get_all(CHECKPOINT, FIELDS, order_by="sequence desc", limit=1)
    if not rows:
        return Head(0, Frontier(), None, None, None)
    row = rows[0]
    signed = _signed(row)
    key = keys.signing_key(row["key_id"])
    if key is None:
        raise HeadNotTrusted(
            Words(
                "checkpoint {0} was signed with the key {1}, which is not in the site configuration; put"
                " it back, before newer keys, so that both can sign",
                row["sequence"],
                row["key_id"],
            )
        )
    if not signed.note.signed_by(key.public):
        raise HeadNotTrusted(
            Words("the signature of checkpoint {0} does not fit; verify the trail", row["sequence"])
        )
    return Head(row["sequence"], stored_frontier(row, signed), signed, key, row["sealed_to"])


def stored_frontier(row: Row, signed: SignedCheckpoint) -> Frontier:
    """The edge of the tree as stored beside a checkpoint, when it folds to the signed root."""
    try:
        nodes = [bytes.fromhex(text) for text in (row["frontier"] or "").split()]
        frontier = Frontier(signed.checkpoint.tree_size, nodes)
    except ValueError as error:
        raise HeadNotTrusted(
            Words("the stored edge of checkpoint {0} is damaged: {1}", row["sequence"], error)
        ) from None
    if frontier.root() != signed.checkpoint.root:
        raise HeadNotTrusted(
            Words("the stored edge of checkpoint {0} is not that of its root", row["sequence"])
        )
    return frontier


def _signed(row: Row) -> SignedCheckpoint:
    try:
        return SignedCheckpoint.from_text(row["note"] or "")
    except BadNote as error:
        raise HeadNotTrusted(Words("checkpoint {0} cannot be read: {1}", row["sequence"], error)) from None
