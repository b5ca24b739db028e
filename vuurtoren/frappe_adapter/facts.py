"""What Frappe, its queues and its servers say of themselves; each fact or the reason why it cannot be had."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import frappe
from frappe.utils import cint

from vuurtoren.frappe_adapter import compat, jobs
from vuurtoren.frappe_adapter.database_facts import (
    MARIADB,
    POSTGRESQL,
    Dialect,
    database_size,
    database_state,
)
from vuurtoren.frappe_adapter.rows import one_statement
from vuurtoren.frappe_adapter.statements import statements
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.strangers import NotReadable, json_object
from vuurtoren.site.values import (
    BackupState,
    CacheState,
    DatabaseSize,
    DatabaseState,
    HostSeen,
    JobType,
    MailState,
    QueuesState,
    QueueState,
    Row,
    SchedulerState,
    Statements,
)
from vuurtoren.site.words.words import Words

RUNNING_JOBS_LOOKED_AT = 20
OLDEST_JOB_CANDIDATES = 5
HOSTS, HOSTS_HELD_SECONDS = "verenigingen_hosts", 24 * 3600
CONFIGURED_OFF = {
    "maintenance_mode": Words("the site is in maintenance mode"),
    "pause_scheduler": Words("pause_scheduler is set in the site configuration"),
    "disable_scheduler": Words("disable_scheduler is set in the site configuration"),
}


class FrappeFacts:
    """The platform facts of the Site protocol on a bench."""

    if TYPE_CHECKING:

        def get_all(self, doctype: str, fields: Sequence[str]) -> list[Row]: ...

    def site_path(self) -> Path:
        return Path(frappe.get_site_path()).resolve()

    def scheduler(self) -> SchedulerState:
        because = _scheduler_off_because()
        dormant_because = compat.dormant_because()
        fields = ["name", "method", "frequency", "stopped", "last_execution"]
        rows = self.get_all("Scheduled Job Type", fields)
        known = tuple(
            JobType(
                row["method"],
                row["frequency"] or "",
                bool(row["stopped"]),
                row["last_execution"],
                row["name"],
            )
            for row in rows
        )
        return SchedulerState(not because, because, bool(dormant_because), dormant_because, known)

    def queues(self) -> QueuesState:
        with _redis_needed("the job queues"):
            queues, workers = _queues_and_workers()
            busy = sum(worker.get_state() == "busy" for worker in workers)
            return QueuesState(tuple(map(_queue_state, queues)), len(workers), busy)

    def hosts(self) -> tuple[HostSeen, ...]:
        """What machines told of themselves lies in the cache that all share, for a day."""
        with suppress(Unavailable):  # the queues tell that themselves, and the cache may still know
            return (*_at_work(), *_told())
        return _told()

    def announce_host(self, host: HostSeen) -> None:
        with suppress(Unavailable), _redis_needed("the cache"):
            cache = frappe.cache()
            cache.hset(HOSTS, host.name, json.dumps(host.as_plain()))
            cache.expire(cache.make_key(HOSTS), HOSTS_HELD_SECONDS)

    def release_job(self, method: str) -> bool:
        with _redis_needed("the job queues"):
            compat.require_queue_redis()
            return jobs.release(method)

    def mail(self) -> MailState:
        from frappe.email.doctype.email_account.email_account import EmailAccount

        account = EmailAccount.find_default_outgoing() if not frappe.are_emails_muted() else None
        muted = Words("mute_emails is set in the site configuration") if frappe.are_emails_muted() else ""
        suspended = cint(frappe.db.get_default("suspend_email_queue")) == 1
        return MailState(
            account=account.email_id if account else "",
            no_account_because=""
            if account or muted
            else Words("there is no default outgoing Email Account"),
            muted_because=muted,
            suspended_because=Words("the Email Queue is suspended") if suspended else "",
        )

    def backups(self) -> BackupState:
        directory = Path(
            frappe.conf.get("backup_path") or frappe.get_site_path("private", "backups")
        ).resolve()
        dumps = directory.glob("*-database*.sql.gz")
        whole = (path for path in dumps if "-partial-" not in path.name)
        return BackupState.of(directory, whole, str(frappe.conf.db_name))

    def database(self) -> DatabaseState:
        return database_state(_dialect(), _ask)

    def database_size(self) -> DatabaseSize:
        return database_size(_dialect(), _ask)

    def statements(self) -> Statements:
        return statements(_dialect(), _ask)

    def cache(self) -> CacheState:
        with _redis_needed("the cache"):
            memory = frappe.cache().info("memory")
            counters = frappe.cache().info("stats")
        return CacheState(
            used_bytes=int(memory["used_memory"]),
            limit_bytes=int(memory.get("maxmemory") or 0) or None,
            evicted_keys=int(counters["evicted_keys"]),
            hits=int(counters["keyspace_hits"]),
            misses=int(counters["keyspace_misses"]),
        )

    def sessions(self) -> int:
        from frappe.query_builder.functions import Count

        table = frappe.qb.DocType("Sessions")
        signed_in = frappe.qb.from_(table).select(Count("*")).where(table["user"] != "Guest")
        return int(signed_in.run()[0][0])

    def pending_migrations(self) -> list[str]:
        from frappe.modules.patch_handler import get_all_patches

        run = set(frappe.get_all("Patch Log", pluck="patch"))
        return [patch for patch in get_all_patches() if patch not in run]

    def installed_versions(self) -> dict[str, str]:
        return {app: str(frappe.get_attr(f"{app}.__version__")) for app in frappe.get_installed_apps()}

    def request_log(self) -> Path:
        from frappe.monitor import log_file

        if not frappe.conf.get("monitor"):
            raise Unavailable("monitor is not set in the site configuration, so Frappe keeps no request log")
        path = Path(log_file()).resolve()
        if not path.is_file():
            raise Unavailable(
                "Frappe has written no request log yet; the scheduler flushes it every 4 minutes"
            )
        return path


def _scheduler_off_because() -> str:
    from frappe.utils.scheduler import is_scheduler_inactive

    if not is_scheduler_inactive(verbose=False):
        return ""
    for key, reason in CONFIGURED_OFF.items():
        if frappe.conf.get(key):
            return reason
    if not cint(frappe.db.get_single_value("System Settings", "enable_scheduler")):
        return Words("Enable Scheduled Jobs is off in System Settings")
    return Words("Frappe says that the scheduler is inactive and gives no reason")


def _queues_and_workers() -> tuple[list[Any], list[Any]]:
    """Those of this bench, where others share its Redis."""
    from frappe.utils.background_jobs import get_queue, get_queue_list, get_workers

    compat.require_queue_redis()
    queues = [get_queue(queue_type) for queue_type in get_queue_list()]
    names = {queue.name for queue in queues}
    return queues, [worker for worker in get_workers() if names & set(worker.queue_names())]


def _at_work() -> list[HostSeen]:
    """The machines of the workers, as they last signed on with their queues."""
    with _redis_needed("the job queues"):
        _, workers = _queues_and_workers()
    beats = ((worker.hostname, compat.beat_utc(worker)) for worker in workers)
    return [HostSeen(str(name), beat, works=True) for name, beat in beats if name and beat]


def _told() -> tuple[HostSeen, ...]:
    found = []
    with _redis_needed("the cache"):
        stored = frappe.cache().hgetall(HOSTS)
    for text in stored.values():
        with suppress(NotReadable):
            found.append(HostSeen.from_plain(json_object(text if isinstance(text, str) else None)))
    return tuple(filter(None, found))


def _queue_state(queue: Any) -> QueueState:
    """Registries are counted by their key: RQ's own count would move abandoned jobs about."""
    registries = (queue.started_job_registry, queue.failed_job_registry, queue.finished_job_registry)
    started, failed, finished = (int(queue.connection.zcard(registry.key)) for registry in registries)
    name = queue.name.rsplit(":", 1)[-1]
    held_by, held_seconds = _longest_running(queue)
    return QueueState(
        name, int(queue.count), _oldest_seconds(queue), started, failed, finished, held_by, held_seconds
    )


