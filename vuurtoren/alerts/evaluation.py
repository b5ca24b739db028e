"""Judge every rule on one snapshot, and write down what changed; each rule behind its own error boundary."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from vuurtoren.alerts import alerts, instances, stored_state
from vuurtoren.alerts.alert_content import (
    about_breach,
    about_not_knowing,
    about_the_rest,
    end_of_breach,
    end_of_not_knowing,
    unknown_fingerprint,
)
from vuurtoren.alerts.alerts import AlertContent
from vuurtoren.alerts.judging import Judgement, judge, label_text
from vuurtoren.alerts.state import Answer, Patience, Transition, step
from vuurtoren.alerts.stored_state import States, StoredState
from vuurtoren.failures import error_boundary
from vuurtoren.host_records import records
from vuurtoren.metrics.metric import Metric
from vuurtoren.rules.learned_limits import Expected
from vuurtoren.rules.rule import BreachLevel, Interval, Rule
from vuurtoren.settings.settings import Settings
from vuurtoren.site.errors import Busy, ReadOnly
from vuurtoren.site.protocol import Site, in_bench

PUSHED_AHEAD = timedelta(hours=1)
"""How long a rule that raises is left alone."""
REOPENED_AFTER = timedelta(hours=1)
"""How long after a person resolved an alert its condition may go on before it is opened again."""

SEEN_AGAIN = (Transition.SEEN_AGAIN, Transition.UNKNOWN_SEEN_AGAIN)
TOLD = (Transition.OPENED, Transition.UNKNOWN_OPENED, *SEEN_AGAIN)


class Readings(Protocol):
    """What was measured, by metric key."""

    def get(self, key: str) -> Metric: ...
    def all(self, key: str) -> Sequence[Metric]: ...


@dataclass
class Evaluated:
    """What one evaluation did: names of alerts opened and resolved, and rules that failed, and why."""

    judged: int = 0
    opened: list[str] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def evaluate(
    site: Site,
    readings: Readings,
    settings: Settings,
    intervals: Collection[Interval],
    *,
    rules: Iterable[Rule] | None = None,
    thresholds: Mapping[str, float] | None = None,
    states: States | None = None,
) -> Evaluated:
    """Judge the rules of these intervals and commit each change; several workers at once do what one would.

    `rules` are those of the settings unless others are given, `thresholds` overrides theirs, and `states` is
    what was read of them just now. A rule that raises is unknown, reported, and left alone for an hour; a
    database that is busy or takes no writes raises Busy or ReadOnly, as it is no rule's fault.
    """
    if states is None:
        states = stored_state.read_all(site) if settings.enabled else {}
    evaluation = _Evaluation(site, readings, settings, dict(thresholds or {}), states)
    if settings.enabled:
        for rule in settings.rules if rules is None else rules:
            if rule.interval in intervals and rule.key not in settings.switched_off:
                evaluation.judge_rule(rule)
    return evaluation.done


class _Evaluation:
    def __init__(
        self,
        site: Site,
        readings: Readings,
        settings: Settings,
        thresholds: dict[str, float],
        states: States,
    ) -> None:
        self.site = site
        self.readings = readings
        self.settings = settings
        self.thresholds = thresholds
        self.states = states
        self.now = site.now()
        self.in_bench = in_bench(site)
        self.keeps_levels = stored_state.keeps_levels(site)
        self.host = records.at_best(site)
        self.expected = Expected(site, self.now)
        self.present: dict[str, bool] = {}
        self.open = alerts.Open(site)
        self.done = Evaluated()

    def judge_rule(self, rule: Rule) -> None:
        """The error boundary of a rule."""
        if not self._applies(rule):
            return
        states = dict(self.states.get(rule.key, {}))
        if _left_alone(states.get(rule.key), self.now):
            return
        with error_boundary(self.site, f"rule {rule.key}", undo=True, let_through=(Busy, ReadOnly)) as caught:
            self._judge_instances(rule, states)
            self.done.judged += 1
        if caught.reason:
            self.done.failed[rule.key] = caught.reason
            self._push_ahead(rule, caught.reason)

    def _applies(self, rule: Rule) -> bool:
        for doctype in rule.requires:
            if doctype not in self.present:
                self.present[doctype] = self.host.has_doctype(doctype)
            if not self.present[doctype]:
                return False
        judged_here = self.in_bench or not rule.bench_fact
        return judged_here or any(metric.known for metric in self.readings.all(rule.metric))

    def _judge_instances(self, rule: Rule, states: dict[str, StoredState]) -> None:
        threshold = self._threshold(rule)
        metrics = instances.matching(rule, self.readings.all(rule.metric)) or (self._missing(rule),)
        by = self.expected.of(rule, metrics)
        chosen = instances.choose(rule, threshold, metrics, states, by)
        for name, metric in chosen.named.items():
            judgement = judge(rule, metric, threshold, by(metric.labels))
            self._apply(rule, judgement, states.get(name, StoredState(name)))
        self._tell_of_the_rest(rule, chosen.breached_others, states)
        if any(metric.known for metric in metrics):
            for name in chosen.gone:
                self._end_instance(rule, states[name])
            self._forget(rule, [name for name in chosen.gone if states[name].quiet])

    def _missing(self, rule: Rule) -> Metric:
        """What stands for a metric that nobody measured, or none of whose instances has the labels."""
        there = self.readings.get(rule.metric)
        if not rule.only or not self.readings.all(rule.metric):
            return there
        reason = self.site.translate("no instance has the labels {0}").format(label_text(rule.only))
        return replace(there, value=None, reason=reason, labels=())

    def _tell_of_the_rest(self, rule: Rule, breached: int, states: dict[str, StoredState]) -> None:
        """One alert stands for all instances beyond the cap, so that none is passed over in silence."""
        name = instances.rest_of(rule)
        if breached or (name in states and not states[name].quiet):
            answer: Answer = "breached" if breached else "ok"
            judgement = Judgement(answer, (), self._threshold(rule), float(breached))
            self._apply(rule, judgement, states.get(name, StoredState(name)))

    def _forget(self, rule: Rule, names: list[str]) -> None:
        """Labels that come and go leave no rows behind."""
        if len(names) > rule.most_open:
            stored_state.forget(self.site, names)
            self.site.commit()

    def _end_instance(self, rule: Rule, gone: StoredState) -> None:
        """An instance that is no longer reported, while others of its metric are, has ended."""
        if not gone.quiet:
            reason = self.site.translate("It is no longer reported.")
            self._apply(rule, Judgement("ok", (), self._threshold(rule), reason=reason), gone)

    def _threshold(self, rule: Rule) -> float:
        if rule.adjustable and rule.key in self.thresholds:
            return self.thresholds[rule.key]
        return self.settings.thresholds.values.get(rule.key, rule.threshold)

    def _apply(
        self, rule: Rule, judgement: Judgement, before: StoredState, retry_after: datetime | None = None
    ) -> None:
        """One transaction: the new state and what it does to alerts; nothing if another worker was first."""
        patience = Patience(rule.for_seconds, rule.keep_firing_seconds, rule.unknown_for_seconds)
        level = judgement.level if self.keeps_levels else "warning"
        state, transitions = step(before.state, judgement.answer, patience, self.now, level)
        if retry_after is None and not stored_state.worth_writing(before, state, judgement, self.now):
            if all(self._counted(each, rule, judgement, before, state.level) for each in transitions):
                return
        if not stored_state.write(self.site, rule.key, before, state, judgement, retry_after=retry_after):
            self.site.rollback()
            return
        for transition in transitions:
            self._carry_out(transition, rule, judgement, before, state.level)
        if state.phase == "Recovering":
            alerts.judged_by(self.site, before.fingerprint, judgement.threshold)
        self.site.commit()

    def _carry_out(
        self,
        transition: Transition,
        rule: Rule,
        judgement: Judgement,
        before: StoredState,
        level: BreachLevel,
    ) -> None:
        name = before.fingerprint
        if transition in TOLD:
            finding = self._finding(transition, rule, judgement, before, level)
            self._tell(finding, again=transition in SEEN_AGAIN)
        elif transition in (Transition.RAISED, Transition.LOWERED):
            alerts.change_severity(self.site, name, rule.severity_at(level))
        elif transition is Transition.RESOLVED:
            self._end(name, end_of_breach(self.site, rule, judgement))
        else:
            self._end(unknown_fingerprint(name), end_of_not_knowing(self.site, rule, judgement))

    def _counted(
        self,
        transition: Transition,
        rule: Rule,
        judgement: Judgement,
        before: StoredState,
        level: BreachLevel,
    ) -> bool:
        """Whether all that happened was one more sighting of an open alert, which is now counted."""
        if transition not in SEEN_AGAIN:
            return False
        finding = self._finding(transition, rule, judgement, before, level)
        counted = self.open.seen_again(finding) is not None
        self.site.commit()
        return counted

    def _finding(
        self,
        transition: Transition,
        rule: Rule,
        judgement: Judgement,
        before: StoredState,
        level: BreachLevel,
    ) -> AlertContent:
        name = before.fingerprint
        if transition in (Transition.UNKNOWN_OPENED, Transition.UNKNOWN_SEEN_AGAIN):
            since = before.state.answer_since if before.state.answer == "unknown" else None
            return about_not_knowing(self.site, rule, judgement, name, since or self.now)
        began = _breach_began(before, self.now)
        if name == instances.rest_of(rule):
            return about_the_rest(self.site, rule, judgement, name, began)
        return about_breach(self.site, rule, judgement, name, began, level)

    def _tell(self, finding: AlertContent, *, again: bool) -> None:
        if again and (alerts.seen_again(self.site, finding) or self._closed_lately(finding)):
            return
        name, opened = alerts.open_alert(self.site, finding, self.settings)
        if opened:
            self.done.opened.append(name)

    def _closed_lately(self, finding: AlertContent) -> bool:
        """Whether a person resolved the last alert of this fingerprint less than an hour ago."""
        last = self.site.get_all(
            alerts.DOCTYPE,
            ["resolved_by", "resolved_at"],
            {"fingerprint": finding.fingerprint},
            order_by="timestamp desc",
            limit=1,
        )
        if not last or not last[0]["resolved_by"] or not last[0]["resolved_at"]:
            return False
        return bool(abs(self.now - last[0]["resolved_at"]) < REOPENED_AFTER)

    def _end(self, fingerprint: str, resolution: str) -> None:
        name = alerts.end(self.site, fingerprint, resolution, self.settings)
        if name:
            self.done.resolved.append(name)

    def _push_ahead(self, rule: Rule, reason: str) -> None:
        """The rule is unknown for now, and is judged again in an hour."""
        before = self.states.get(rule.key, {}).get(rule.key, StoredState(rule.key))
        because = self.site.translate("the rule itself failed: {0}").format(reason)
        judgement = Judgement("unknown", (), self._threshold(rule), reason=because)
        with error_boundary(
            self.site, f"pushing rule {rule.key} ahead", undo=True, let_through=(Busy, ReadOnly)
        ):
            self._apply(rule, judgement, before, retry_after=self.now + PUSHED_AHEAD)


def _left_alone(stored: StoredState | None, now: datetime) -> bool:
    """Whether the rule was pushed ahead; a time beyond the hour means that the clock went back."""
    if stored is None or stored.retry_after is None:
        return False
    return now < stored.retry_after <= now + PUSHED_AHEAD


def _breach_began(before: StoredState, now: datetime) -> datetime:
    pending = before.state.phase == "Pending"
    return (before.state.phase_since if pending else None) or now
