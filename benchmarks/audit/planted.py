"""One account number planted through twelve failure paths, then looked for wherever a site keeps anything."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from benchmarks.measuring import Row
from verenigingen.tests.support.planted_iban import (
    failure_paths,
    files_with,
    made_up_iban,
)
from verenigingen.utils.alert_manager import run_daily_checks
from vuurtoren.audit.anchors.checkpoint_publishing import hand_out
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.composition import use_site
from vuurtoren.embedded.mailer import Mailer
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

WHAT = "IBANs in clear after planted failures"


def planted_row() -> Row:
    """Each path once committed and once rolled back; then all files: database, mail, log, anchors, spool."""
    iban = made_up_iban()
    with tempfile.TemporaryDirectory() as folder:
        site = SQLiteSite(Path(folder) / "site", name="b.example")
        site.set_conf("audit_anchor_recipients", "kascommissie@accountant.example")
        site.postman = Mailer(site)
        use_site(site)
        logger = logging.Logger("benchmark")
        logger.addHandler(logging.FileHandler(site.folder / "monitor.log"))
        paths = failure_paths(site, iban, logger)
        for plant in paths.values():
            plant()
            site.commit()
            plant()
            site.rollback()
        seal(site)
        hand_out(site)
        run_daily_checks()
        site.commit()
        site.store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        files = [path for path in site.folder.rglob("*") if path.is_file()]
        found = len(files_with(iban, files))
        use_site(None)
        site.store.close()
    return Row(WHAT, f"SQLite, {len(paths)} paths, {len(files)} files searched", str(found), goal="0")
