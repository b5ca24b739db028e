"""“May this batch be sent?” One pure question over a batch, its file, and what is known on the day.

It may be sent where nothing speaks against it; it must not where a rule of severity C or H is broken, or the
bank would refuse the file; where what decides is not known, that is the answer, and never a yes.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from vuurtoren.compliance.bank_files.comparison import compare, place_of
from vuurtoren.compliance.bank_files.pain008 import FileReading
from vuurtoren.compliance.bank_files.problems import Problem, Problems, Weight
from vuurtoren.compliance.records import BankFile, Batch, Circumstances, Collection, Record, Return
from vuurtoren.compliance.rule import SepaRule, Verdict
from vuurtoren.compliance.rules.catalogue import BY_ID, verdicts
from vuurtoren.compliance.rules.collections import MAKE_ANEW
from vuurtoren.compliance.subject import Key, subject_of
from vuurtoren.site.quantities import Day
from vuurtoren.site.words.words import Words

Answer = Literal["may be sent", "must not be sent", "could not be decided"]
MAY: Answer = "may be sent"
MUST_NOT: Answer = "must not be sent"
UNDECIDED: Answer = "could not be decided"
ANSWERS: tuple[Answer, ...] = (MAY, MUST_NOT, UNDECIDED)
STOPPING = ("C", "H")
AFTERWARDS = frozenset({"R05"})
"""Rules about a batch that is at the bank already."""
ACTIONS = {
    **dict.fromkeys(("iban_differs", "iban_of_mandate_differs"), BY_ID["C02"].action),
    **dict.fromkeys(
        ("creditor_account_differs", "creditor_iban"),
        "Do not send it. Ask a second person, by a way that you knew before, which account is right.",
    ),
    "signature_too_late": BY_ID["C01"].action,
    "changed_file": BY_ID["C08"].action,
    "unreadable": "Take the file that the batch was made into; one that was cut or converted is none.",
    "no_lines": "Add the collections to the batch, or delete it.",
}
"""What to do about what was found in a file, where making it anew is not all."""
FROM_THE_BATCH = (MAKE_ANEW, ACTIONS["no_lines"])
WITHOUT_A_BATCH = Words(
    "Tell whoever looks after the program that writes the file; no batch on this site belongs to it."
)
LEFT_TO_THE_READER = frozenset({"C05", "C08", "C10"})
"""Rules about a file that the reader has already told in more words where it found them broken."""


@dataclass(frozen=True, slots=True)
class PreFlight:
    """The answer, and everything that speaks against sending or could not be looked at, the worst first."""

    answer: Answer
    problems: tuple[Problem, ...]
    batch: str = ""
    file: str = ""
    sha256: str = ""
    collections: int = 0
    cents: int | None = None

    @property
    def reasons(self) -> tuple[Problem, ...]:
        """What the answer rests on: nothing, where it may be sent."""
        weights = {MAY: (), MUST_NOT: ("refused",), UNDECIDED: ("limit", "unknown")}[self.answer]
        return tuple(problem for problem in self.problems if problem.weight in weights)

    def advised(self) -> list[tuple[str, list[Problem]]]:
        """The reasons by what to do about them, each advice once, in the order of the worst of them."""
        found: dict[str, list[Problem]] = {}
        for problem in self.reasons:
            found.setdefault(self.advice(problem), []).append(problem)
        return list(found.items())

    def advice(self, problem: Problem) -> str:
        """What to do about it, empty for what is not known; no batch is named where none has the file."""
        if problem.weight in ("limit", "unknown", "unchecked"):
            return ""
        action = action_for(problem)
        return WITHOUT_A_BATCH if action in FROM_THE_BATCH and not self.batch else action

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """What else was noticed."""
        return tuple(problem for problem in self.problems if problem not in self.reasons)


def action_for(problem: Problem) -> Words:
    """What to do about it: in the words of the rule that judged a record, else what mends a file."""
    of_rule = BY_ID[problem.kind].action if problem.kind in BY_ID else ACTIONS.get(problem.kind, MAKE_ANEW)
    action = problem.action or of_rule
    return action if isinstance(action, Words) else Words(action)


def preflight(
    batch: Batch | None,
    reading: FileReading | None,
    circumstances: Circumstances,
    *,
    returns: Iterable[Return] = (),
    schema: Iterable[Problem] = (),
    changed_since: str = "",
    accepted: Container[Key] = frozenset(),
) -> PreFlight:
    """Judge a batch and its file by the rules of the catalogue, on the day of the circumstances.

    `returns` are those whose mandates stand in the batch, `schema` what the published schema said,
    `changed_since` the SHA-256 that the file had when it was made, where that is known, and `accepted` what
    somebody decided to live with, which stops nothing any more.
    """
    problems, judge = Problems(), partial(_judge, circumstances=circumstances, accepted=accepted)
    own = (*(reading.problems if reading else ()), *schema)
    if reading and reading.readable and batch:
        own += compare(reading.file, batch, circumstances.creditor)
    if reading and changed_since and reading.file.sha256 != changed_since:
        problems.add("changed_file", "C08", "the file is not the one that was made for the batch")
    told = {problem.rule for problem in own if problem.weight == "refused"} & LEFT_TO_THE_READER
    if reading and reading.readable:
        file = replace(
            reading.file, problems=(), generated_sha256=changed_since or reading.file.generated_sha256
        )
        judge(problems, file, without=told | ({"C08"} if problems.all() else set()))
    elif batch and reading is None:
        problems.add("no_file", "C08", "the batch has no file yet", weight="unknown")
    if batch:
        judge(problems, batch)
        for collection in batch.collections:
            judge(problems, collection, place=collection.invoice or collection.name)
        if not batch.collections:
            problems.add("no_lines", "C08", "the batch has no lines")
    else:
        if reading and reading.readable:
            _judge_alone(problems, reading.file, judge)
        problems.add(
            "no_batch", "C08",
            "no batch on this site belongs to the file, so that it was looked at by itself", weight="unknown",
        )  # fmt: skip
    for back in returns:
        judge(problems, back, only=frozenset({"R03"}), place=back.invoice or back.mandate)
    judge(problems, circumstances.creditor, only=frozenset({"M02", "M07"}))
    return _answered(batch, reading, (*own, *problems.all()))


def _judge_alone(problems: Problems, file: BankFile, judge: Callable[..., None]) -> None:
    """What a batch would say of its due date and signatures, said of a file that none belongs to."""
    for block in file.blocks:
        as_batch = Batch(file.name, due_on=block.due_on, batch_type=block.sequence_type)
        judge(problems, as_batch, only=frozenset({"C06"}))
    for number, (block, line) in enumerate(file.lines, 1):
        if line.signed_on and block.due_on and line.signed_on >= block.due_on:
            problems.add(
                "signature_too_late", "C01", "the mandate is signed on {0}, and collected on {1}",
                Day(line.signed_on), Day(block.due_on), place=place_of(number, line), alike=True,
            )  # fmt: skip


def _answered(batch: Batch | None, reading: FileReading | None, problems: tuple[Problem, ...]) -> PreFlight:
    order: tuple[Weight, ...] = ("refused", "limit", "unknown", "doubtful", "unchecked")
    ordered = tuple(sorted(problems, key=lambda problem: (order.index(problem.weight), problem.rule)))
    weights = {problem.weight for problem in ordered}
    answer = MUST_NOT if "refused" in weights else UNDECIDED if weights & {"limit", "unknown"} else MAY
    amounts = _amounts(batch, reading.file if reading else None)
    known = [cents for cents in amounts if cents is not None]
    return PreFlight(
        answer,
        ordered,
        batch.name if batch else "",
        reading.file.name if reading else "",
        reading.file.sha256 if reading else "",
        len(amounts),
        sum(known) if known and len(known) == len(amounts) else None,
    )


def _amounts(batch: Batch | None, file: BankFile | None) -> list[int | None]:
    lines: list[Collection] = list(batch.collections) if batch else []
    if lines or file is None:
        return [line.cents for line in lines]
    return [line.cents for _, line in file.lines]


def _judge(
    problems: Problems,
    record: Record,
    *,
    circumstances: Circumstances,
    accepted: Container[Key],
    without: set[str] | frozenset[str] = frozenset(),
    only: frozenset[str] = frozenset(),
    place: str = "",
) -> None:
    for rule, verdict in verdicts(record, circumstances):
        if verdict.answer == "held" or rule.id in without | AFTERWARDS or (only and rule.id not in only):
            continue
        weight = _weight(rule, verdict)
        if weight == "refused":
            subject = subject_of(record)
            weight = "doubtful" if (rule.id, subject.doctype, subject.name) in accepted else weight
        if weight:
            problems.add(
                rule.id, rule.id, verdict.text, *verdict.values,
                place=place, weight=weight, alike=True, missing=verdict.answer == "pending",
                action=verdict.action if verdict.action != rule.action else "",
            )  # fmt: skip


def _weight(rule: SepaRule, verdict: Verdict) -> Weight | None:
    """None for what does not apply; what is pending decides only where the rule is of severity C."""
    if verdict.answer == "broken":
        return "refused" if verdict.severity in STOPPING else "doubtful"
    if verdict.answer == "pending":
        return "unknown" if rule.severity == "C" else "unchecked"
    return None
