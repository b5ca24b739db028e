"""What differs between Frappe 14, 15 and 16, or between the database drivers that they bring."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe.utils import cint, get_datetime

from vuurtoren.site.site_time import SiteZone
from vuurtoren.site.words.words import Words

MAJOR = int(frappe.__version__.split(".")[0])
REDIS_TIMEOUT_SECONDS = 2
READ_ONLY_CODES = {
    1036,  # MariaDB: table is read only
    1290,  # MariaDB: running with --read-only
    1792,  # MariaDB: read-only transaction
    1836,  # MariaDB: running in read-only mode
    "25006",  # PostgreSQL: read-only transaction
}
ROW_CHANGED = 1020  # MariaDB: record has changed since last read


def database_error() -> type[Exception]:
    """The base of everything that the driver of this site raises (PEP 249 calls it Error)."""
    return next(base for base in frappe.db.OperationalError.__mro__ if base.__name__ == "Error")


def is_read_only_error(error: Exception) -> bool:
    """Whether the database refused because it takes no writes, which Frappe knows only in part."""
    if isinstance(error, frappe.InReadOnlyMode):
        return True
    code = getattr(error, "pgcode", None) or (error.args[0] if error.args else None)
    return code in READ_ONLY_CODES


def changed_by_another(error: BaseException | None) -> bool:
    """Whether PostgreSQL refused because a row was changed after this transaction had begun; MariaDB waits
    for the other one and then finds no row that fits."""
    return getattr(error, "pgcode", None) == "40001"


def lost_everything(error: BaseException) -> bool:
    """Whether the server rolled the whole transaction back: a deadlock, or on MariaDB a row that was changed
    after this transaction had begun."""
    return isinstance(error, frappe.QueryDeadlockError) or error.args[:1] == (ROW_CHANGED,)


@contextmanager
def as_it_is_now() -> Iterator[None]:
    """Rows are written as they are now, whatever this transaction has read of them: a compare-and-swap must.
    From 11.6.2 on MariaDB would refuse that (`innodb_snapshot_isolation`), and roll everything back."""
    if not (frappe.db.db_type == "mariadb" and _refuses_what_changed(frappe.local.site)):
        yield
        return
    frappe.db.sql("SET SESSION innodb_snapshot_isolation = 0")
    try:
        yield
    finally:
        frappe.db.sql("SET SESSION innodb_snapshot_isolation = 1")


@lru_cache
def _refuses_what_changed(site: str) -> bool:
    found = frappe.db.sql("SHOW GLOBAL VARIABLES LIKE 'innodb_snapshot_isolation'")
    return bool(found) and found[0][1] == "ON"


def affected_rows() -> int:
    """How many rows the last statement changed; no Frappe says so itself."""
    return int(frappe.db._cursor.rowcount)


def take_lock(key: str) -> bool:
    """Whether this connection got the server's lock of that name; never waits."""
    if frappe.db.db_type == "mariadb":
        return bool(frappe.db.sql("SELECT GET_LOCK(%s, 0)", (key,))[0][0])
    if frappe.db.db_type == "postgres":
        return bool(frappe.db.sql("SELECT pg_try_advisory_lock(%s)", (_lock_number(key),))[0][0])
    return True  # SQLite has one writer anyway, and state changes are compare-and-swap


def release_lock(key: str) -> None:
    """Give the lock back; the server does it by itself when the connection ends."""
    if frappe.db.db_type == "mariadb":
        frappe.db.sql("SELECT RELEASE_LOCK(%s)", (key,))
    elif frappe.db.db_type == "postgres":
        frappe.db.sql("SELECT pg_advisory_unlock(%s)", (_lock_number(key),))


def _lock_number(key: str) -> int:
    """PostgreSQL names its locks by a signed 64-bit number."""
    return int(key[:16], 16) - 2**63


@contextmanager
def own_connection() -> Iterator[None]:
    """A second connection to the site's database, whose own transaction is committed at the end."""
    callers = frappe.local.db
    frappe.connect(set_admin_as_user=False)
    own = frappe.local.db
    try:
        yield
        own.commit()
    finally:
        frappe.local.db = callers
        own.close()


class _Observer:
    """Frappe 14 tells objects instead of calling functions."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.on_rollback = call


def call_after_rollback(call: Callable[[], None]) -> None:
    """Have a function called after the next rollback of the whole transaction; a commit forgets it."""
    callbacks = getattr(frappe.db, "after_rollback", None)
    if callbacks is None:
        frappe.local.rollback_observers.append(_Observer(call))
        return

    def others_first() -> None:
        # a commit in `call` would make Frappe forget what else waits for this rollback
        callbacks.run()
        call()

    callbacks.add(others_first)


def call_at_commit(call: Callable[[], None]) -> None:
    """Have a function called once right after the commit of this transaction; a rollback forgets it.

    14 calls nothing after a commit: there it is called right before, at every commit of this request or job.
    """
    callbacks = getattr(frappe.db, "after_commit", None)
    if callbacks is not None:
        callbacks.add(call)
    elif not any(known[0] is call for known in frappe.local.before_commit):
        frappe.db.add_before_commit(call)


def enqueue_at_commit(method: str, **arguments: Any) -> None:
    """Enqueue a job from a function that `call_at_commit` calls; on 14 Frappe itself waits for the commit."""
    frappe.enqueue(method, enqueue_after_commit=MAJOR < 15, **arguments)


def rq_job(job_id: str) -> Any | None:
    """The job that Frappe enqueued under this id; None for one that is gone."""
    from frappe.utils.background_jobs import create_job_id, get_redis_conn
    from rq.exceptions import NoSuchJobError
    from rq.job import Job

    try:
        return Job.fetch(create_job_id(job_id), connection=get_redis_conn())
    except NoSuchJobError:
        return None


def rq_job_beats(job: Any) -> dict[str, float]:
    """The entries of a job among those that workers work on, each with the time until which it counts as
    alive (seconds since 1970): RQ 1 has one under the id of the job, RQ 2 one for each execution."""
    registry = job.started_job_registry
    entries = registry.connection.zrange(registry.key, 0, -1, withscores=True)
    beats = {entry.decode(): until for entry, until in entries}
    return {name: until for name, until in beats.items() if name == job.id or name.startswith(f"{job.id}:")}


def trace_id() -> str:
    """The id by which Frappe's own monitor knows this request or job, else one kept until it ends."""
    from frappe.monitor import get_trace_id

    known = get_trace_id()
    return str(
        known or frappe.local.flags.setdefault("verenigingen_trace_id", frappe.generate_hash(length=32))
    )


