"""A real dump of this site, restored by an account that reaches nothing but databases of the fixed prefix."""

from __future__ import annotations

import os
import secrets
from importlib import import_module
from pathlib import Path
from typing import Any

import frappe
from frappe.utils.backups import new_backup

from verenigingen.tests.support.support import SiteTest, configured
from vuurtoren.backups import drills
from vuurtoren.backups.drill import drill
from vuurtoren.site.errors import NotThrowAway
from vuurtoren.site.throw_away_names import PREFIX, new_name, prefix_of

ROOT_PASSWORD = os.environ.get("DB_ROOT_PASSWORD", "")
LOGIN = "vuurtoren_drill_t"
EVERY_ONE = PREFIX.replace("_", r"\_") + "%"


class DrillTest(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(frappe.db.commit)
        self.addCleanup(frappe.db.delete, drills.DOCTYPE)

    def backup(self) -> Path:
        """Frappe's own, of the database alone."""
        frappe.db.commit()
        generator = new_backup(ignore_files=True, force=True)
        path = Path(generator.backup_path_db).resolve()
        self.addCleanup(path.unlink, missing_ok=True)
        return path


class TestBackupDrill(DrillTest):
    root: Any

    def setUp(self) -> None:
        super().setUp()
        if frappe.db.db_type != "mariadb" or not ROOT_PASSWORD:
            self.skipTest("needs MariaDB and DB_ROOT_PASSWORD, the password of its root")
        self.root = self.connected("root", ROOT_PASSWORD)
        self.password = secrets.token_hex(16)
        self.ask(f"CREATE OR REPLACE USER '{LOGIN}'@'%' IDENTIFIED BY '{self.password}'")
        self.ask(f"CREATE OR REPLACE USER '{LOGIN}'@'localhost' IDENTIFIED BY '{self.password}'")
        for host in ("%", "localhost"):
            self.ask(
                f"GRANT ALL PRIVILEGES ON `{PREFIX.replace('_', chr(92) + '_')}%`.* TO '{LOGIN}'@'{host}'"
            )
        self.addCleanup(self.forget)

    def forget(self) -> None:
        for host in ("%", "localhost"):
            self.ask(f"DROP USER '{LOGIN}'@'{host}'")

    def connected(self, user: str, password: str) -> Any:
        live = frappe.local.db
        settings = live.get_connection_settings() | {"user": user, "password": password}
        settings.pop("database", None)
        live.sql("SELECT 1")
        driver = import_module(type(live._conn).__module__.split(".")[0])
        connection = driver.connect(**settings)
        self.addCleanup(connection.close)
        return connection

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        cursor = self.root.cursor()
        cursor.execute(statement)
        return [tuple(row) for row in cursor.fetchall() or ()]

    def there(self) -> list[str]:
        return [str(row[0]) for row in self.ask("SHOW DATABASES") if str(row[0]).startswith(PREFIX)]

    def drilled(self, **conf: Any) -> drills.Drill:
        with configured(**({"backup_drill_login": LOGIN, "backup_drill_password": self.password} | conf)):
            return drill(self.site)

    def tables(self) -> int:
        """Those with rows; ERPNext and HRMS have sequences too, which Frappe lists with them."""
        asked = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = %s AND table_type = %s"
        return int(frappe.db.sql(asked, (frappe.conf.db_name, "BASE TABLE"))[0][0])

    def test_it_is_restored_compared_verified_and_dropped(self) -> None:
        path = self.backup()
        tables = self.tables()
        found = self.drilled()
        self.assertEqual((found.outcome, found.because), ("Restorable", ""))
        self.assertEqual((found.backup, found.table_count), (path.name, tables))
        self.assertGreater(found.row_count, 1000)
        self.assertIn("events sealed", found.trail)
        self.assertEqual(self.there(), [])
        self.assertEqual(frappe.db.sql("SELECT DATABASE()")[0][0], frappe.conf.db_name)

    def test_an_account_that_reaches_more_is_refused(self) -> None:
        self.backup()
        own = {
            "backup_drill_login": frappe.conf.get("db_user") or frappe.conf.db_name,
            "backup_drill_password": frappe.conf.db_password,
        }
        for conf in ({"backup_drill_login": "root", "backup_drill_password": ROOT_PASSWORD}, own):
            found = self.drilled(**conf)
            self.assertEqual(found.outcome, "Whole")
            self.assertIn("may do more than it should", found.because)

    def test_without_an_account_or_with_a_wrong_one_the_dump_is_read_to_its_end(self) -> None:
        self.backup()
        self.assertIn("backup_drill_login is not set", self.drilled(backup_drill_login=None).because)
        found = self.drilled(backup_drill_password="another")
        self.assertEqual(found.outcome, "Whole")
        self.assertIn("cannot log in", found.because)

    def test_a_dump_of_another_site_is_named(self) -> None:
        self.backup()
        with configured(db_name="_another"):
            state = self.site.backups()
        self.assertEqual(state.database, "_another")
        self.assertNotEqual(self.site.backups().database, "_another")

    def test_leftovers_of_this_site_are_dropped_and_those_of_others_are_not(self) -> None:
        self.backup()
        ours = new_name(frappe.conf.db_name, self.site.now_utc())[:-14] + "20200101000000"
        others = new_name("_of_another", self.site.now_utc())
        for name in (ours, others):
            self.ask(f"CREATE DATABASE `{name}`")
        self.addCleanup(self.ask, f"DROP DATABASE `{others}`")
        self.assertEqual(self.drilled().outcome, "Restorable")
        self.assertEqual(self.there(), [others])

    def test_the_live_database_is_never_made_or_dropped(self) -> None:
        names = (frappe.conf.db_name, "mysql", f"{prefix_of('_of_another')}20200101000000")
        with configured(backup_drill_login=LOGIN, backup_drill_password=self.password):
            with self.site.throw_aways() as places:
                for name in names:
                    with self.assertRaises(NotThrowAway):
                        places.make(name)
                    with self.assertRaises(NotThrowAway):
                        places.drop(name)

    def test_the_server_itself_keeps_the_account_from_the_live_database(self) -> None:
        other = self.connected(LOGIN, self.password)
        with self.assertRaises(frappe.db.OperationalError):
            other.cursor().execute(f"USE `{frappe.conf.db_name}`")


class TestBackupDrillOnPostgreSQL(DrillTest):
    def setUp(self) -> None:
        super().setUp()
        if frappe.db.db_type != "postgres":
            self.skipTest("needs PostgreSQL")

    def test_the_dump_is_read_to_its_end_and_every_row_is_counted(self) -> None:
        path, rows = self.backup(), self.rows()
        found = drill(self.site)
        self.assertEqual((found.backup, found.outcome), (path.name, "Whole"))
        self.assertIn("a dump is read to its end", found.because)
        there = frappe.db.sql("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'public'")
        self.assertEqual(found.table_count, there[0][0])
        self.assertEqual(found.row_count, rows)

    def test_a_dump_that_was_cut_short_is_not_restorable(self) -> None:
        path = self.backup()
        path.write_bytes(path.read_bytes()[:-1000])
        self.assertEqual(drill(self.site).outcome, "Not restorable")

    def rows(self) -> int:
        named = frappe.db.sql(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'", pluck=True
        )
        return sum(frappe.db.sql(f'SELECT COUNT(*) FROM "{name}"')[0][0] for name in named)
