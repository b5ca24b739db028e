"""Rules that are no longer judged: what they left open is resolved, and the reason is said."""

from __future__ import annotations

from collections.abc import Iterable

from verenigingen.alerts import alerts, stored_state
from verenigingen.alerts.judging import Judgement
from verenigingen.alerts.own_errors import boundary
from verenigingen.alerts.rule import Rule
from verenigingen.alerts.settings import Settings
from verenigingen.alerts.state import stop
from verenigingen.alerts.stored_state import Stored
from verenigingen.site.errors import Busy, ReadOnly
from verenigingen.site.protocol import Site


def retire(site: Site, settings: Settings, rules: Iterable[Rule] | None = None) -> list[str]:
    """Resolve what is open of rules that are switched off, do not apply here or are gone; the alerts' names.

    `rules` are those of the settings unless others are given. Commits. With the whole monitor switched off
    nothing is touched.
    """
    if not settings.enabled:
        return []
    by_key = {rule.key: rule for rule in (settings.rules if rules is None else rules)}
    resolved: list[str] = []
    for key in sorted(_with_something_left(site)):
        reason = _no_longer_judged(site, by_key.get(key), settings)
        if reason:
            with boundary(site, f"retiring rule {key}", undo=True, let_through=(Busy, ReadOnly)):
                resolved += _close(site, key, reason, settings)
    return resolved


def _with_something_left(site: Site) -> set[str]:
    open_rules = {str(row["rule"]) for row in alerts.open_rows(site, ["rule"]) if row["rule"]}
    states = stored_state.read_all(site)
    return open_rules | {
        key for key, stored in states.items() if any(not each.quiet for each in stored.values())
    }


def _no_longer_judged(site: Site, rule: Rule | None, settings: Settings) -> str:
    if rule is None:
        # a rule that could not be read is not gone
        return site.translate("There is no such rule any more.") if settings.rules_complete else ""
    if rule.key in settings.switched_off:
        return site.translate("The rule was switched off in Monitoring Settings or in its Alert Rule.")
    missing = [doctype for doctype in rule.requires if not site.has_doctype(doctype)]
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


def _reset(site: Site, rule: str, stored: Stored, reason: str) -> None:
    state, _ = stop(stored.state, site.now())
    stored_state.write(site, rule, stored, state, Judgement("ok", (), 0, reason=reason))
