"""A measurement: a value, or the reason why there is none; with its unit and its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from vuurtoren.metrics.subject import Subject
from vuurtoren.site.strangers import moment
from vuurtoren.site.words.kept import read
from vuurtoren.site.words.words import Translate, Words

Scalar = float | int | str | bool
Labels = tuple[tuple[str, str], ...]


REASON = "reason"


@dataclass(frozen=True)
class Metric:
    """One number that can be traced: what, how much, of which unit, from where, when (site time).

    `value` is None exactly when `reason` says why. `labels` tell one instance from another (a queue, a
    table); `evidence` holds the few rows behind the number, already fit for people; `doctype` names the
    list of documents behind it; `subjects` are the things that make up most of it.
    """

    key: str
    value: Scalar | None
    unit: str
    source: str
    measured_at: datetime
    reason: str = ""
    labels: Labels = ()
    evidence: tuple[Mapping[str, Any], ...] = ()
    doctype: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    """Which documents of that list, as the address of a list says it: (field, value or '["op", value]')."""
    subjects: tuple[Subject, ...] = ()
    words: Mapping[str, Any] = field(default_factory=dict)
    """What sentences of the evidence are made of, by number of the row and name: {"0 for example": …}; and
    under `REASON` what the reason is made of."""

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.reason):
            raise ValueError(
                f"{self.key}: a metric has either a value or a reason, got {self.value!r} and {self.reason!r}"
            )

    @property
    def known(self) -> bool:
        return self.value is not None

    def said(self, say: Translate) -> Metric:
        """The same with its reason and its evidence in another language, as far as they are ours."""
        reason = read(self.words.get(REASON))
        return replace(
            self,
            reason=reason.said(say) if isinstance(reason, Words) else self.reason,
            evidence=tuple(said_again(self.evidence, self.words, say)),
        )

    def as_plain(self) -> dict[str, Any]:
        """The metric as JSON can hold it; `from_plain` reads it back."""
        return {
            "key": self.key,
            "value": self.value,
            "unit": self.unit,
            "source": self.source,
            "measured_at": self.measured_at.isoformat(),
            "reason": self.reason,
            "labels": [list(label) for label in self.labels],
            "evidence": [dict(row) for row in self.evidence],
            "doctype": self.doctype,
            "rows": [list(row) for row in self.rows],
            "subjects": [subject.as_plain() for subject in self.subjects],
            "words": dict(self.words),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Metric:
        """Raises KeyError, TypeError or ValueError where the mapping is no metric."""
        texts = {name: plain[name] for name in ("key", "unit", "source", "reason", "doctype")}
        labels = tuple((name, value) for name, value in plain["labels"])
        evidence, value = tuple(plain["evidence"]), plain["value"]
        words = dict(plain.get("words", {}))
        rows = tuple((field, given) for field, given in plain.get("rows", ()))
        of_its_kind = (
            all(
                isinstance(each, str)
                for each in (*texts.values(), *(part for pair in (*labels, *rows) for part in pair))
            )
            and all(isinstance(row, dict) for row in evidence)
            and (value is None or isinstance(value, bool | int | float | str))
        )
        if not of_its_kind:
            raise TypeError("a metric has texts, labels of texts, rows of evidence and a plain value")
        return cls(
            **texts, value=value, measured_at=moment(plain["measured_at"]), labels=labels, evidence=evidence,
            rows=rows, subjects=tuple(map(Subject.from_plain, plain.get("subjects", ()))), words=words,
        )  # fmt: skip


def said_again(evidence: Sequence[Any], words: Mapping[str, Any], say: Translate) -> list[Any]:
    """The rows with those sentences said again of which it is known what they are made of."""
    found = {place: read(plain) for place, plain in words.items()}
    known = {place: text for place, text in found.items() if isinstance(text, Words)}
    return [
        {
            name: known[place].said(say) if (place := f"{number} {name}") in known else value
            for name, value in row.items()
        }
        if isinstance(row, dict)
        else row
        for number, row in enumerate(evidence)
    ]
