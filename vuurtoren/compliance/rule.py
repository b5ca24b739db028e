"""A rule of the SEPA scheme as data, what it says about one record, and the one way to ask it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal

from vuurtoren.compliance.records import BankFile, Batch, Circumstances, Collection, Record
from vuurtoren.site.quantities import Day
from vuurtoren.site.words.words import Words, filled

Answer = Literal["held", "broken", "pending", "not applicable"]
Severity = Literal["C", "H", "M", "I"]
SEVERITIES: tuple[Severity, ...] = ("C", "H", "M", "I")
"""Stop and tell now; the same day; in the weekly digest; for information."""
Area = Literal["mandates", "collections", "returns", "trail"]
AREAS: tuple[Area, ...] = ("mandates", "collections", "returns", "trail")
Translate = Callable[[str], str]


@dataclass(frozen=True)
class Verdict:
    """What a rule says about one record.

    `text` says why, with `values` in its braces; both are free of personal data but for names of documents.
    A verdict of severity "" has that of its rule. `deadline` is when it must be mended, `cents` what is at
    stake, `action` what to do where the rule's own sentence does not fit.
    """

    answer: Answer
    text: str = ""
    values: tuple[Any, ...] = ()
    severity: Severity | Literal[""] = ""
    deadline: date | None = None
    cents: int | None = None
    action: str = ""

    def sentence(self, translate: Translate = str) -> str:
        return filled(translate, self.text, self.values) if self.text else ""

    def in_words(self) -> Words:
        """The same as `sentence`, to be said in a language later."""
        return Words(self.text, *self.values)


Check = Callable[[Any, Circumstances], Verdict]
HELD = Verdict("held")


def broken(
    text: str, *values: Any, severity: Severity | Literal[""] = "", deadline: date | None = None,
    cents: int | None = None, action: str = "",
) -> Verdict:  # fmt: skip
    return Verdict("broken", text, values, severity, deadline, cents, action)


def pending(text: str, *values: Any) -> Verdict:
    """It cannot be said, because this is missing; never counted as held."""
    return Verdict("pending", text, values)


def not_applicable(text: str, *values: Any) -> Verdict:
    return Verdict("not applicable", text, values)


@dataclass(frozen=True)
class SepaRule:
    """One rule: what must hold, by which source, since when, for which records, and what to do if not.

    `checks` has a pure check for each kind of record that it judges. `needs` are the DocTypes, or fields as
    "DocType.field", without which it does not apply. It does not judge what was before `effective_from`.
    """

    id: str
    title: str
    severity: Severity
    area: Area
    source: str
    checks: Mapping[type[Any], Check]
    action: str
    needs: tuple[str, ...] = ()
    effective_from: date = date(2009, 11, 2)
    """SEPA Core Direct Debit began on 2 November 2009."""
    action_once_due: str = ""
    """What to do about a line or batch whose due date is over, where `action` can be done before it only."""


def judge(rule: SepaRule, record: Record, circumstances: Circumstances) -> Verdict:
    """The verdict of a rule on a record of its kind; a broken one with severity and action, and one about a
    whole batch or its file with the due date and all that it collects.

    Never raises for what is missing.
    """
    if lacking := _lacking(rule.needs, circumstances.absent):
        return lacking
    if judged_on(record, circumstances) < rule.effective_from:
        return not_applicable("not in force before {0}", Day(rule.effective_from))
    verdict = rule.checks[type(record)](record, circumstances)
    if verdict.answer != "broken":
        return verdict
    if isinstance(record, Batch | BankFile):
        verdict = _at_stake(verdict, record, circumstances.today)
    action = verdict.action or (_is_over(record, circumstances) and rule.action_once_due) or rule.action
    return replace(verdict, severity=verdict.severity or rule.severity, action=action)


def judged_on(record: Record, circumstances: Circumstances) -> date:
    """The day whose rules hold for a record: of a file and its batch the day it was made, else today."""
    if isinstance(record, BankFile) and record.created_at:
        return record.created_at.date()
    if isinstance(record, Batch):
        return _day(record.submitted_at or record.file_generated_at) or record.due_on or circumstances.today
    if isinstance(record, Collection):
        return record.due_on or circumstances.today
    return circumstances.today


@lru_cache(maxsize=512)
def _lacking(needs: tuple[str, ...], absent: frozenset[str]) -> Verdict | None:
    """The same of every record: what of this the site does not have."""
    for needed in needs:
        doctype = needed.partition(".")[0]
        if doctype in absent:
            return not_applicable("{0} is not installed", doctype)
        if needed in absent:
            return not_applicable("{0} is not there", needed)
    return None


def _at_stake(verdict: Verdict, record: Batch | BankFile, today: date) -> Verdict:
    due = record.due_on if record.due_on and record.due_on >= today else None
    cents = record.total_cents if verdict.cents is None else verdict.cents
    return replace(verdict, deadline=verdict.deadline or due, cents=cents)


def _is_over(record: Record, circumstances: Circumstances) -> bool:
    due = record.due_on if isinstance(record, Batch | Collection | BankFile) else None
    return due is not None and due < circumstances.today


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
