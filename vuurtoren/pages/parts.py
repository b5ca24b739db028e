"""The parts of the page as the template draws them: frozen, plain, every text still unescaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from vuurtoren.pages.charts.bar_chart import BarChart
from vuurtoren.pages.charts.line_chart import LineChart

DisplayLevel = Literal["ok", "plain", "notice", "warning", "critical", "unknown"]
"""How bad it is. `plain` judges nothing; `unknown` is its own state, never a kind of ok."""

Scalar = float | int | str | bool
Content = TypeVar("Content")


@dataclass(frozen=True)
class PageSection(Generic[Content]):
    """One section of the page: its content, or the reason why it could not be built."""

    key: str
    title: str
    content: Content | None
    problem: str = ""


@dataclass(frozen=True)
class Reading:
    """One number: a value or the reason why there is none, with unit, source, time and where it leads."""

    label: str
    value: Scalar | None
    unit: str = ""
    reason: str = ""
    source: str = ""
    measured_at: datetime | None = None
    level: DisplayLevel = "plain"
    limit: float | None = None
    note: str = ""
    href: str = ""
    key: str = ""
    evidence: tuple[Mapping[str, Any], ...] = ()
    chart: LineChart | None = None
    page: str = ""
    """The page about this number."""


@dataclass(frozen=True)
class Overall:
    """The state of the whole site in a sentence, what led to it, and what was looked at."""

    level: DisplayLevel
    headline: str
    reasons: tuple[str, ...]
    checked: str


@dataclass(frozen=True)
class RunView:
    """One job of the monitor itself: when it last ended, and whether it has fallen silent or fails.

    `age_seconds` is None where it never ran, or ran in what is now the future.
    """

    label: str
    level: DisplayLevel
    ended_at: datetime | None
    said: str
    age_seconds: int | None = None
    status: str = "ok"


@dataclass(frozen=True)
class MailRoute:
    """Whether alert mail can leave, to whom, and what stands in its way."""

    level: DisplayLevel
    said: str
    hindrances: tuple[str, ...]
    recipients: tuple[str, ...]
    levels: tuple[str, ...] = ()
    """Who is told later, when nobody acknowledges; a sentence for each level."""


@dataclass(frozen=True)
class Monitor:
    """The monitor about itself."""

    runs: tuple[RunView, ...]
    mail: MailRoute
    costs: tuple[Reading, ...]
    settings_href: str = ""
    rules_href: str = ""
    steps: TickCosts | None = None


@dataclass(frozen=True)
class Month:
    """The review of so many days: titled lists of sentences, each with its question, and the formula."""

    headline: str
    days: int
    parts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    formula: str


@dataclass(frozen=True)
class TickCosts:
    """What a tick took of the CPU today, step by step, the dearest first: title, milliseconds, share."""

    said: str
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Step:
    """Something that happened to an alert: what, by whom, when, with which words."""

    said: str
    at: datetime | None
    note: str = ""


@dataclass(frozen=True)
class Alert:
    """One alert. `unit` is of both `value` and `limit`; `links` are names and addresses of document lists."""

    name: str
    title: str
    severity: str
    level: DisplayLevel
    status: str
    message: str
    value: float | None
    limit: float | None
    unit: str
    first_seen: datetime | None
    last_seen: datetime | None
    count: int
    runbook: tuple[str, ...]
    steps: tuple[Step, ...]
    evidence: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    href: str = ""
    silence: str = ""
    assigned_to: str = ""
    escalated_to: int = 0
    """The level of the escalation that was told, 0 while it is only the first."""
    ended_at: datetime | None = None
    resolved_by: str = ""
    """Who resolved it; empty where it is open or ended by itself."""


@dataclass(frozen=True)
class SilenceView:
    """A silence or a maintenance window: what of, until when, by whom, why, and what ending it is called."""

    name: str
    what: str
    said: str
    end: str


@dataclass(frozen=True)
class Problem:
    """What is wrong: the open alerts of one cause; `taken` when somebody has acknowledged all of them."""

    said: str
    level: DisplayLevel
    taken: bool


@dataclass(frozen=True)
class Alerts:
    """What is open, most severe first, what ended during the last day, and what is not told.

    `waiting` and `taken` count all that is open, shown or not: nobody has acknowledged it, somebody has.
    """

    open: tuple[Alert, ...]
    ended: tuple[Alert, ...]
    waiting: int = 0
    taken: int = 0
    silences: tuple[SilenceView, ...] = ()
    people: tuple[str, ...] = ()
    """To whom an alert can be assigned."""

    @property
    def more(self) -> int:
        """How many are open and not shown."""
        return max(0, self.waiting + self.taken - len(self.open))


@dataclass(frozen=True)
class Glance:
    """What is wrong, as far as the state of the site says it: `problems` the worst first, of more alerts than
    are read each by itself; how many nobody has acknowledged (`waiting`) and somebody has (`taken`); and how
    many alerts nobody has acknowledged.
    """

    problems: tuple[Problem, ...] = ()
    waiting: int = 0
    taken: int = 0
    alerts_waiting: int = 0


@dataclass(frozen=True)
class Resources:
    """Readings with a chart, and those that are only a number; what must be known to read them."""

    charted: tuple[Reading, ...]
    plain: tuple[Reading, ...]
    said: str = ""


@dataclass(frozen=True)
class ErrorKindView:
    """One kind of error: where it comes from, how often in the window, and since when."""

    title: str
    culprit: str
    count: int
    total: int
    first_seen: datetime
    last_seen: datetime
    new: bool
    href: str = ""


@dataclass(frozen=True)
class Errors:
    """Counts, their course over the last day, and the kinds behind them."""

    counts: tuple[Reading, ...]
    chart: BarChart | None
    kinds: tuple[ErrorKindView, ...]
    more: int
    said: str
    list_href: str = ""


@dataclass(frozen=True)
class Panel:
    """A small block: a judged sentence, numbers, and rows behind them."""

    key: str
    title: str
    level: DisplayLevel
    said: str
    said_level: DisplayLevel = "plain"
    readings: tuple[Reading, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Panels:
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class AuditRow:
    """Audit entries of one process, action and outcome within the window."""

    process_type: str
    action: str
    status: str
    level: DisplayLevel
    count: int
    latest: datetime


@dataclass(frozen=True)
class Sepa:
    """What the audit trail holds of the last days, and whether it is in order."""

    readings: tuple[Reading, ...]
    chart: BarChart | None
    rows: tuple[AuditRow, ...]
    said: str
    list_href: str = ""
    verifications: tuple[tuple[datetime, DisplayLevel, str], ...] = ()
    """When the trail was verified, and with which answer, the latest first."""
    holders: tuple[tuple[str, ...], ...] = ()
    """Who has a checkpoint: to whom, by which channel, when, of how many entries."""


@dataclass(frozen=True)
class Group:
    title: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Business:
    """Numbers of the association by subject, and what this site does not have."""

    groups: tuple[Group, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True)
class Advice:
    """Something to do, and the finding that it comes from."""

    level: DisplayLevel
    priority: str
    title: str
    why: str
    steps: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True)
class Suggested:
    """A longer wait that would have kept a rule quiet: open, or applied by somebody and to be taken back."""

    name: str
    said: str
    applied_by: str = ""
    applied_at: datetime | None = None


@dataclass(frozen=True)
class Recommendations:
    items: tuple[Advice, ...]
    said: str
    suggestions: tuple[Suggested, ...] = ()


@dataclass(frozen=True)
class UnknownCheck:
    """A rule that could not be judged; not `serious` where it watches something that a site need not have."""

    title: str
    since: datetime | None
    because: str
    serious: bool = True


@dataclass(frozen=True)
class UnknownNumbers:
    """Numbers that share one reason for being absent."""

    because: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Unknowns:
    """`judged` is false while no rule has been judged at all."""

    checks: tuple[UnknownCheck, ...]
    numbers: tuple[UnknownNumbers, ...]
    judged: bool = True


@dataclass(frozen=True)
class Everything:
    """Every number of this page, for whoever wants to trace one."""

    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Page:
    """Every section, as the report shows them."""

    monitor: PageSection[Monitor]
    alerts: PageSection[Alerts]
    resources: PageSection[Resources]
    errors: PageSection[Errors]
    work: PageSection[Panels]
    sepa: PageSection[Sepa]
    business: PageSection[Business]
    recommendations: PageSection[Recommendations]
    unknowns: PageSection[Unknowns]
    everything: PageSection[Everything]
    month: PageSection[Month]


@dataclass(frozen=True)
class PageNotice:
    """What became of the visitor's own action."""

    level: DisplayLevel
    said: str
    undo: str = ""
    """The action that takes it back, where one does."""
    alert: str = ""
    undo_fields: tuple[tuple[str, str], ...] = ()
    """What the form that takes it back says beside the alert."""


def unknown_by_reason(readings: Iterable[Reading]) -> list[UnknownNumbers]:
    """The readings without a value, those with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for reading in readings:
        if reading.value is None:
            by_reason.setdefault(reading.reason, []).append(reading.label)
    return [UnknownNumbers(reason, tuple(dict.fromkeys(labels))) for reason, labels in by_reason.items()]
