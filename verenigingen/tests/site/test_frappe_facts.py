"""What the bench says of itself, in good days and in bad ones."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import frappe
from frappe.utils.background_jobs import get_queue
from rq import Worker

from verenigingen import events
from verenigingen.tests.support.support import SiteTest, configured, forget_system_settings, without_redis
from vuurtoren import carrier
from vuurtoren.frappe_adapter import compat, machines
from vuurtoren.frappe_adapter.facts import HOSTS
from vuurtoren.frappe_adapter.jobs import key_of
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.signals.measuring import collect
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.names import this_host
from vuurtoren.site.values import HostSeen

QUEUE = "long"


class TestScheduler(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.enable(1)

    def enable(self, on: int) -> None:
        frappe.db.set_single_value("System Settings", "enable_scheduler", on)
        frappe.db.value_cache.clear()
        forget_system_settings()

    def test_an_enabled_scheduler_has_no_reason_against_it(self) -> None:
        state = self.site.scheduler()
        self.assertEqual((state.enabled, state.inactive_because), (True, ""))

    def test_each_way_of_being_off_has_its_own_reason(self) -> None:
        reasons = set()
        for key in ("maintenance_mode", "pause_scheduler", "disable_scheduler"):
            with configured(**{key: 1}):
                state = self.site.scheduler()
            self.assertFalse(state.enabled)
            reasons.add(state.inactive_because)
        self.enable(0)
        state = self.site.scheduler()
        self.assertFalse(state.enabled)
        reasons.add(state.inactive_because)
        self.assertEqual(len(reasons), 4)

    def test_a_site_that_nobody_signs_in_to_is_dormant_where_frappe_has_that(self) -> None:
        frappe.db.delete("Activity Log")
        state = self.site.scheduler()
        self.assertEqual(state.dormant, compat.MAJOR < 16)
        self.assertEqual(bool(state.dormant_because), state.dormant)

    def test_developer_mode_is_never_dormant(self) -> None:
        frappe.db.delete("Activity Log")
        with configured(developer_mode=1):
            self.assertFalse(self.site.scheduler().dormant)

    def test_jobs_are_known_by_their_method_whatever_their_row_is_called(self) -> None:
        methods = {job.method: job.frequency for job in self.site.scheduler().jobs}
        self.assertEqual(methods.get(f"{carrier.app_name()}.monitoring_jobs.run_tick"), "All")
        self.assertEqual(methods.get(f"{carrier.app_name()}.monitoring_jobs.run_hourly_checks"), "Hourly")
        self.assertEqual(methods.get(f"{carrier.app_name()}.monitoring_jobs.run_daily_checks"), "Daily")


class TestQueues(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.queue = get_queue(QUEUE)
        self.addCleanup(self.queue.empty)
        self.queue.empty()

    def state(self) -> Any:
        return {queue.name: queue for queue in self.site.queues().queues}[QUEUE]

    def test_an_empty_queue_has_no_oldest_job(self) -> None:
        self.assertEqual((self.state().depth, self.state().oldest_seconds), (0, None))

    def test_the_oldest_waiting_job_tells_its_age(self) -> None:
        if self.site.queues().workers:
            self.skipTest("a live worker of this bench takes the waiting jobs away")
        job = self.queue.enqueue("frappe.ping")
        self.queue.enqueue("frappe.ping")
        entered = datetime.now(timezone.utc) - timedelta(minutes=10)
        job.enqueued_at = entered if compat.enqueued_at_utc(job) != job.enqueued_at else _naive(entered)
        job.save()
        self.assertEqual(self.state().depth, 2)
        self.assertAlmostEqual(self.state().oldest_seconds, 600, delta=60)

    def test_a_failed_job_is_counted_where_rq_keeps_it(self) -> None:
        before = self.state().failed
        job = self.queue.enqueue("frappe.ping")
        self.addCleanup(job.delete)
        self.queue.failed_job_registry.add(job, ttl=60)
        self.assertEqual(self.state().failed, before + 1)

    def test_without_redis_the_queues_are_unknown_with_the_reason(self) -> None:
        with without_redis(), self.assertRaises(Unavailable) as refused:
            self.site.queues()
        self.assertIn("Redis does not answer", str(refused.exception))

    def test_without_redis_the_cache_is_unknown_with_the_reason(self) -> None:
        with without_redis(), self.assertRaises(Unavailable) as refused:
            self.site.cache()
        self.assertIn("Redis does not answer", str(refused.exception))

    def test_without_redis_rows_are_read_and_written_all_the_same(self) -> None:
        with without_redis():
            self.assertGreater(self.site.count("DocType"), 100)
            self.site.insert("Monitoring Run", {"job": "redis-test", "status": "Running"})
            with self.site.lock("redis-test") as had:
                self.assertTrue(had)

    def test_the_cache_tells_its_counters(self) -> None:
        state = self.site.cache()
        self.assertGreater(state.used_bytes, 0)
        self.assertGreaterEqual(state.hits + state.misses, 1)


class TestDatabase(SiteTest):
    def test_the_server_gives_every_counter_to_a_site_of_its_own(self) -> None:
        state = self.site.database()
        self.assertEqual(state.engine, "MariaDB" if frappe.db.db_type == "mariadb" else "PostgreSQL")
        self.assertGreaterEqual(state.connections or 0, 1)
        self.assertGreater(state.max_connections or 0, 1)
        self.assertIsNotNone(state.longest_query_ms)
        for name in ("connections", "max_connections", "longest_query_ms", "slow_queries_total"):
            self.assertEqual(getattr(state, name) is None, name in state.missing, name)

    def test_the_size_is_that_of_this_site(self) -> None:
        size = self.site.database_size()
        self.assertGreater(size.table_count, 100)
        self.assertGreaterEqual(size.size_bytes, size.tables[0].size_bytes)
        self.assertEqual(
            sorted((table.size_bytes for table in size.tables), reverse=True),
            [table.size_bytes for table in size.tables],
        )

    def test_statements_are_told_without_values_or_it_is_said_what_would_tell_them(self) -> None:
        secret = "facts-test-secret"
        frappe.get_all("ToDo", {"description": secret})
        try:
            told = self.site.statements()
        except Unavailable as unavailable:
            self.assertRegex(str(unavailable), "performance_schema|pg_stat_statements")
        else:
            self.assertTrue(told.found)
            self.assertNotIn(secret, repr(told))
        self.assertGreater(self.site.count("DocType"), 100)


class TestOtherFacts(SiteTest):
    def test_sessions_are_those_of_people(self) -> None:
        before = self.site.sessions()
        table = frappe.qb.DocType("Sessions")
        for user in ("Guest", "Administrator"):
            frappe.qb.into(table).columns("user", "sid").insert(user, f"facts-test-{user}").run()
        self.assertEqual(self.site.sessions(), before + 1)

    def test_a_patch_that_was_never_run_is_pending(self) -> None:
        self.assertEqual(self.site.pending_migrations(), [])
        patch = frappe.get_all("Patch Log", pluck="patch", limit=1, filters={"patch": ("like", "frappe.%")})[
            0
        ]
        frappe.db.delete("Patch Log", {"patch": patch})
        self.assertEqual(self.site.pending_migrations(), [patch])

    def test_every_installed_app_has_a_version(self) -> None:
        versions = self.site.installed_versions()
        self.assertEqual(versions["frappe"], frappe.__version__)
        self.assertIn(carrier.app_name(), versions)

    def test_the_newest_database_dump_counts_as_backup_and_nothing_else(self) -> None:
        with tempfile.TemporaryDirectory() as folder, configured(backup_path=folder):
            self.assertEqual((self.site.backups().count, self.site.backups().written_at_utc), (0, None))
            for name, age_hours in (
                ("20260101_000000-site-database.sql.gz", 30),
                ("20260102_000000-site-database.sql.gz", 6),
                ("20260103_000000-site-files.tar", 1),
                ("20260103_000000-site-partial-database.sql.gz", 1),
            ):
                path = Path(folder, name)
                path.write_bytes(b"x" * 10)
                moment = datetime.now(timezone.utc).timestamp() - age_hours * 3600
                os.utime(path, (moment, moment))
            state = self.site.backups()
        self.assertEqual((state.count, state.size_bytes), (2, 10))
        self.assertEqual(state.newest, "20260102_000000-site-database.sql.gz")
        assert state.written_at_utc is not None
        self.assertAlmostEqual(
            (self.site.now_utc() - state.written_at_utc).total_seconds(), 6 * 3600, delta=60
        )

    def test_without_monitor_there_is_no_request_log_and_it_says_so(self) -> None:
        with configured(monitor=None), self.assertRaises(Unavailable) as refused:
            self.site.request_log()
        self.assertIn("monitor is not set", str(refused.exception))

    def test_the_site_is_known_by_its_host_name(self) -> None:
        with configured(host_name="https://leden.example.nl"):
            self.assertEqual(FrappeSite().name, "leden.example.nl")
        with configured(host_name=None):
            self.assertEqual(FrappeSite().name, frappe.local.site)

    def test_a_lock_of_another_connection_is_respected(self) -> None:
        with self.site.lock("facts-test") as mine, compat.own_connection():
            held, frappe.local.flags["verenigingen_locks"] = frappe.local.flags["verenigingen_locks"], set()
            with self.site.lock("facts-test") as theirs:
                self.assertEqual((mine, theirs), (True, False))
            frappe.local.flags["verenigingen_locks"] = held


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


class TestSeveralMachines(SiteTest):
    OTHER = "another-machine"

    def setUp(self) -> None:
        super().setUp()
        self.forget()
        self.addCleanup(self.forget)
        named = configured(monitoring_hosts=[this_host(), self.OTHER])
        named.__enter__()
        self.addCleanup(named.__exit__, None, None, None)

    def forget(self) -> None:
        frappe.cache().delete_value(HOSTS)
        frappe.cache().delete(key_of("told", this_host()))
        machines._told_at.clear()

    def tell(self, **numbers: float) -> None:
        now = self.site.now_utc()
        self.site.announce_host(HostSeen(self.OTHER, now, True, now, numbers))

    def heard(self) -> dict[str, HostSeen]:
        return {each.name: each for each in self.site.hosts() if each.said_at}

    def test_what_a_machine_tells_is_heard_by_every_process(self) -> None:
        self.tell(**{"host.memory_percent": 12.5})
        frappe.local.cache.clear()
        heard = self.heard()[self.OTHER]
        self.assertEqual((heard.works, dict(heard.numbers)), (True, {"host.memory_percent": 12.5}))

    def test_the_numbers_of_both_are_measured_here(self) -> None:
        self.tell(**{"host.memory_percent": 12.5})
        found = collect(self.site, ["host"], fresh=True)
        self.assertEqual(found.get("host.memory_percent", host=self.OTHER).value, 12.5)
        self.assertTrue(found.get("host.memory_percent", host=this_host()).known)
        self.assertLess(found.get("host.silent_seconds", host=self.OTHER).value, 60)

    def test_a_request_and_a_job_tell_of_this_machine_once_a_minute(self) -> None:
        for tell, works in ((events.tell_after_request, False), (events.tell_after_job, True)):
            with self.subTest(works=works):
                self.forget()
                tell()
                first = self.heard()[this_host()]
                self.assertEqual(first.works, works)
                self.assertIn("host.disk_percent", first.numbers)
                machines._told_at.clear()  # as in another process
                tell()
                self.assertEqual(self.heard()[this_host()], first)

    def test_a_worker_is_a_machine_that_is_heard_of(self) -> None:
        connection = get_queue(QUEUE).connection
        worker = Worker(
            [get_queue(QUEUE)], connection=connection, name=f"facts-{frappe.generate_hash(length=8)}"
        )
        worker.hostname = self.OTHER
        worker.register_birth()
        try:
            heard = {each.name: each for each in self.site.hosts()}
            self.assertTrue(heard[self.OTHER].works)
            self.assertLess(abs(self.site.now_utc() - heard[self.OTHER].seen_at), timedelta(minutes=1))
        finally:
            worker.register_death()

    def test_frappe_calls_both(self) -> None:
        for hook in ("after_request", "after_job"):
            named = [path for path in frappe.get_hooks(hook) if path.startswith(f"{carrier.app_name()}.")]
            for path in named:
                self.assertTrue(callable(frappe.get_attr(path)))
            self.assertEqual(len(named), 1)

    def test_nothing_is_told_where_no_machines_are_named(self) -> None:
        with configured(monitoring_hosts=None):
            events.tell_after_request()
        self.assertEqual(self.heard(), {})

    def test_without_redis_nothing_is_told_and_nothing_breaks(self) -> None:
        with without_redis():
            self.tell()
            events.tell_after_request()
            self.assertRaises(Unavailable, self.site.hosts)
