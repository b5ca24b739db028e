"""Which alerts share a cause and so are one incident: by declared rules, what they name, and time. Pure.

An alert follows from another where its rule says so (`because_of`), or where both are about the same error
kind, job, page, batch, queue or document, and the times fit. Of each incident the worst is told, and of what
is equally bad the earliest. Three things hold whatever is declared: telling is held back and never judging;
an opening is held back and never an end; one step is enough, so nothing depends on how long a chain is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import get_args

from vuurtoren.alerts.alerts import details_of
from vuurtoren.metrics.subject import Sort, Subject
from vuurtoren.rules.rule import Labels, Rule, rank
from vuurtoren.signals.catalogue import BY_KEY
from vuurtoren.site.values import Row

DETECTED_WITHIN = {
    "tick": timedelta(minutes=30),
    "hourly": timedelta(minutes=90),
    "daily": timedelta(hours=25),
}
"""By how often a rule is judged: how long after it began a trouble may be seen."""
FOLLOWS_WITHIN = timedelta(days=3)
"""What begins later than this after its supposed cause has another one."""
LONGEST_NAMED = 50
FIELDS = [
    "name", "rule", "kind", "severity", "details", "first_seen", "timestamp", "creation", "resolved_at",
]  # fmt: skip
"""Of an alert, all that the grouping reads."""
_NAME = re.compile(r"(?=\S*\d)(?=\S*[^\W\d])[\w./-]{8,}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Member:
    """One alert as the grouping sees it; `ended` is None while it is open.

    `names` are what it is about, and `subjects` say of some of them what they are.
    """

    name: str
    rule: str
    began: datetime
    ended: datetime | None = None
    labels: Labels = ()
    names: frozenset[str] = frozenset()
    severity: str = "MEDIUM"
    because_of: tuple[str, ...] = ()
    slack: timedelta = DETECTED_WITHIN["tick"]
    subjects: tuple[Subject, ...] = ()
    event: bool = False

    @property
    def urgency(self) -> tuple[int, bool, tuple[datetime, int, str]]:
        """The worst first; of what is equally bad what goes on, and of that the one that comes first."""
        return -rank(self.severity), self.event, self.order

    @property
    def queues(self) -> set[str]:
        return {each.name for each in self.subjects if each.sort == "queue"}

    @property
    def order(self) -> tuple[datetime, int, str]:
        """The earlier one is the cause; of two that were seen at once the one that the rules name as such."""
        return self.began, _steps_from_a_cause(self.rule), f"{self.rule} {self.name}"


@dataclass(frozen=True)
class Incident:
    """Alerts with one cause: the first of `members` is what the others follow from."""

    members: tuple[Member, ...] = field(default_factory=tuple)
    links: Mapping[str, Member] = field(default_factory=dict)
    """By the name of each that follows from another of them: which."""

    @property
    def root(self) -> Member:
        return self.members[0]

    @property
    def severity(self) -> str:
        return max((each.severity for each in self.members), key=rank)


def member_of(row: Row, rule: Rule | None) -> Member:
    """What the grouping needs of a stored alert."""
    details = details_of(row)
    which = details.get("which")
    labels = sorted((str(key), str(value)) for key, value in which.items()) if isinstance(which, dict) else []
    slack = DETECTED_WITHIN[rule.interval] + timedelta(seconds=rule.for_seconds) if rule else None
    began = row["first_seen"] or row["timestamp"] or row["creation"]
    subjects = tuple(each for each in subjects_of(details) if each.since is None or each.since <= began)
    return Member(
        name=str(row["name"]),
        rule=str(row["rule"] or ""),
        began=began,
        ended=row["resolved_at"],
        labels=tuple(labels),
        names=frozenset({*_named(details), *(name for each in subjects for name in _names_of(each))}),
        severity=str(row["severity"]),
        because_of=rule.because_of if rule and row["kind"] != "Unknown" else (),
        slack=slack or DETECTED_WITHIN["tick"],
        subjects=subjects,
        event=bool(rule and rule.event and row["kind"] == "Breach"),
    )


def incidents(members: Iterable[Member]) -> list[Incident]:
    """Every alert in exactly one incident, in whatever order they are given; the oldest incident first."""
    ordered = sorted(members, key=lambda each: each.order)
    leader = {each.name: each.name for each in ordered}

    def lead(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    links = dict(_links(ordered))
    for follower, cause in links.items():
        leader[lead(follower.name)] = lead(cause.name)
    groups: dict[str, list[Member]] = {}
    for each in ordered:
        groups.setdefault(lead(each.name), []).append(each)
    by_name = {follower.name: cause for follower, cause in links.items()}
    found = [
        Incident(
            tuple(_root_first(group)),
            {each.name: by_name[each.name] for each in group if each.name in by_name},
        )
        for group in groups.values()
    ]
    return sorted(found, key=lambda each: each.root.order)


def held_back_by(one: Member, incident: Iterable[Member]) -> Member | None:
    """The open alert of its incident that says enough already, so that its opening need not be told; None to
    tell it.

    Of two that belong together the worse one is told, whether it is the cause or what follows, and of what is
    equally bad the earlier one: of every incident something is told, and what is worse is always told. What
    happened once does not stand for what goes on.
    """
    speaking = [
        each
        for each in incident
        if each.ended is None
        and each.urgency < one.urgency
        and each.event <= one.event
        and (follows(one, each) or follows(each, one))
    ]
    return min(speaking, key=lambda each: each.urgency, default=None)


def shared(one: Member, other: Member) -> Subject | None:
    """What both are about, by the name that says most; None where they name nothing in common."""
    names = one.names & other.names
    said = [each for each in (*one.subjects, *other.subjects) if each.name in names]
    said.sort(key=lambda each: (get_args(Sort).index(each.sort), each.name))
    return said[0] if said else Subject("document", min(names)) if names else None


def follows(follower: Member, cause: Member) -> bool:
    """Whether this one comes from that one: in one step, by what is declared or by what both name."""
    if not _times_fit(follower, cause):
        return False
    if follower.names & cause.names:
        return True
    declared = cause.rule in follower.because_of and _same_instance(follower, cause)
    return declared and _lasted(follower, cause)


@cache
def _steps_from_a_cause(rule: str) -> int:
    """How far the declared causes of a shipped rule go back; 0 of one that has none."""
    shipped = BY_KEY.get(rule)
    return max((1 + _steps_from_a_cause(cause) for cause in shipped.because_of), default=0) if shipped else 0


def _links(ordered: Sequence[Member]) -> Iterator[tuple[Member, Member]]:
    """Each alert with the one that it most likely comes from: an earlier one that names the same, else the
    nearest in time.

    With one cause each, two troubles are not one because something could come from either. The earlier one
    first: so the earliest alert of an incident follows from none that was there before, and is told.
    """
    for follower in ordered:
        causes = [each for each in ordered if each is not follower and follows(follower, each)]
        if causes:
            yield follower, min(causes, key=lambda cause: _distance(follower, cause))


def _distance(follower: Member, cause: Member) -> tuple[bool, bool, timedelta, str]:
    shares = bool(follower.names & cause.names)
    return cause.order > follower.order, not shares, abs(follower.began - cause.began), cause.name


def _times_fit(follower: Member, cause: Member) -> bool:
    """Whether the cause was there when the other began, as far as both are seen with a delay."""
    there_before = cause.began - cause.slack <= follower.began
    there_still = cause.ended is None or cause.ended + follower.slack >= follower.began
    return there_before and there_still and follower.began - cause.began <= FOLLOWS_WITHIN


def _lasted(follower: Member, cause: Member) -> bool:
    """What was well again long before its cause ended had another one."""
    if follower.ended is None:
        return True
    return cause.ended is not None and follower.ended >= cause.ended - cause.slack - follower.slack


def _same_instance(one: Member, other: Member) -> bool:
    """What is said of one queue says nothing of another."""
    there: Mapping[str, str] = dict(other.labels)
    if any(there.get(name, value) != value for name, value in one.labels):
        return False
    queues, others = one.queues, other.queues
    return not queues or not others or bool(queues & others)


def _root_first(group: Sequence[Member]) -> Iterator[Member]:
    """The one that follows from no other of them; of several the earliest."""
    causes = [
        each for each in group if not any(each is not other and follows(each, other) for other in group)
    ]
    root = min(causes or group, key=lambda each: each.order)
    yield root
    yield from (each for each in group if each is not root)


def subjects_of(details: Mapping[str, object]) -> Iterator[Subject]:
    """What the number is about; what is stored otherwise than we store it names nothing."""
    stored = details.get("subjects")
    for plain in (stored if isinstance(stored, list) else [])[:LONGEST_NAMED]:
        with suppress(KeyError, TypeError, ValueError):
            yield Subject.from_plain(plain)


def _names_of(subject: Subject) -> Iterator[str]:
    """A document also by the names within its own: “Dues M-2018-0211” is about M-2018-0211."""
    yield subject.name
    if subject.sort == "document":
        yield from _NAME.findall(subject.name)


def _named(details: Mapping[str, object]) -> Iterator[str]:
    """Documents, jobs and functions that the evidence names; no dates and no bare numbers."""
    rows = details.get("evidence")
    for row in (rows if isinstance(rows, list) else [])[:LONGEST_NAMED]:
        for value in row.values() if isinstance(row, dict) else ():
            if isinstance(value, str) and not _MOMENT.match(value):
                yield from _NAME.findall(value)
