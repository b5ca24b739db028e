"""Looks at the week's noisy rules, tries them over the stored history, and keeps what would have helped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from vuurtoren.backtest import history as backtest_history
from vuurtoren.backtest import stored_suggestions
from vuurtoren.backtest.backtest import backtest
from vuurtoren.backtest.learning_again import judged_by
from vuurtoren.backtest.noise import Noise
from vuurtoren.backtest.suggestions import Suggestion, suggest
from vuurtoren.backtest.timeline import Timeline, timelines
from vuurtoren.rules.rule import Rule
from vuurtoren.settings import settings
from vuurtoren.site.protocol import Site


def renew_suggestions(site: Site, noise: Iterable[Noise], since: datetime) -> list[Suggestion]:
    """The suggestions that are open from now on, made from the history since then; commits."""
    rules = {rule.key: rule for rule in settings.read(site).rules}
    return stored_suggestions.renew(site, suggest(noise, rules, _Trials(site, since).breaches))


class _Trials:
    """Tries rules over the same stretch of history, which is read once for each of them."""

    def __init__(self, site: Site, since: datetime) -> None:
        self.site = site
        self.since = since
        self._lines: dict[str, list[Timeline]] = {}

    def breaches(self, rule: Rule) -> int | None:
        lines = self._lines.get(rule.key)
        if lines is None:
            found = backtest_history.find(self.site, rule, self.since)
            known = timelines(found.series, rule.interval, self.site.now())
            lines = self._lines[rule.key] = judged_by(self.site, rule, known) if known else []
        return backtest(rule, lines).breaches if lines else None
