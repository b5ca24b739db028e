"""Backups, settings that should not be, patches, log-ins, the certificate."""

from __future__ import annotations

from vuurtoren.rules.rule import HOUR, Rule

RULES = (
    Rule(
        key="backup_age",
        title="Backup overdue",
        alert_type="BACKUP_ISSUES",
        severity="HIGH",
        metric="backup.age_hours",
        operator=">",
        threshold=36,
        critical_threshold=72,
        unit="h",
        interval="hourly",
        unknown_for_seconds=None,
        summary="the newest backup is {value} old (limit {threshold})",
        bench_fact=True,
        because_of=("disk",),
        runbook="""Take one now: `bench --site SITE backup`, and see that the file appears.
Then find why none was taken: is the backup in the crontab (`crontab -l`), is the disk full?
Where backups are taken from outside (snapshots), switch this rule off in Monitoring Settings.""",
    ),
    Rule(
        key="no_backup",
        title="No backup on this machine",
        alert_type="BACKUP_ISSUES",
        severity="HIGH",
        metric="backup.count",
        operator="<",
        threshold=1,
        unit="backups",
        interval="hourly",
        for_seconds=2 * HOUR,
        summary="there is no backup of the database on this machine",
        adjustable=False,
        bench_fact=True,
        because_of=("backup_age",),
        runbook="""Take one now: `bench --site SITE backup`, and have it taken daily (`bench setup backups`).
A backup on the same machine is lost with it: copy it elsewhere as well.
Where backups are taken from outside (snapshots), switch this rule off in Monitoring Settings.""",
    ),
    Rule(
        key="backup_unusable",
        title="Backups that are none",
        alert_type="BACKUP_ISSUES",
        severity="HIGH",
        metric="backup.unusable",
        operator=">",
        threshold=0,
        unit="files",
        interval="hourly",
        unknown_for_seconds=None,
        summary="the newest file is no backup: it is broken, empty, or far too small",
        adjustable=False,
        bench_fact=True,
        runbook="""The file and what is wrong stand below. Is the disk full, was the backup broken off?
Take one now: `bench --site SITE backup`, and compare its size with the ones before it.
If members or invoices were really removed, the next backups make the new size the usual one.""",
    ),
    Rule(
        key="backup_room",
        title="Room for the next backup",
        alert_type="BACKUP_ISSUES",
        severity="MEDIUM",
        metric="backup.room_percent",
        operator=">",
        threshold=50,
        critical_threshold=100,
        unit="%",
        interval="hourly",
        unknown_for_seconds=None,
        summary="another backup would take {value} of the free disk (limit {threshold})",
        bench_fact=True,
        because_of=("disk",),
        runbook="""Above 100 percent the next backup fails, and fills the disk before it does.
Make room: old backups (`ls -lhS sites/SITE/private/backups`), then logs; keep copies elsewhere.
Did the backup grow at once? See the largest tables on the monitoring page.""",
    ),
    Rule(
        key="dangerous_settings",
        title="Dangerous settings",
        alert_type="DANGEROUS_SETTINGS",
        severity="HIGH",
        metric="safety.dangerous_settings",
        operator=">",
        threshold=0,
        unit="settings",
        interval="hourly",
        summary="{value} in the site configuration should not be there in production",
        runbook="""The settings are named below with what each of them does.
`logging: 2` shows every SQL statement, with members' data, to every visitor: remove it at once.
Remove a setting from sites/SITE/site_config.json or sites/common_site_config.json, then `bench restart`.""",
    ),
    Rule(
        key="pending_migrations",
        title="Patches that have not run",
        alert_type="DANGEROUS_SETTINGS",
        severity="LOW",
        metric="migrations.pending",
        operator=">",
        threshold=0,
        unit="patches",
        interval="hourly",
        for_seconds=HOUR,
        unknown_for_seconds=None,
        summary="{value} of the installed code have not run on this site",
        bench_fact=True,
        runbook="""The code is newer than the database: some pages may fail.
Take a backup, then `bench --site SITE migrate`.""",
    ),
    Rule(
        key="failed_logins_daily",
        title="Log-ins that failed in the last 24 hours",
        alert_type="SECURITY",
        severity="MEDIUM",
        metric="logins.failed_last_day",
        operator=">",
        threshold=100,
        critical_threshold=1000,
        unit="log-ins",
        interval="hourly",
        summary="{value} failed in the last 24 hours, more than {threshold}",
        links=("Activity Log",),
        runbook="""Open the Activity Log with operation Login and status Failed.
One user from many addresses: somebody is guessing; ask for a new password and two-factor log-in.
One address and many users: block it at the web server. Frappe itself blocks a user for a while.""",
    ),
    Rule(
        key="certificate",
        title="Certificate about to expire",
        alert_type="SECURITY",
        severity="HIGH",
        metric="certificate.days_left",
        operator="<",
        threshold=14,
        critical_threshold=3,
        unit="days",
        interval="daily",
        unknown_for_seconds=None,
        summary="the site's certificate ends in {value} (limit {threshold})",
        runbook="""`sudo certbot renew` (or the way that your provider offers), then reload nginx.
Then see why it was not renewed by itself: the timer of certbot, or port 80 being closed.""",
    ),
)