def _longest_running(queue: Any) -> tuple[str, float | None]:
    """The function of the job that has run longest, and for how many seconds; empty where none runs.

    An entry is the id of the job, with that of its execution behind it from RQ 2 on.
    """
    registry = queue.started_job_registry
    now_utc, found = datetime.now(timezone.utc).replace(tzinfo=None), []
    for entry in registry.connection.zrange(registry.key, 0, RUNNING_JOBS_LOOKED_AT - 1):
        name = entry.decode()
        job = queue.fetch_job(name) or queue.fetch_job(name.rpartition(":")[0])
        since = compat.started_at_utc(job) if job else None
        if job and since:
            found.append((max(0.0, (now_utc - since).total_seconds()), _function_of(job)))
    seconds, function = max(found, default=(None, ""))
    return function, seconds


def _function_of(job: Any) -> str:
    """What the job calls: of a scheduled one the function itself, which Frappe tells along."""
    told = job.kwargs or {}
    given = told.get("kwargs") or {}
    return str(given.get("job_type") or told.get("method") or job.func_name)


def _oldest_seconds(queue: Any) -> float | None:
    """Age of the first waiting job that still exists; None when nothing waits."""
    now_utc = datetime.now(timezone.utc).replace(tzinfo=None)
    for job_id in queue.get_job_ids(0, OLDEST_JOB_CANDIDATES):
        job = queue.fetch_job(job_id)
        since = compat.enqueued_at_utc(job) if job else None
        if since:
            return max(0.0, (now_utc - since).total_seconds())
    return None


@contextmanager
def _redis_needed(what: str) -> Iterator[None]:
    import redis

    try:
        yield
    except redis.exceptions.RedisError as error:
        raise Unavailable("Redis does not answer for {0}: {1}", Words(what), error) from error


def _dialect() -> Dialect:
    if frappe.db.db_type == "mariadb":
        return MARIADB
    if frappe.db.db_type == "postgres":
        return POSTGRESQL
    raise Unavailable("a {0} database keeps no such counters", frappe.db.db_type)


def _ask(statement: str) -> list[tuple[Any, ...]]:
    """One question to the server; a refusal leaves the caller's transaction usable."""
    try:
        with one_statement():
            return [tuple(row) for row in frappe.db.sql(statement)]
    except compat.database_error() as error:
        raise Unavailable("the database server does not say: {0}", error) from error
