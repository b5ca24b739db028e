"""How many errors there are, and which are new."""

from __future__ import annotations

from vuurtoren.rules.rule import MINUTE, Rule

RULES = (
    Rule(
        key="error_rate_hourly",
        title="Errors in the last hour",
        alert_type="HIGH_ERROR_RATE",
        severity="HIGH",
        metric="errors.last_hour",
        operator=">",
        threshold=10,
        unit="errors",
        summary="{value} in the last hour (limit {threshold})",
        keep_firing_seconds=15 * MINUTE,
        links=("Error Log",),
        because_of=("critical_error_rate",),
        runbook="""Open the monitoring page and look at the errors by kind: is it one kind or many?
One kind: open the newest row in the Error Log and read the last lines of the traceback.
Many kinds at once: look for a cause they share (database, disk, mail, a deployment an hour ago).
What began after an update is best reported with the traceback to whoever made the update.""",
    ),
    Rule(
        key="critical_error_rate",
        title="A flood of errors in the last hour",
        alert_type="CRITICAL_ERRORS",
        severity="CRITICAL",
        metric="errors.last_hour",
        operator=">",
        threshold=100,
        unit="errors",
        summary="{value} in the last hour (limit {threshold})",
        keep_firing_seconds=15 * MINUTE,
        links=("Error Log",),
        runbook="""People are almost certainly seeing failures now: open the site as a user would.
Look at the errors by kind on the monitoring page; the largest kind is usually the cause of the others.
If it began with a deployment, go back to the version before it.
If the database or the disk is named in the errors, see to that first.""",
    ),
    Rule(
        key="error_rate_daily",
        title="Errors in the last 24 hours",
        alert_type="HIGH_ERROR_RATE",
        severity="MEDIUM",
        metric="errors.last_day",
        operator=">",
        threshold=50,
        critical_threshold=500,
        unit="errors",
        interval="hourly",
        summary="{value} in the last 24 hours (limit {threshold})",
        links=("Error Log",),
        because_of=(
            "critical_error_rate",
            "error_rate_hourly",
        ),
        runbook="""Open the errors by kind on the monitoring page and sort by count.
Deal with the kinds at the top: one kind is often most of the number.
An error that nobody can act on should not be logged as an error: mend the code that logs it.""",
    ),
    Rule(
        key="unusual_errors",
        title="More errors than usual at this hour",
        alert_type="HIGH_ERROR_RATE",
        severity="LOW",
        metric="errors.last_hour",
        operator=">",
        threshold=4,
        unit="errors",
        kind="unusual",
        for_seconds=15 * MINUTE,
        keep_firing_seconds=60 * MINUTE,
        unknown_for_seconds=None,
        summary="{value} in the last hour; {usual}",
        links=("Error Log",),
        because_of=("critical_error_rate", "error_rate_hourly"),
        runbook="""Open the errors by kind on the monitoring page: is it a new kind, or more of a known one?
What changed shortly before is named with the alert, an update or a script for example.
A night in which something was imported or tried out ends by itself.""",
    ),
    Rule(
        key="new_error_kind",
        title="New error",
        alert_type="NEW_ERROR_KIND",
        severity="MEDIUM",
        metric="errors.new_kinds_last_hour",
        operator=">",
        threshold=0,
        unit="kinds",
        event=True,
        summary="{value} of error seen for the first time in the last hour",
        links=("Error Kind", "Error Log"),
        runbook="""Open the error kind that is named below and read its newest traceback.
Ask what changed just before it began: an update, a setting, a script, a permission.
If it is harmless, acknowledge this alert; the same kind is not told as new again.""",
    ),
    Rule(
        key="error_kind_back",
        title="An error that was mended is back",
        alert_type="NEW_ERROR_KIND",
        severity="MEDIUM",
        metric="errors.back",
        operator=">",
        threshold=0,
        unit="kinds",
        adjustable=False,
        unknown_for_seconds=None,
        requires=("Error Kind Decision",),
        most_open=20,
        summary="somebody said that it is mended, and it is back: {which}",
        links=("Error Kind", "Error Log"),
        runbook="""Open the error: its page says who resolved it and when, and shows the newest traceback.
Ask whether what mended it is still there: an update, a setting or a restore may have undone it.
Resolve it again once it is mended, or take the resolution back if it never was; either ends this alert.""",
    ),
)
