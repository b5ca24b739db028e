"""The audit trail itself: refused, sealed, verified, and known outside."""

from __future__ import annotations

from vuurtoren.audit.seals.tables import ALERT_TYPE, CHECKPOINT, LOG
from vuurtoren.rules.rule import HOUR, MINUTE, Rule

RULES = (
    Rule(
        key="audit_guard_removed",
        title="Database guard of the audit trail missing",
        alert_type=ALERT_TYPE,
        severity="CRITICAL",
        metric="audit.guard_intact",
        operator="<",
        threshold=1,
        unit="yes/no",
        adjustable=False,
        unknown_for_seconds=2 * HOUR,
        requires=(LOG,),
        summary="the database no longer refuses changes of the audit trail",
        links=(LOG,),
        runbook="""What is missing is named below. Somebody took it away in the database, or a restore did.
Verify the trail first: `bench --site SITE monitoring audit verify`. Keep what it says.
Then put the guard back: `bench --site SITE migrate`. Find out who worked on the database, and why.""",
    ),
    Rule(
        key="audit_verification_failed",
        title="Audit trail altered",
        alert_type=ALERT_TYPE,
        severity="CRITICAL",
        metric="audit.verification_ok",
        operator="<",
        threshold=1,
        unit="yes/no",
        adjustable=False,
        unknown_for_seconds=None,
        requires=(CHECKPOINT,),
        summary="the verification found that the audit trail was changed",
        links=(LOG, CHECKPOINT),
        runbook="""Every finding is named below, by kind and row. Change nothing, and take a backup now.
Verify everything against what was handed out: `bench --site SITE monitoring audit verify --checkpoint FILE`
with the oldest and the newest checkpoint that people outside have kept.
Tell the audit committee: it is theirs to judge, not the administrator's.""",
    ),
    Rule(
        key="audit_verification_old",
        title="Verification of the audit trail overdue",
        alert_type=ALERT_TYPE,
        severity="HIGH",
        metric="audit.last_verification_age_hours",
        operator=">",
        threshold=48,
        critical_threshold=7 * 24,
        unit="h",
        interval="hourly",
        unknown_for_seconds=None,
        requires=(CHECKPOINT,),
        summary="the audit trail was last verified {value} ago (limit {threshold})",
        links=("Monitoring Run", "Error Log"),
        because_of=(
            "scheduler_off",
            "scheduler_dormant",
            "scheduler_silent",
            "no_workers",
        ),
        runbook="""Open Monitoring Run: the row `audit verification` holds the error of the last attempt.
Verify by hand: `bench --site SITE monitoring audit verify`. If it cannot run, it says why.""",
    ),
    Rule(
        key="audit_seal_lag",
        title="Sealing delay",
        alert_type=ALERT_TYPE,
        severity="HIGH",
        metric="audit.seal_lag_seconds",
        operator=">",
        threshold=300,
        critical_threshold=HOUR,
        unit="s",
        for_seconds=5 * MINUTE,
        requires=(LOG,),
        summary="the oldest event has waited {value} to be sealed (limit {threshold})",
        links=(LOG, "Error Log"),
        because_of=(
            "scheduler_off",
            "scheduler_dormant",
            "scheduler_silent",
            "no_workers",
        ),
        runbook="""Until it is sealed, an event is protected by the database and its own code only.
Open the Error Log for the monitor's own failures: a sealer that stopped says why, often a missing key.
Keys are in site_config.json, `sepa_audit_signing_keys`; put back the one that is named, from a backup.""",
    ),
    Rule(
        key="audit_not_anchored",
        title="No checkpoint sent to an auditor",
        alert_type=ALERT_TYPE,
        severity="HIGH",
        metric="audit.last_anchor_age_hours",
        operator=">",
        threshold=48,
        critical_threshold=7 * 24,
        unit="h",
        interval="hourly",
        unknown_for_seconds=None,
        requires=(CHECKPOINT,),
        summary="nobody outside was given a checkpoint for {value} (limit {threshold})",
        links=(CHECKPOINT, "Email Queue"),
        because_of=(
            "scheduler_off",
            "scheduler_dormant",
            "scheduler_silent",
            "no_workers",
            "mail_cannot_send",
        ),
        runbook="""Without it, whoever rules this machine could rewrite the trail and nobody could show it.
Name at least two people outside, such as the audit committee and the accountant, in `audit_anchor_recipients`
of the site configuration; addresses in the site's own domain do not count.
If they are named: can mail leave the site? The Error Log names what refused.""",
    ),
    Rule(
        key="audit_silent",
        title="SEPA documents that no audit entry names",
        alert_type=ALERT_TYPE,
        severity="HIGH",
        metric="audit.documents_without_entry",
        operator=">",
        threshold=0,
        unit="documents",
        interval="hourly",
        unknown_for_seconds=None,
        requires=(LOG,),
        summary="{value} of the last day have no entry in the audit trail",
        links=(LOG, "Error Log"),
        because_of=("audit_spool_waiting",),
        runbook="""A mandate or a batch was created and the trail does not say so: silence is not green.
Each is named below. Was it written around documents (SQL, a bulk insert)? Then the people who did so must say
why, and the entry stays missing. If not, the Error Log says what kept the entry from being written.""",
    ),
    Rule(
        key="audit_spool_waiting",
        title="Audit events that wait to be written",
        alert_type=ALERT_TYPE,
        severity="HIGH",
        metric="audit.spool_waiting",
        operator=">",
        threshold=0,
        unit="events",
        for_seconds=10 * MINUTE,
        requires=(LOG,),
        summary="{value} wait outside the database, because it did not take them",
        links=("Error Log",),
        runbook="""They are safe in private/audit_spool and come in when the database takes them again.
The Error Log says why: a migration that has not run, a full disk, a read-only database.
Do not delete the files: they are part of the trail.""",
    ),
)
