"""The machine, or the container, that the monitor's process runs on."""

from __future__ import annotations

from vuurtoren.rules.rule import MINUTE, Rule

RULES = (
    Rule(
        key="host_silent",
        title="A machine of the bench has fallen silent",
        alert_type="HOST_SILENT",
        severity="HIGH",
        metric="host.silent_seconds",
        operator=">",
        threshold=15 * MINUTE,
        unit="s",
        unknown_for_seconds=None,
        summary="machine {which} was last heard of {value} ago (limit {threshold})",
        runbook="""Does it answer: `ping`, then `ssh`? Do its workers run: `supervisorctl status`?
Does it reach Redis and the database of the bench?
A machine that was taken away: take its name out of `monitoring_hosts`.""",
    ),
    Rule(
        key="cpu",
        title="CPU",
        alert_type="HIGH_CPU",
        severity="MEDIUM",
        metric="host.cpu_percent",
        operator=">",
        threshold=90,
        unit="%",
        for_seconds=10 * MINUTE,
        keep_firing_seconds=5 * MINUTE,
        summary="the CPU has been at {value} (limit {threshold}) for ten minutes",
        runbook="""`top` shows which process: a worker, the database, or something that does not belong here.
A worker: see in RQ Worker which job it runs. The database: see `SHOW PROCESSLIST;`.
If it is always so at busy hours, the machine is too small.""",
    ),
    Rule(
        key="memory",
        title="Memory",
        alert_type="HIGH_MEMORY",
        severity="HIGH",
        metric="host.memory_percent",
        operator=">",
        threshold=90,
        critical_threshold=97,
        unit="%",
        for_seconds=5 * MINUTE,
        keep_firing_seconds=5 * MINUTE,
        summary="{value} of the memory is in use (limit {threshold})",
        because_of=("container_memory",),
        runbook="""When memory runs out the kernel kills processes, often the database: act before.
`ps aux --sort=-rss | head` shows who has it. A worker that grows job by job: `bench restart`.
Fewer gunicorn and background workers take less; `innodb_buffer_pool_size` should leave room for them.""",
    ),
    Rule(
        key="container_memory",
        title="Memory of this container",
        alert_type="HIGH_MEMORY",
        severity="HIGH",
        metric="host.container_memory_percent",
        operator=">",
        threshold=90,
        critical_threshold=97,
        unit="%",
        for_seconds=5 * MINUTE,
        keep_firing_seconds=5 * MINUTE,
        unknown_for_seconds=None,
        summary="the container uses {value} of the memory it may have (limit {threshold})",
        runbook="""At the limit the kernel kills the container's largest process.
Raise the memory limit of the container or run fewer workers in it.""",
    ),
    Rule(
        key="disk",
        title="Disk that holds the site",
        alert_type="HIGH_DISK",
        severity="HIGH",
        metric="host.disk_percent",
        operator=">",
        threshold=90,
        critical_threshold=95,
        unit="%",
        keep_firing_seconds=10 * MINUTE,
        summary="the disk that holds the site is {value} full (limit {threshold})",
        because_of=("database_growth",),
        runbook="""A full disk stops the database: make room now.
Old backups first: `ls -lhS sites/SITE/private/backups`; keep copies elsewhere.
Then logs: `du -sh logs`; Frappe never rotates logs/monitor.json.log.
Then the largest tables, which the monitoring page shows.""",
    ),
    Rule(
        key="inodes",
        title="Inodes of the disk that holds the site",
        alert_type="HIGH_DISK",
        severity="HIGH",
        metric="host.inodes_percent",
        operator=">",
        threshold=90,
        critical_threshold=97,
        unit="%",
        keep_firing_seconds=10 * MINUTE,
        unknown_for_seconds=None,
        summary="{value} of the files that fit on the site's disk are there (limit {threshold})",
        runbook="""When no inode is left no file can be made, however much room there is.
Find the folder with very many small files: `du --inodes -xS / | sort -n | tail`.
Sessions, caches and thumbnails are the usual ones; files of members belong to Frappe, delete them there.""",
    ),
)
