"""Rules that are no longer judged: what they left open is resolved, and the reason is said."""

from __future__ import annotations

from collections.abc import Iterable

from vuurtoren.alerts import alerts, stored_state
from vuurtoren.alerts.judging import Judgement
from vuurtoren.alerts.state import stop
from vuurtoren.alerts.stored_state import States, StoredState
from vuurtoren.failures import error_boundary
from vuurtoren.host_records import records
from vuurtoren.rules.rule import Rule
from vuurtoren.settings.settings import Settings
from vuurtoren.site.errors import Busy, ReadOnly
from vuurtoren.site.protocol import Site


def retire(
    site: Site, settings: Settings, rules: Iterable[Rule] | None = None, states: States | None = None
) -> list[str]:
    """Resolve what is open of rules that are switched off, do not apply here or are gone; the alerts' names.

    `rules` are those of the settings unless others are given, `states` what was read of them just now.
    Commits. With the whole monitor switched off nothing is touched.
    """
    if not settings.enabled:
        return []
    by_key = {rule.key: rule for rule in (settings.rules if rules is None else rules)}
    resolved: list[str] = []
    for key in sorted(_with_something_left(site, stored_state.read_all(site) if states is None else states)):
        reason = _no_longer_judged(site, by_key.get(key), settings)
        if reason:
            with error_boundary(site, f"retiring rule {key}", undo=True, let_through=(Busy, ReadOnly)):
                resolved += _close(site, key, reason, settings)
    return resolved


def _with_something_left(site: Site, states: States) -> set[str]:
    open_rules = {str(row["rule"]) for row in alerts.open_rows(site, ["rule"]) if row["rule"]}
    return open_rules | {
        key for key, stored in states.items() if any(not each.quiet for each in stored.values())
    }


def _no_longer_judged(site: Site, rule: Rule | None, settings: Settings) -> str:
    if rule is None:
        # a rule that could not be read is not gone
        return site.translate("There is no such rule any more.") if settings.rules_complete else ""
    if rule.key in settings.switched_off:
        return site.translate("The rule was switched off in Monitoring Settings or in its Alert Rule.")
    host = records.at_best(site)
    missing = [doctype for doctype in rule.requires if not host.has_doctype(doctype)]
    return site.translate("It is not installed here: {0}.").format(", ".join(missing)) if missing else ""


def _close(site: Site, rule: str, reason: str, settings: Settings) -> list[str]:
    for stored in stored_state.read_all(site).get(rule, {}).values():
        _reset(site, rule, stored, reason)
    resolved = []
    for row in alerts.open_rows(site, ["rule", "fingerprint"]):
        if row["rule"] == rule:
            name = alerts.end(site, str(row["fingerprint"]), reason, settings)
            resolved += [name] if name else []
    site.commit()
    return resolved


def _reset(site: Site, rule: str, stored: StoredState, reason: str) -> None:
    state, _ = stop(stored.state, site.now())
    stored_state.write(site, rule, stored, state, Judgement("ok", (), 0, reason=reason))
