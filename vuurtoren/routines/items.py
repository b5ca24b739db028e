"""The lists of the checklist's maintenance schedule, and how data answers what it can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from vuurtoren.alerts import alerts
from vuurtoren.backtest import stored_suggestions
from vuurtoren.error_kinds.kinds import DOCTYPE as ERROR_KIND
from vuurtoren.health import readiness
from vuurtoren.health.liveness import tick_seconds
from vuurtoren.routines.periods import Routine
from vuurtoren.settings.settings import Settings
from vuurtoren.signals.catalogue import SIGNALS
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import Words

State = Literal["well", "look", "unknown", "asked"]
STALE = 4
"""After so many ticks without a new answer an answer is none any more."""
RULE_STATE = "Alert Rule State"


@dataclass(frozen=True)
class Answer:
    """What data says now: well, somebody has to look, unknown, or that only a person can say."""

    state: State
    said: str = ""


Judge = Callable[[Site, Settings], Answer]


@dataclass(frozen=True)
class Item:
    """One line of a list; `page` is where to look, below the root of the monitoring."""

    key: str
    routine: Routine
    title: str
    page: str
    judge: Judge | None = None

    def answer(self, site: Site, settings: Settings) -> Answer:
        return self.judge(site, settings) if self.judge else Answer("asked")


def _open_alerts(site: Site, settings: Settings) -> Answer:
    """Well where somebody has taken every open alert on; an old answer is none."""
    if because := _silent(site):
        return Answer("unknown", because)
    waiting = site.count(alerts.DOCTYPE, {"status": "Active"})
    if not waiting:
        return Answer("well", site.translate("No alert waits for somebody."))
    text = plural(site.translate, waiting, "1 alert waits for somebody.", "{0} alerts wait for somebody.")
    return Answer("look", text.format(waiting))


def _standing(*signals: str) -> Judge:
    """How the rules of these signals stand at the last tick."""
    keys = {rule.key for signal in SIGNALS if signal.name in signals for rule in signal.rules}

    def judge(site: Site, settings: Settings) -> Answer:
        if because := _silent(site):
            return Answer("unknown", because)
        judged = sorted(key for key in keys if settings.rule(key) and key not in settings.switched_off)
        rows = site.get_all(RULE_STATE, ["rule", "answer"], {"rule": ("in", judged)}) if judged else []
        optional = {rule.key for rule in settings.rules if not rule.tells_not_knowing}
        rows = [row for row in rows if row["answer"] != "unknown" or row["rule"] not in optional]
        broken = sorted({str(row["rule"]) for row in rows if row["answer"] == "breached"})
        blind = sorted({str(row["rule"]) for row in rows if row["answer"] == "unknown"})
        if broken:
            return Answer(
                "look", site.translate("over their limit: {0}").format(_titles(site, settings, broken))
            )
        if blind:
            return Answer(
                "unknown", site.translate("not measured: {0}").format(_titles(site, settings, blind))
            )
        if not rows:
            return Answer("unknown", site.translate("Nothing has been judged yet."))
        count = len({str(row["rule"]) for row in rows})
        text = plural(site.translate, count, "1 rule holds.", "All {0} rules hold.")
        return Answer("well", text.format(count))

    return judge


def _titles(site: Site, settings: Settings, keys: list[str]) -> str:
    return ", ".join(settings.title(key, site) for key in keys)


def _silent(site: Site) -> str:
    """Why no answer counts now: the monitor itself has not judged lately; empty while it has."""
    newest = site.get_all(RULE_STATE, ["evaluated_at"], order_by="evaluated_at desc", limit=1)
    if not newest or newest[0]["evaluated_at"] is None:
        return site.translate("Nothing has been judged yet.")
    last = newest[0]["evaluated_at"]
    if abs(site.now() - last) <= timedelta(seconds=STALE * tick_seconds(site)):
        return ""
    text = site.translate("The monitor has judged nothing since {0}: does the scheduler run?")
    return text.format(moment(last, site.translate))


def _new_kinds(site: Site, settings: Settings) -> Answer:
    since = site.now() - timedelta(days=7)
    count = site.count(ERROR_KIND, {"first_seen": (">=", since)})
    if not count:
        return Answer("well", site.translate("No new kind of error in seven days."))
    text = plural(
        site.translate, count, "1 new kind of error in seven days.", "{0} new kinds of errors in seven days."
    )
    return Answer("look", text.format(count))


def _effectiveness(site: Site, settings: Settings) -> Answer:
    """Whether alerts of the week were answered: acknowledged, or ended by themselves."""
    since = site.now() - timedelta(days=7)
    opened = site.count(alerts.DOCTYPE, {"timestamp": (">=", since)})
    ignored = site.count(
        alerts.DOCTYPE, {"timestamp": (">=", since), "status": "Active", "acknowledged_at": ("is", "not set")}
    )
    text = site.translate("Opened in seven days: {0}; open and not acknowledged: {1}")
    return Answer("look" if ignored else "well", text.format(opened, ignored))


def _thresholds(site: Site, settings: Settings) -> Answer:
    waiting = sum(row["status"] == "Open" for row in stored_suggestions.shown(site))
    if settings.problems:
        return Answer("look", "; ".join(settings.problems))
    if waiting:
        text = plural(site.translate, waiting, "1 suggestion waits.", "{0} suggestions wait.")
        return Answer("look", text.format(waiting))
    return Answer("asked", site.translate("No rule was found noisy; do the thresholds still suit?"))


ITEMS: tuple[Item, ...] = (
    Item("alerts", "daily", Words("Check the monitoring for alerts"), "alerts", _open_alerts),
    Item(
        "errors", "daily", Words("Review the errors of the night"), "errors",
        _standing("errors", "requests"),
    ),
    Item(
        "sepa", "daily", Words("Verify that SEPA is in order"), "sepa",
        _standing("sepa", "compliance", "trail"),
    ),
    Item(
        "resources", "daily", Words("Look at the resources of the system"), "operations",
        _standing("machine", "database", "cache", "scheduler", "mail"),
    ),
    Item("trends", "weekly", Words("Review the trends of performance"), "metrics"),
    Item("patterns", "weekly", Words("Analyse the patterns of errors"), "errors", _new_kinds),
    Item("effect", "weekly", Words("Check whether alerts were answered"), "alerts", _effectiveness),
    Item("documents", "weekly", Words("Update the documentation where needed"), ""),
    Item(
        "health", "monthly", Words("Review the health of the whole system"), "report",
        _standing(*(signal.name for signal in SIGNALS)),
    ),
    Item("performance", "monthly", Words("Assess what could be faster"), "operations"),
    Item("thresholds", "monthly", Words("Adjust the thresholds of alerts"), "rules", _thresholds),
    Item("training", "monthly", Words("Bring the training of the team up to date"), ""),
)  # fmt: skip
"""In the order of the checklist."""
BY_KEY = {(item.routine, item.key): item for item in ITEMS}


def kept(site: Site) -> bool:
    """Whether the site keeps what its routines ask about."""
    return readiness.keeps(site, RULE_STATE) and readiness.keeps(site, ERROR_KIND)
