"""A typed view of the DocType Monitoring Settings and of the site configuration that it overrides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vuurtoren.audit.retention.book_years import LEAST_YEARS
from vuurtoren.health import readiness
from vuurtoren.host_records import mapping as host_mapping
from vuurtoren.outward import web_addresses
from vuurtoren.outward.addresses import sorted_out
from vuurtoren.rules import thresholds
from vuurtoren.rules.rule import Rule
from vuurtoren.rules.thresholds import Thresholds
from vuurtoren.settings import channels as channel_settings
from vuurtoren.settings import escalation, people, rules_in_force, stored_rules, tables
from vuurtoren.settings.channels import ChannelSettings
from vuurtoren.settings.escalation import EscalationLevel
from vuurtoren.settings.text_forms import FIRST, PEOPLE_ROWS
from vuurtoren.signals import registry
from vuurtoren.signals.catalogue import SHIPPED
from vuurtoren.site import configured as configuration
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words, lines

DOCTYPE = "Monitoring Settings"
NOT_INSTALLED = "Monitoring Settings is not installed on this site: run `bench --site SITE migrate`"
DAYS = {"alert_retention_days": 365, "history_retention_days": 400, "error_kind_retention_days": 180}
LONGEST_DAYS = 36_500
"""A hundred years; a calendar does not reach back for ever."""
MOST_SEPA_YEARS = 100
SHIPPED_THRESHOLDS = thresholds.merge(SHIPPED)


class BadSettings(ValueError):
    """The settings cannot be saved; the message has one sentence a line."""


@dataclass(frozen=True)
class Settings:
    """What the administrator chose. `problems` holds a sentence for everything that had to be ignored.

    `rules` are those in force, with every threshold applied; where one that exists could not be read,
    `rules_complete` is false.
    """

    enabled: bool = True
    mail_enabled: bool = True
    daily_report: bool = True
    weekly_digest: bool = True
    monthly_review: bool = True
    recipients: str = ""
    heartbeat_url: str = ""
    switched_off: frozenset[str] = frozenset()
    thresholds: Thresholds = SHIPPED_THRESHOLDS
    rules: tuple[Rule, ...] = SHIPPED
    rules_complete: bool = True
    alert_retention_days: int = DAYS["alert_retention_days"]
    history_retention_days: int = DAYS["history_retention_days"]
    error_kind_retention_days: int = DAYS["error_kind_retention_days"]
    sepa_retention_years: int = LEAST_YEARS
    problems: tuple[str, ...] = ()
    channels: ChannelSettings = field(default_factory=ChannelSettings)
    levels: tuple[EscalationLevel, ...] = ()
    level: int = 1
    """For whom these hold: 1 the usual recipients, else a level of the escalation; see `at`."""
    route: str = ""
    """At level 1: the name of the Alert Route whose readers these are for."""

    @property
    def tells(self) -> bool:
        """Whether anything is told at all: monitoring is on, and a channel is left."""
        return self.enabled and bool(self.channels.order or self.channels.in_parallel)

    def rule(self, key: str) -> Rule | None:
        """The rule in force of this key."""
        return next((rule for rule in self.rules if rule.key == key), None)

    def title(self, key: str, site: Site) -> str:
        """What people call the rule, in quotes; the key itself where there is no such rule any more."""
        rule = self.rule(key)
        return f"“{site.translate(rule.title)}”" if rule else key

    def at(self, number: int) -> Settings:
        """These settings with the recipients and the channels of one level of the escalation."""
        for level in self.levels:
            if level.number == number:
                order = level.channels or self.channels.order
                beside = tuple(name for name in self.channels.in_parallel if name not in order[:1])
                channels = replace(self.channels, order=order, in_parallel=beside)
                recipients = "\n".join(level.recipients) or self.recipients
                return replace(self, recipients=recipients, channels=channels, level=number)
        return self


def read(site: Site) -> Settings:
    """The settings that hold now; what cannot be read is named in `problems` and its default holds."""
    if not readiness.keeps(site, DOCTYPE):
        return Settings(**_rules(site, [], [NOT_INSTALLED]))
    row, nobody = people.with_addresses(site, site.get_single(DOCTYPE))
    channels = channel_settings.read(row)
    levels, not_levels = escalation.read(row)
    days: dict[str, Any] = {
        key: min(_positive(row.get(key), default), LONGEST_DAYS) for key, default in DAYS.items()
    }
    return Settings(
        enabled=bool(row.get("enabled")),
        mail_enabled=bool(row.get("mail_enabled")),
        daily_report=bool(row.get("daily_report")),
        weekly_digest=bool(row.get("weekly_digest")),
        monthly_review=bool(row.get("monthly_review")),
        recipients="\n".join(tables.join(row).people(FIRST)),
        heartbeat_url=str(row.get("heartbeat_url") or "").strip(),
        sepa_retention_years=min(
            max(LEAST_YEARS, _positive(row.get("sepa_retention_years"), 0)), MOST_SEPA_YEARS
        ),
        channels=channels,
        levels=levels,
        **days,
        **_rules(site, row.get("rules") or [], [*nobody, *channels.problems, *not_levels]),
    )


def _rules(site: Site, chosen: Sequence[Mapping[str, Any]], problems: Iterable[str]) -> dict[str, Any]:
    """What of the settings is about rules, and every problem."""
    given, unreadable = _configured_thresholds(site)
    known, unit_of = stored_rules.known(site), stored_rules.unit_of(site)
    held = rules_in_force.assemble(known.rules, given, chosen, stored_rules.read(site), unit_of)
    off = {str(each["rule"]) for each in chosen if not each.get("enabled")}
    return {
        "rules": held.rules,
        "rules_complete": held.complete and not known.problems,
        "thresholds": held.thresholds,
        "switched_off": held.switched_off | off,
        "problems": (
            *unreadable,
            *configuration.ignored(site),
            *host_mapping.problems(site),
            *registry.problems(site),
            *known.problems,
            *held.problems,
            *problems,
        ),
    }


def check(values: Mapping[str, Any], rules: Sequence[Rule] = SHIPPED) -> None:
    """Raise BadSettings when these field values of Monitoring Settings must not be saved.

    `rules` are those of the installed apps.
    """
    sentences = thresholds.refusals(rules, values.get("rules") or [])
    for key in (*DAYS, "history_cap_mb"):
        if not 0 <= _number(values.get(key)) <= LONGEST_DAYS:
            sentences.append(Words("{0}: from 0 (the default) to {1}", key, LONGEST_DAYS))
    years = _number(values.get("sepa_retention_years"))
    if 0 < years < LEAST_YEARS or years < 0:
        sentences.append(Words("sepa_retention_years: never less than {0} book years", LEAST_YEARS))
    if years > MOST_SEPA_YEARS:
        sentences.append(Words("sepa_retention_years: never more than {0} book years", MOST_SEPA_YEARS))
    held = tables.join(values)
    if any(not row["user"] and not row["address"] for row in held.rows[PEOPLE_ROWS]):
        sentences.append(Words("{0}: a row names neither a user nor a mail address", PEOPLE_ROWS))
    _, refused = sorted_out(held.people(FIRST))
    sentences += [Words("recipients: {0} is not a mail address", repr(text)) for text in refused]
    if because := web_addresses.refusal(str(values.get("heartbeat_url") or "").strip()):
        sentences.append(Words("heartbeat_url: {0}", because))
    sentences += channel_settings.refusals(values)
    sentences += escalation.read(values)[1]
    if sentences:
        raise BadSettings(lines(sentences))


def rule_rows(
    stored: Iterable[Mapping[str, Any]], site: Site, rules: Sequence[Rule] | None = None
) -> list[dict[str, Any]]:
    """One row for each rule of the installed apps, keeping what people chose; unknown rules drop out."""
    rules = stored_rules.known(site).rules if rules is None else rules
    configured, _ = _configured_thresholds(site)
    defaults = thresholds.merge(rules, configured).values
    chosen = {str(row.get("rule")): row for row in stored}
    return [
        {
            "rule": rule.key,
            "title": site.translate(rule.title),
            "enabled": int(bool(chosen.get(rule.key, {"enabled": 1}).get("enabled"))),
            "threshold": str(chosen.get(rule.key, {}).get("threshold") or ""),
            "default_threshold": f"{defaults[rule.key]:.12g}" if rule.adjustable else "",
            "unit": site.translate(rule.unit),
        }
        for rule in rules
    ]


def _configured_thresholds(site: Site) -> tuple[Any, list[str]]:
    try:
        return site.conf(thresholds.CONFIG_KEY), []
    except Unavailable as unreadable:
        return None, [unreadable.said(site.translate)]


def _positive(value: object, default: int) -> int:
    number = _number(value)
    return number if number > 0 else default


def _number(value: object) -> int:
    try:
        return int(value or 0)  # type: ignore[call-overload,no-any-return]
    except (TypeError, ValueError, OverflowError):
        return 0
