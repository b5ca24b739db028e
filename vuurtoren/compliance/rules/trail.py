"""Rules about the audit trail itself: A01 to A03."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.compliance.facts import at
from vuurtoren.compliance.records import Circumstances, Retention, TrailCoverage, TrailHealth
from vuurtoren.compliance.rule import HELD, SepaRule, Verdict, broken, pending
from vuurtoren.site.quantities import Day
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import Words

LOG = "SEPA Audit Log"
WHO_DELETED_IT = Words("Find out who deleted it; bring it back from a backup if it must be kept.")
DELETE_THEM = Words("Delete what the association decided not to keep, or decide anew for how long.")
OWN = "the promises of this audit trail; see AUDIT_TRAIL.md"


def is_in_the_trail(coverage: TrailCoverage, _c: Circumstances) -> Verdict:
    if not coverage.exists:
        text = "The trail names {0}, which is not there"
        return broken(text, coverage.name, action=WHO_DELETED_IT)
    if coverage.entries is None or coverage.happened_on is None:
        return pending("when it happened, or what the trail says about it")
    if coverage.entries < 1:
        return broken("{0} of {1} is not in the trail", coverage.step, coverage.name)
    return HELD


def nothing_is_missing(retention: Retention, _c: Circumstances) -> Verdict:
    if retention.trail_rows_missing:
        number = retention.trail_rows_missing
        text = plural(
            str, number, "One entry of the trail is missing", "{0} entries of the trail are missing"
        )
        return broken(text, number)
    if retention.mandates_missing:
        text = plural(
            str,
            retention.mandates_missing,
            "A mandate that was collected on within 14 months is no longer there",
            "{0} mandates that were collected on within 14 months are no longer there",
        )
        return broken(text, retention.mandates_missing)
    if retention.members_past_retention:
        text = plural(
            str,
            retention.members_past_retention,
            "A former member is kept longer than the association decided",
            "{0} former members are kept longer than the association decided",
        )
        return broken(text, retention.members_past_retention, severity="M", action=DELETE_THEM)
    if retention.trail_rows_missing is None or retention.mandates_missing is None:
        return pending("whether entries or mandates are missing")
    return HELD


def trail_can_be_believed(health: TrailHealth, c: Circumstances) -> Verdict:
    if health.guard_missing:
        return broken("The database no longer refuses changes of the trail: {0}", health.guard_missing)
    if health.verified_ok is False:
        return broken("The last verification of the trail did not hold")
    now = health.now
    if health.seal_lag_seconds is not None and health.seal_lag_seconds > at("seal_lag_seconds", c.today):
        return broken(
            "Entries of the trail have waited {0} seconds for their seal", round(health.seal_lag_seconds)
        )
    if (
        now
        and health.verified_at
        and now - health.verified_at > timedelta(hours=at("verified_hours", c.today))
    ):
        return broken("The trail was last verified on {0}", Day(health.verified_at.date()))
    if now and health.anchors_expected:
        longest = timedelta(hours=at("anchor_hours", c.today))
        if health.anchor_at is None or now - health.anchor_at > longest:
            return broken(
                "No checkpoint of the trail has left the site for {0} hours", at("anchor_hours", c.today)
            )
    if None in (health.guard_missing, health.verified_ok, health.seal_lag_seconds, now):
        return pending("whether the trail is sealed, guarded and verified")
    if health.anchors_expected is None:
        return pending("who has the checkpoints")
    return HELD


RULES = (
    SepaRule(
        "A01", "Every step is in the audit trail, and what the trail names is there", "H", "trail",
        OWN, {TrailCoverage: is_in_the_trail},
        "Find out what wrote past the trail, and record the step as an entry of its own.",
        needs=(LOG,),
    ),
    SepaRule(
        "A02", "What must be kept is kept, and nothing longer", "H", "trail",
        f"{OWN}; EPC016-06, evidence for 14 months", {Retention: nothing_is_missing},
        "Bring it back from a backup, and find out who deleted it.",
        needs=(LOG,),
    ),
    SepaRule(
        "A03", "The trail is sealed, guarded, verified and handed out", "C", "trail",
        OWN, {TrailHealth: trail_can_be_believed},
        "See the section of the audit trail on the page of the monitoring.",
        needs=(LOG,),
    ),
)  # fmt: skip
