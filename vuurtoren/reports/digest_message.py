"""The words of the weekly digest; a quiet week is said as such."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from vuurtoren.backtest.noise import Noise, Times
from vuurtoren.backtest.suggestions import Suggestion, sentence
from vuurtoren.notifications import undelivered
from vuurtoren.notifications.messages import subject
from vuurtoren.outward.templating import GOOD, PLAIN, Message
from vuurtoren.reports.report_page import Part, message, open_for, part
from vuurtoren.rules.rule import SEVERITIES
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import duration
from vuurtoren.site.values import Row

MOST_NOISY = 10


def compose(site: Site, digest: Mapping[str, Any]) -> Message:
    """The digest of `digest.weekly_digest` as a message."""
    headline = _headline(site, digest)
    return message(
        site,
        subject(site, site.translate("WEEK"), headline),
        colour=PLAIN if digest["opened"] or digest["open"] else GOOD,
        title=site.translate("Weekly digest"),
        headline=headline,
        facts=_facts(site, digest),
        parts=_DigestParts(site, digest).all(),
    )


def _headline(site: Site, digest: Mapping[str, Any]) -> str:
    opened, still_open = digest["opened"], len(digest["open"])
    if digest["cut_off"]:
        return site.translate("More than {0} alerts in seven days").format(f"{opened:,}")
    if opened or still_open:
        text = site.translate("Alerts opened in seven days: {0}; open now: {1}")
        return text.format(f"{opened:,}", still_open)
    return site.translate("Nothing happened: no alert in seven days, and none is open")


def _facts(site: Site, digest: Mapping[str, Any]) -> list[tuple[str, str]]:
    opened = digest["by_severity"]
    facts: list[tuple[str, str]] = [
        (site.translate(each), str(opened[each])) for each in reversed(SEVERITIES) if opened[each]
    ]
    facts.append((site.translate("Time to acknowledge"), _times(site, digest["acknowledged"])))
    facts.append((site.translate("Time to resolve"), _times(site, digest["resolved"])))
    if digest["never_acknowledged"]:
        facts.append((site.translate("Never acknowledged"), str(digest["never_acknowledged"])))
    return facts


def _times(site: Site, times: Times) -> str:
    if times.median_seconds is None or times.longest_seconds is None:
        return site.translate("none this week")
    text = site.translate("median {0}, longest {1}, of {2}")
    return text.format(
        duration(times.median_seconds, site.translate),
        duration(times.longest_seconds, site.translate),
        times.count,
    )


class _DigestParts:
    """The lists of the digest, what needs a person first."""

    def __init__(self, site: Site, digest: Mapping[str, Any]) -> None:
        self.site = site
        self.digest = digest

    def all(self) -> list[Part]:
        return [
            self._part(
                undelivered.TITLE, "undelivered", partial(undelivered.sentence, say=self.site.translate)
            ),
            self._part("Open now", "open", self._open),
            self._part("Rules of SEPA direct debit", "sepa", str),
            self._part("Suggestions: one click on the page applies each", "suggestions", self._suggested),
            self._part("Noisiest rules", "noisiest", self._noisy, most=MOST_NOISY),
            self._part("The monitor itself", "problems", str),
        ]

    def _part(self, title: str, key: str, line: Callable[[Any], str], most: int | None = None) -> Part:
        return part(self.site, title, list(self.digest[key])[:most], line)

    def _open(self, row: Row) -> str:
        return open_for(self.site, row, self.digest["generated_at"])

    def _suggested(self, suggestion: Suggestion) -> str:
        return sentence(suggestion, self.site.translate)

    def _noisy(self, noise: Noise) -> str:
        text = self.site.translate("{0}: fired: {1}, acknowledged: {2}, messages: {3}, open for {4}")
        open_for = duration(noise.open_seconds, self.site.translate)
        return text.format(noise.source, noise.fired, noise.acknowledged, noise.messages, open_for)