def time_zone() -> str:
    """The zone that Frappe's own clock shows, which it keeps for the request."""
    return str(frappe.utils.get_system_timezone())


def site_zone() -> SiteZone:
    """The same, in which times know their instants."""
    return _zone(time_zone())


@lru_cache(maxsize=64)
def _zone(name: str) -> SiteZone:
    return SiteZone(ZoneInfo(name))


def dormant_because() -> str:
    """Why Frappe runs the scheduled jobs of this site only once a day, or an empty text.

    14 and 15 look at the Activity Log, 16 at User.last_active and only on Frappe Cloud.
    """
    from frappe.utils.scheduler import is_dormant

    if not is_dormant():
        return ""
    if MAJOR >= 16:
        return Words("no user was active for a long time")
    days = cint(frappe.get_system_settings("dormant_days")) or 4
    newest = frappe.get_all("Activity Log", pluck="modified", order_by="modified desc", limit=1)
    if not newest:
        return Words("no sign-in ever, and after {0} quiet days Frappe runs every job once in 24 hours", days)
    since = f"{get_datetime(newest[0]):%Y-%m-%d %H:%M}"
    return Words(
        "no sign-in since {0}, and after {1} quiet days Frappe runs every job once in 24 hours", since, days
    )


def require_queue_redis() -> None:
    """Raise redis.RedisError within seconds when the queue server is gone; Frappe itself would try for ten.

    Each version reads the address from another place. Behind a sentinel Frappe alone knows the way.
    """
    import redis

    config = frappe.get_site_config() if MAJOR >= 16 else frappe.conf
    if config.get("redis_queue_sentinel_enabled"):
        return
    server = redis.from_url(
        config.get("redis_queue"),
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
    )
    with suppress(redis.exceptions.AuthenticationError, redis.exceptions.ResponseError):
        server.ping()  # a server that asks for a password is there


def enqueued_at_utc(job: Any) -> datetime | None:
    """When an RQ job entered its queue; RQ 1 keeps naive UTC, RQ 2 an aware time."""
    return _naive_utc(job.enqueued_at)


def started_at_utc(job: Any) -> datetime | None:
    """When a worker began with an RQ job; None for one that waits."""
    return _naive_utc(job.started_at)


def beat_utc(worker: Any) -> datetime | None:
    """When an RQ worker last said that it lives; None where it never did."""
    return _naive_utc(worker.last_heartbeat)


def _naive_utc(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is None:
        return moment
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def email_queue_name(returned: Any, message_id: str, reference_name: str) -> str:
    """The Email Queue row that frappe.sendmail made: 15 and 16 return it, 14 returns nothing.

    The search is bounded by an index: the reference where there is one, else the last quarter of an hour.
    """
    if getattr(returned, "name", None):
        return str(returned.name)
    recent = frappe.utils.add_to_date(None, minutes=-15)
    indexed = {"reference_name": reference_name} if reference_name else {"modified": (">=", recent)}
    filters = {"message_id": message_id, **indexed}
    return str(frappe.db.get_value("Email Queue", filters, "name") or "")  # 14 numbers its rows


def answering(message_id: str) -> dict[str, Any]:
    """The arguments of frappe.sendmail that put a message below another one; empty for none.

    14 and 15 take the Message-ID itself; 16 takes the name of a Communication, which a message of ours is
    not: see `head_in_queue`.
    """
    return {"in_reply_to": f"<{message_id}>"} if message_id and MAJOR < 16 else {}


def head_in_queue(queue_name: str, message_id: str, headers: str) -> None:
    """Give a message of the Email Queue headers that frappe.sendmail takes none of; and put it below another
    one: 14 and 15 write In-Reply-To alone, 16 neither."""
    if not queue_name:
        return
    text = str(frappe.db.get_value("Email Queue", queue_name, "message") or "")
    if message_id:
        headers += f"References: <{message_id}>\n"
    if message_id and MAJOR >= 16:
        headers += f"In-Reply-To: <{message_id}>\n"
    if text.partition("\n")[0].partition(":")[0].strip():  # it begins with a header
        frappe.db.set_value("Email Queue", queue_name, "message", headers + text, update_modified=False)


def remember_dynamic_link(doctype: str, fieldname: str, linked: str | None) -> None:
    """16 keeps for hours which DocTypes a field leads to, and learns of new ones only where links are
    checked; a document of one that it does not know would be renamed without its links."""
    if MAJOR >= 16 and linked:
        from frappe.model.dynamic_links import invalidate_distinct_link_doctypes

        invalidate_distinct_link_doctypes(doctype, fieldname, linked)


def indexes_that_frappe_leaves_out(doctype: str) -> list[list[str]]:
    """Fields whose own index may be missing: on PostgreSQL Frappe names an index by its field alone,
    so that the second table with a field of that name gets none."""
    if frappe.db.db_type != "postgres":
        return []
    return [[field.fieldname] for field in frappe.get_meta(doctype).fields if field.search_index]
