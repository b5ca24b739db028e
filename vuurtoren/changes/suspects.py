"""Which change most likely caused a fault: by nearness, rarity, and whether it touches what fails; pure.

Nothing here claims a cause. A change that was not there before the fault began is never named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vuurtoren.changes.change import APP, CONFIGURATION, PATCHES, RULE, Change

LOOKS_BACK = timedelta(days=7)
USUAL_OVER = timedelta(days=30)
"""How often the same changes is counted over so long."""
ONE_STEP = timedelta(minutes=30)
"""The patches of an app within so long of its update belong to it."""
HALF_AS_LIKELY = timedelta(minutes=45)
TOUCHES_NAME, TOUCHES_APP, ANOTHER_APP = 10.0, 6.0, 0.5
PRIOR: Mapping[str, float] = {
    APP: 1.0,
    PATCHES: 1.0,
    CONFIGURATION: 1.0,
    "Server Script": 1.0,
    "System Settings": 0.8,
    "Workflow": 0.7,
    "Custom DocPerm": 0.7,
    "Webhook": 0.6,
    "Email Account": 0.6,
    "Role": 0.5,
    "Notification": 0.5,
    "DocType": 0.5,
    "Custom Field": 0.4,
    "Property Setter": 0.4,
    "User Permission": 0.3,
    "Client Script": 0.3,
    "User": 0.2,
    RULE: 0.02,
}
"""How much a change of that kind breaks where nothing else is known; ours of a rule breaks nothing."""
OTHERWISE = 0.6
MOST_NAMED = 3
UNLIKELY = 0.02
"""Below this a change is not named: it is far away, happens all the time and touches nothing."""


@dataclass(frozen=True)
class Fault:
    """What went wrong: since when, in which apps the failing code is, and what it names.

    `names` are functions, DocTypes, documents and settings; `rule` is the rule that told of it.
    """

    began: datetime
    apps: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    rule: str = ""


@dataclass(frozen=True)
class Suspect:
    """Changes that were one step, and how likely they are beside the others."""

    changes: tuple[Change, ...]
    score: float

    @property
    def at(self) -> datetime:
        return self.changes[0].at

    @property
    def began(self) -> datetime:
        """When it was at the earliest."""
        return self.changes[0].began


def ranked(changes: Iterable[Change], fault: Fault, most: int = MOST_NAMED) -> list[Suspect]:
    """The likeliest changes of the week before the fault; those of the month tell what is usual."""
    given = [each for each in changes if fault.began - each.at <= USUAL_OVER]
    usual = Counter((each.kind, each.subject) for each in given)
    kinds = Counter(each.kind for each in given)
    before = [each for each in given if each.began <= fault.began and fault.began - each.at <= LOOKS_BACK]
    wanted = _names(fault.names)
    suspects = []
    for step in steps(before):
        scores = [
            _nearness(each, fault)
            * _touch(each, fault, wanted)
            * PRIOR.get(each.kind, OTHERWISE)
            / usual[each.kind, each.subject]
            / (1 + 0.05 * (kinds[each.kind] - 1))
            for each in step
        ]
        suspects.append(Suspect(tuple(step), max(scores)))
    likely = [each for each in suspects if each.score >= UNLIKELY]
    return sorted(likely, key=lambda each: (-each.score, -each.at.timestamp(), each.changes[0].key))[:most]


def steps(changes: Iterable[Change]) -> list[list[Change]]:
    """Each update with the patches that it brought; everything else by itself."""
    ordered = sorted(changes, key=lambda each: (each.at, each.key))
    updates = [each for each in ordered if each.kind == APP]
    steps: dict[str, list[Change]] = {each.key: [each] for each in ordered if each.kind != PATCHES}
    for each in ordered:
        if each.kind == PATCHES:
            mine = [update for update in updates if _one_step(update, each)]
            steps.setdefault(mine[-1].key if mine else each.key, []).append(each)
    return list(steps.values())


def _one_step(update: Change, patches: Change) -> bool:
    return update.app == patches.app and update.began - ONE_STEP <= patches.at <= update.at + ONE_STEP


def _nearness(change: Change, fault: Fault) -> float:
    """Half after three quarters of an hour, then slowly less: a nightly job fails at night."""
    return 1 / (1 + max(fault.began - change.at, timedelta()) / HALF_AS_LIKELY)


def _touch(change: Change, fault: Fault, wanted: frozenset[str]) -> float:
    if change.kind == RULE:
        return TOUCHES_NAME / PRIOR[RULE] if change.subject == fault.rule else 1.0
    if _names((change.subject, change.about)) & wanted:
        return TOUCHES_NAME
    if change.app and fault.apps:
        return TOUCHES_APP if change.app in fault.apps else ANOTHER_APP
    return 1.0


def _names(texts: Iterable[str]) -> frozenset[str]:
    """Names as they are compared: "Sales Invoice" is sales_invoice in code."""
    return frozenset(
        text.strip().lower().replace(" ", "_").replace("-", "_") for text in texts if len(text) > 2
    )


def marks(changes: Sequence[Change]) -> list[Change]:
    """Those that belong on a chart: what one does to a user or a rule does not move the site."""
    return [each for each in changes if each.kind not in (RULE, "User", "User Permission")]
