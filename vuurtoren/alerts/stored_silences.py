"""Rows of Alert Silence: made, ended, and asked by the delivery. Nothing is ever told because of one."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from vuurtoren.alerts import alerts, steps
from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.alerts.silences import SILENCE, WINDOW, Silence, refusal, repeat_refusal
from vuurtoren.health import readiness
from vuurtoren.privacy.text import clean, storable
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import calendar_day, moment
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import said as said_in

DOCTYPE = "Alert Silence"
FIELDS = [
    "name", "kind", "rule", "fingerprint", "starts_at", "ends_at", "until_resolved", "reason", "silenced_by",
]  # fmt: skip
REPEATING = ("repeats", "repeats_until", "spares_critical")
"""Fields of later versions: a site has them once it is migrated."""
MIGRATION = "bench migrate"
LONGEST_MIGRATION = timedelta(minutes=30)
"""The window of a migration that broke off ends by itself after this time."""


def silence(
    site: Site,
    *,
    reason: str,
    rule: str = "",
    fingerprint: str = "",
    kind: str = SILENCE,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    by: str = "",
    repeats: str = "",
    repeats_until: date | None = None,
    spares_critical: bool = False,
) -> str:
    """Store one and return its name; without `ends_at` it lasts until what is open now is resolved.

    Raises NotPossible with a sentence for people.
    """
    if not readiness.keeps(site, DOCTYPE):
        raise NotPossible(site.translate("Alert Silence is not installed on this site: run bench migrate"))
    begins = starts_at or site.now()
    why = alerts.words(site, reason)
    check(site, kind, rule, fingerprint, begins, ends_at, why)
    check_repeating(site, kind, begins, ends_at, repeats, repeats_until)
    more = {"repeats": repeats, "repeats_until": repeats_until, "spares_critical": int(spares_critical)}
    name = site.insert(
        DOCTYPE,
        {
            "kind": kind,
            "rule": rule,
            "fingerprint": fingerprint,
            "starts_at": begins,
            "ends_at": ends_at,
            "until_resolved": int(ends_at is None),
            "reason": why,
            "silenced_by": by or site.user(),
            **readiness.kept_values(site, DOCTYPE, more),
        },
    )
    record(site, name)
    return name


def record(site: Site, name: str) -> None:
    """Write this silence in the log of every open alert that it is about; windows are about none."""
    for made in [each for each in _unended(site) if each.name == name and not each.planned]:
        for row in site.get_all(alerts.DOCTYPE, ["name"], _open_about(made.rule, made.fingerprint)):
            steps.record(
                site, str(row["name"]), "Silenced", by=made.by, note=f"{_until(site, made)}: {made.reason}"
            )


def check(
    site: Site,
    kind: str,
    rule: str,
    fingerprint: str,
    starts_at: datetime,
    ends_at: datetime | None,
    reason: str,
) -> None:
    """Raise NotPossible when such a silence must not be stored."""
    because = refusal(kind, rule, fingerprint, starts_at, ends_at, reason, site.now())
    if because:
        raise NotPossible(said_in(because, site.translate))
    if ends_at is None and not _open_of(site, rule, fingerprint):
        raise NotPossible(site.translate("Nothing of it is open, so there is no end to wait for."))


def check_repeating(
    site: Site,
    kind: str,
    starts_at: datetime,
    ends_at: datetime | None,
    repeats: str,
    repeats_until: date | None,
) -> None:
    """Raise NotPossible when it must not repeat so."""
    because = repeat_refusal(kind, starts_at, ends_at, repeats, repeats_until)
    if because:
        raise NotPossible(said_in(because, site.translate))


def silence_alert(site: Site, alert_name: str, minutes: int, reason: str) -> str:
    """Silence what this alert is about for so long; 0 minutes: until it is resolved. Raises NotPossible."""
    row = alerts.existing(site, alert_name)
    ends_at = site.now() + timedelta(minutes=minutes) if minutes else None
    return silence(site, fingerprint=str(row["fingerprint"]), ends_at=ends_at, reason=reason)


def end(site: Site, name: str, because: str, by: str = "") -> None:
    """Let it be over now; raises NotPossible when it is over already or unknown."""
    why = alerts.words(site, because)
    values = {"ended_at": site.now(), "ended_by": by or site.user(), "ended_because": why}
    known = readiness.keeps(site, DOCTYPE) and storable(name) and site.get(DOCTYPE, name)
    if not known or not site.update(DOCTYPE, name, values, expect={"ended_at": None}):
        raise NotPossible(site.translate("This silence is over already, or was never there."))


def begin_migration(site: Site) -> None:
    """Open the window of a migration, unless one is open; commits. Nothing before the first one."""
    if readiness.keeps(site, DOCTYPE) and not _migrations(site):
        ends_at = site.now() + LONGEST_MIGRATION
        silence(site, kind=WINDOW, ends_at=ends_at, reason=MIGRATION)
    site.commit()


def end_migration(site: Site) -> None:
    """Close what `begin_migration` opened; what is still wrong is told by the next delivery. Commits."""
    for each in _migrations(site) if readiness.keeps(site, DOCTYPE) else []:
        end(site, each.name, site.translate("The migration is over."))
    site.commit()


def current(site: Site) -> list[Silence]:
    """What holds now or is planned, without writing anything, latest end first."""
    return [each for each in _unended(site) if _over_because(site, each) == ""]


def in_force(site: Site) -> list[Silence]:
    """The same, after writing down the end of those that are over by themselves."""
    kept = []
    for each in _unended(site):
        because = _over_because(site, each)
        if not because:
            kept.append(each)
            continue
        values = {"ended_at": site.now(), "ended_because": because}
        site.update(DOCTYPE, each.name, values, expect={"ended_at": None})
    return kept


def ended_since(site: Site, rule: str, fingerprint: str, since: datetime) -> list[datetime]:
    """When silences of such an alert ended after this time."""
    if not readiness.keeps(site, DOCTYPE):
        return []
    rows = site.get_all(
        DOCTYPE, [*_fields(site), "ended_at"], {"ended_at": (">", since)}, order_by="ended_at"
    )
    ended = [row["ended_at"] for row in rows if _silence(row).covers(rule, fingerprint)]
    unended = [each for each in _unended(site) if each.covers(rule, fingerprint)]
    times = [each.ended_before(site.now()) for each in unended]
    return [*ended, *(at for at in times if at and at > since)]


def said(site: Site, each: Silence) -> str:
    """The silence in a sentence: "silent until 2026-11-04 12:00 (jan@…: the printer is on its way)"."""
    text = site.translate("maintenance {0} ({1}: {2})" if each.planned else "silent {0} ({1}: {2})")
    return text.format(_when(site, each), each.by, clean(each.reason))


def _when(site: Site, each: Silence) -> str:
    """From when, if that is to come, until when, how often again, and what is told all the same."""
    begins, until = each.current(site.now())
    said = [_until(site, each)]
    if each.planned and begins > site.now() and until:
        text = site.translate("from {0} until {1}")
        said = [text.format(moment(begins, site.translate), moment(until, site.translate))]
    if each.repeats and each.repeats_until:
        again = {"Daily": "every day until {0}", "Weekly": "every week until {0}"}[each.repeats]
        said.append(site.translate(again).format(calendar_day(each.repeats_until, site.translate)))
    if each.spares_critical:
        said.append(site.translate("CRITICAL is told all the same"))
    return ", ".join(said)


def _until(site: Site, each: Silence) -> str:
    if each.until_resolved:
        return site.translate("until it is resolved")
    return site.translate("until {0}").format(moment(each.current(site.now())[1], site.translate))


def trim(site: Site, older_than: datetime, limit: int) -> int:
    """Delete those that were over before this time."""
    if not readiness.keeps(site, DOCTYPE):
        return 0
    return site.delete(DOCTYPE, {"ended_at": ("<", older_than)}, limit=limit)


def _unended(site: Site) -> list[Silence]:
    if not readiness.keeps(site, DOCTYPE):
        return []
    unended = {"ended_at": ("is", "not set")}
    rows = site.get_all(DOCTYPE, _fields(site), unended, order_by="ends_at desc, name")
    return [_silence(row) for row in rows]


def _fields(site: Site) -> list[str]:
    return [*FIELDS, *readiness.kept_fields(site, DOCTYPE, REPEATING)]


def _silence(row: Row) -> Silence:
    return Silence(
        name=str(row["name"]),
        kind=str(row["kind"]),
        rule=str(row["rule"] or ""),
        fingerprint=str(row["fingerprint"] or ""),
        starts_at=row["starts_at"],
        ends_at=None if row["until_resolved"] else row["ends_at"],
        reason=str(row["reason"] or ""),
        by=str(row["silenced_by"] or ""),
        repeats=str(row.get("repeats") or ""),
        repeats_until=row.get("repeats_until"),
        spares_critical=bool(row.get("spares_critical")),
    )


def _over_because(site: Site, each: Silence) -> str:
    """Why it is over by itself; empty while it is not."""
    if each.ends_at is not None:
        return site.translate("Its time was over.") if each.is_over(site.now()) else ""
    if _open_of(site, each.rule, each.fingerprint):
        return ""
    return site.translate("What it was about is resolved.")


def _open_of(site: Site, rule: str, fingerprint: str) -> bool:
    return site.count(alerts.DOCTYPE, _open_about(rule, fingerprint)) > 0


def _open_about(rule: str, fingerprint: str) -> dict[str, object]:
    about = {"fingerprint": fingerprint} if fingerprint else {"rule": rule}
    return {"status": ("in", alerts.OPEN_STATUSES), **about}


def _migrations(site: Site) -> list[Silence]:
    return [each for each in current(site) if each.planned and each.reason == MIGRATION]
