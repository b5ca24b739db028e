"""What a verification found: every finding by its class and its row, and the one answer that follows."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from vuurtoren.site.words.words import Words, listed

ROW_CHANGED = "row changed"
ROW_MISSING = "row missing"
FOREIGN_ROW = "foreign row"
CHANGED_BEFORE_SEAL = "changed before seal"
LEAF_CHANGED = "leaf changed"
LEAF_MISSING = "leaf missing"
FOREIGN_LEAF = "foreign leaf"
CHECKPOINT_CHANGED = "checkpoint changed"
CHECKPOINT_MISSING = "checkpoint missing"
ROOT_MISMATCH = "root mismatch"
ROLLBACK = "rollback"
BAD_SIGNATURE = "bad signature"
SET_BACK = "set back"
FORKED = "forked"
NOT_SEALED = "not sealed"
NOT_ANCHORED = "not anchored"
NOT_CHECKABLE = "not checkable"
PRUNED = "pruned"
ERASED = "erased"
ADOPTED = "adopted"
RENAMED = "renamed"
RESTORED = "restored"
CLOCK_WENT_BACK = "clock went back"

INCOMPLETE = frozenset({NOT_SEALED, NOT_ANCHORED, NOT_CHECKABLE})
NOTES = frozenset({PRUNED, ERASED, ADOPTED, RENAMED, RESTORED, CLOCK_WENT_BACK})

OK, EXIT_TAMPERED, EXIT_INCOMPLETE, EXIT_NOT_RUN = 0, 1, 2, 3
COVERED = Words("{0}: {1} events sealed, {2} rows and {3} checkpoints checked, {4} anchors")
_ANSWER = re.compile(
    r"([a-z ]+): (\d+) events sealed, (\d+) rows and (\d+) checkpoints checked, (\d+) anchors(?:; (.+))?"
)
ANSWERS = {OK: "ok", EXIT_TAMPERED: "tampered", EXIT_INCOMPLETE: "incomplete", EXIT_NOT_RUN: "could not run"}


@dataclass(frozen=True)
class Finding:
    """One finding: its class, a sentence, and the position, event, row or checkpoint that it is about."""

    kind: str
    explanation: str
    position: int | None = None
    event: str | None = None
    row: str | None = None
    checkpoint: int | None = None

    @property
    def tampering(self) -> bool:
        return self.kind not in INCOMPLETE | NOTES

    @property
    def words(self) -> Words:
        """The finding as people read it, to be said in their language."""
        places = {
            Words("position {0}", self.position): self.position,
            Words("event {0}", self.event): self.event,
            Words("row {0}", self.row): self.row,
            Words("checkpoint {0}", self.checkpoint): self.checkpoint,
        }
        where = [place for place, value in places.items() if value is not None]
        if where:
            return Words("{0}: {1}: {2}", Words(self.kind), listed(where), self.explanation)
        return Words("{0}: {1}", Words(self.kind), self.explanation)

    def __str__(self) -> str:
        return str(self.words)


@dataclass
class Verification:
    """The result: what was looked at, and all that was found."""

    findings: list[Finding] = field(default_factory=list)
    leaves_checked: int = 0
    rows_checked: int = 0
    checkpoints_checked: int = 0
    anchors_checked: int = 0
    tree_size: int = 0
    root: str = ""

    def add(self, kind: str, explanation: str, **where: int | str | None) -> None:
        self.findings.append(Finding(kind, explanation, **where))  # type: ignore[arg-type]

    def of(self, *kinds: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.kind in kinds]

    @property
    def tampered(self) -> bool:
        return any(finding.tampering for finding in self.findings)

    @property
    def exit_code(self) -> int:
        if self.tampered:
            return EXIT_TAMPERED
        return EXIT_INCOMPLETE if self.of(*INCOMPLETE) else OK

    @property
    def answer(self) -> str:
        """One line for people: the answer, what it covers, and how often each class was found."""
        found = Counter(finding.kind for finding in self.findings)
        counted = "; ".join(f"{kind}: {count}" for kind, count in sorted(found.items()))
        covered = COVERED.format(
            ANSWERS[self.exit_code], self.tree_size, self.rows_checked, self.checkpoints_checked,
            self.anchors_checked,
        )  # fmt: skip
        return covered + (f"; {counted}" if counted else "")


def answer_in_words(answer: str) -> str:
    """An answer that was kept, so that it can be said in another language."""
    found = _ANSWER.fullmatch(answer)
    if found is None:
        return answer
    said, *numbers, counted = found.groups()
    words = Words(COVERED, Words(said), *numbers)
    for each in counted.split("; ") if counted else ():
        kind, _, count = each.rpartition(": ")
        words = Words("{0}; {1}", words, Words("{0}: {1}", Words(kind), count))
    return words
