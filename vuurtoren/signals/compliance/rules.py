"""Findings of the SEPA rules: at once, and the same day; those of a week are in the digest."""

from __future__ import annotations

from vuurtoren.rules.rule import Rule

FINDING = "SEPA Finding"
RULES = (
    Rule(
        key="sepa_findings_critical",
        title="SEPA rules broken that stop a batch",
        alert_type="SEPA_COMPLIANCE",
        severity="CRITICAL",
        metric="compliance.critical",
        operator=">",
        threshold=0,
        unit="findings",
        unknown_for_seconds=None,
        requires=(FINDING,),
        most_open=20,
        summary="{value} in {which} must be mended before anything goes to the bank",
        links=(FINDING,),
        runbook="""Send nothing to the bank that is named here. Open the list SEPA Finding with severity C.
Each finding says what is wrong, until when it must be mended, and what to do.
It ends by itself when the record is mended; what you decide to live with is accepted with a reason.""",
    ),
    Rule(
        key="sepa_findings_high",
        title="SEPA rules broken, to be mended today",
        alert_type="SEPA_COMPLIANCE",
        severity="HIGH",
        metric="compliance.high",
        operator=">",
        threshold=0,
        unit="findings",
        interval="hourly",
        unknown_for_seconds=None,
        requires=(FINDING,),
        most_open=20,
        summary="{value} in {which} must be mended today",
        links=(FINDING,),
        runbook="""Open the list SEPA Finding with severity H; each finding says what to do.
A return with a hard code (MD01, AC01, AC04) comes first: the mandate is cancelled before the next batch.""",
    ),
    Rule(
        key="sepa_scan_old",
        title="Scan by the SEPA rules overdue",
        alert_type="SEPA_COMPLIANCE",
        severity="MEDIUM",
        metric="compliance.scan_age_hours",
        operator=">",
        threshold=48,
        unit="h",
        interval="hourly",
        unknown_for_seconds=None,
        requires=(FINDING,),
        summary="the SEPA rules were last judged {value} ago (limit {threshold})",
        runbook="""Once a day every record is judged. See Monitoring Run, the row “compliance scan”.
Run it now: `bench --site SITE monitoring sepa scan`.""",
    ),
    Rule(
        key="mandates_ending",
        title="Mandates about to end",
        alert_type="SEPA_COMPLIANCE",
        severity="LOW",
        metric="compliance.mandates_ending",
        operator=">",
        threshold=10,
        unit="mandates",
        interval="daily",
        unknown_for_seconds=None,
        requires=(FINDING,),
        summary="{value} end within 90 days because nothing is collected on them (limit {threshold})",
        links=(FINDING,),
        runbook="""A mandate ends 36 months after its last collection: then a new one must be signed.
Open the list SEPA Finding with rule M04, the earliest deadline first. Is the member still invoiced?
Who still pays by direct debit is collected before that day; of whom left, cancel the mandate.""",
    ),
)
