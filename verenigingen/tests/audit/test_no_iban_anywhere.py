"""One account number is planted through twelve failure paths; afterwards it is nowhere to be found."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import frappe

from verenigingen.tests.support.audit_support import clear_trail
from verenigingen.tests.support.planted_iban import (
    Collector,
    failure_paths,
    files_with,
    made_up_iban,
)
from verenigingen.tests.support.support import SiteTest, configured
from verenigingen.utils.alert_manager import run_hourly_checks
from vuurtoren.audit.anchors.checkpoint_publishing import hand_out
from vuurtoren.audit.seals.sealer import seal

ACCOUNT = {
    "mail_server": "127.0.0.1",
    "mail_port": 1,
    "mail_login": "monitor@audit-test.example",
    "mail_password": "x",
    "auto_email_id": "monitor@audit-test.example",
    "alert_recipients": ["bestuur@audit-test.example"],
    "audit_anchor_recipients": ["kas@elsewhere.example"],
}


class TestNoIbanAnywhere(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.iban = made_up_iban()
        self.logger = frappe.logger("verenigingen-planted")
        self.addCleanup(self._clear)

    def _clear(self) -> None:
        frappe.db.rollback()
        clear_trail({"reference_name": ("like", "planted-%")})
        frappe.db.delete("Error Log", {"error": ("like", "%INGB%")})
        frappe.db.delete("System Alert", {"message": ("like", "Collecting from%")})
        frappe.db.commit()

    def test_it_is_in_no_table_no_log_and_no_message(self) -> None:
        queued = frappe.db.count("Email Queue")
        with configured(**ACCOUNT):
            for plant in failure_paths(self.site, self.iban, self.logger).values():
                plant()
                frappe.db.commit()
                plant()
                frappe.db.rollback()
            self.fail_as_other_code_does()
            seal(self.site)
            hand_out(self.site)
            run_hourly_checks()
        frappe.db.commit()
        self.assertGreater(frappe.db.count("Email Queue"), queued)
        self.assertGreaterEqual(
            frappe.db.count("SEPA Audit Log", {"reference_name": ("like", "planted-%")}), 7
        )
        with tempfile.TemporaryDirectory() as folder:
            found = files_with(self.iban, [self.dump(Path(folder)), *self.logs(), *self.private_files()])
        self.assertEqual(found, [])

    def fail_as_other_code_does(self) -> None:
        """Frappe writes the local variables of every frame into its Error Log."""
        try:
            Collector(self.iban).collect()
        except ValueError:
            frappe.log_error(title=f"Collecting from {self.iban}")
            frappe.log_error("Collecting", frappe.get_traceback(with_context=True))
        frappe.db.commit()

    def dump(self, folder: Path) -> Path:
        """The whole database, tables of MyISAM too, as one file of statements."""
        conf, path = frappe.local.conf, folder / "dump.sql"
        if frappe.db.db_type == "postgres":
            command = ["pg_dump", "-U", conf.db_name, "-p", str(conf.db_port or 5432), conf.db_name]
        else:
            command = ["mariadb-dump", "--no-defaults", "--skip-lock-tables", "--skip-extended-insert"]
            command += [
                f"-u{conf.db_name}",
                f"-p{conf.db_password}",
                f"-P{conf.db_port or 3306}",
                conf.db_name,
            ]
        command += [f"-h{conf.db_host or '127.0.0.1'}"]
        environment = {"PATH": "/usr/bin:/bin", "PGPASSWORD": str(conf.db_password)}
        with path.open("wb") as target:
            done = subprocess.run(
                command, stdout=target, stderr=subprocess.PIPE, timeout=300, check=False, env=environment
            )
        self.assertEqual(done.returncode, 0, done.stderr.decode()[-500:])
        self.assertIn(b"planted-batch", path.read_bytes())
        return path

    def logs(self) -> list[Path]:
        bench = Path(frappe.utils.get_bench_path())
        found = [*(bench / "logs").glob("*.log*"), *Path(frappe.get_site_path("logs")).glob("*")]
        self.assertTrue(any("planted" in path.name for path in found), found)
        return found

    def private_files(self) -> list[Path]:
        return [path for path in Path(frappe.get_site_path("private")).rglob("*") if path.is_file()]
