"""One account number is planted through twelve failure paths; afterwards it is nowhere to be found."""

from __future__ import annotations

import logging
from pathlib import Path

from verenigingen.tests.support.planted_iban import (
    failure_paths,
    files_with,
    made_up_iban,
    spaced,
)
from verenigingen.utils.alert_manager import run_daily_checks
from vuurtoren.audit.anchors.checkpoint_publishing import hand_out
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.embedded.mailer import Mailer
from vuurtoren.embedded.store.sqlite_site import SQLiteSite


def test_the_search_would_find_it(tmp_path: Path) -> None:
    iban = made_up_iban()
    for number, text in enumerate([iban, spaced(iban), iban.lower(), iban[:9] + "=\n" + iban[9:]]):
        (tmp_path / str(number)).write_text(text)
    assert len(files_with(iban, tmp_path.iterdir())) == 4


def test_it_is_in_no_table_no_log_no_message_and_no_spool(site: SQLiteSite, quiet: None) -> None:
    iban = made_up_iban()
    site.postman = Mailer(site)
    site.set_conf("audit_anchor_recipients", "kascommissie@accountant.example")
    logger = logging.Logger("verenigingen.test")
    logger.addHandler(logging.FileHandler(site.folder / "monitor.log"))
    for plant in failure_paths(site, iban, logger).values():
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
    kinds = {path.suffix for path in files}
    assert {".db", ".eml", ".log", ".note"} <= kinds
    assert site.count("SEPA Audit Log") >= 7
    assert site.count("Error Log") >= 4
    assert files_with(iban, files) == []
