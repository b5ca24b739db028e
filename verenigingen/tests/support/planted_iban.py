"""One account number, planted where failures of the SEPA process put it, and the search for it afterwards."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from verenigingen.utils.alert_manager import AlertManager
from vuurtoren.audit.recording.audited import audited
from vuurtoren.audit.recording.process_events import log_mandate_change, log_return
from vuurtoren.audit.recording.trail import (
    log_batch_generation,
    log_mandate_creation,
    log_payment_processing,
    log_sepa_event,
)
from vuurtoren.failures import error_boundary, report
from vuurtoren.privacy.log_redaction import redacting
from vuurtoren.site.protocol import Site

MANDATE = {"doctype": "Note", "name": "planted-mandate", "mandate_id": "M-1"}
BATCH = {"doctype": "Note", "name": "planted-batch", "invoices": [{}]}


class Collector:
    """Code of somebody else that holds an account number in its local variables when it breaks."""

    def __init__(self, iban: str) -> None:
        self.iban = iban

    def collect(self) -> None:
        debtor_iban = self.iban
        account = {"owner": "J. Jansen", "rekening": debtor_iban}
        raise ValueError(f"Invalid IBAN checksum for {debtor_iban} of {account}")


def made_up_iban() -> str:
    """A valid Dutch account number that no test wrote before."""
    account = f"{random.SystemRandom().randrange(10**9, 10**10):010d}"
    digits = "".join(str(int(character, 36)) for character in f"INGB{account}NL00")
    return f"NL{98 - int(digits) % 97:02d}INGB{account}"


def spaced(iban: str) -> str:
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def failure_paths(site: Site, iban: str, logger: object) -> dict[str, Callable[[], object]]:
    """Twelve ways in which an account number leaves a failing SEPA process."""
    broken = Collector(iban)

    def an_operation() -> None:
        with suppress(ValueError), audited(site, "Bank Submission", BATCH, "upload"):
            broken.collect()

    def a_boundary() -> None:
        with error_boundary(site, f"collecting from {iban}"):
            broken.collect()

    def a_traceback() -> None:
        try:
            broken.collect()
        except ValueError as failure:
            report(site, "a collection", failure)

    def a_log_line() -> None:
        try:
            broken.collect()
        except ValueError:
            redacting(logger).exception("collecting from %s failed", iban)  # type: ignore[arg-type]

    def manager() -> AlertManager:
        return AlertManager(site)

    return {
        "a mandate that is refused": lambda: log_mandate_creation(
            site, "LID-1", MANDATE, iban, "INGBNL2A", False, f"{spaced(iban)} is not known"
        ),
        "a payment that fails": lambda: log_payment_processing(site, BATCH, False, f"debtor {iban.lower()}"),
        "a batch that fails": lambda: log_batch_generation(
            site, BATCH, False, f"row 3: {iban}, row 4: {iban}"
        ),
        "an event with nested details": lambda: log_sepa_event(
            site,
            "Return Processing",
            BATCH,
            f"returned {iban}",
            {"rows": [{"iban": iban, "note": spaced(iban)}]},
        ),
        "a mandate that changes": lambda: log_mandate_change(site, MANDATE, {"iban": (iban, "")}),
        "a return": lambda: log_return(site, BATCH, f"AC01 {iban}"),
        "an operation that raises": an_operation,
        "a boundary of the monitor": a_boundary,
        "a traceback in a report": a_traceback,
        "the Error Log": lambda: site.log_error(f"Mandate {iban}", f"locals: iban = {iban!r}"),
        "an alert with its mail": lambda: manager().send_alert(
            "SEPA_COMPLIANCE", "HIGH", f"Collecting from {spaced(iban)} failed", {"iban": iban, "text": iban}
        ),
        "a line of a log": a_log_line,
    }


def spellings(iban: str) -> re.Pattern[bytes]:
    """The account number in any case, with any separators, plain, escaped or encoded for mail."""
    gap = rb"(?:[\s.\-_]|=\r?\n|%20|&nbsp;|=20|\\u00a0)*"
    account = gap.join(re.escape(character.encode()) for character in iban[8:])
    return re.compile(account, re.IGNORECASE)


def files_with(iban: str, files: Iterable[Path]) -> list[str]:
    """Which files hold the account number, even without the letters before it."""
    wanted = spellings(iban)
    return [str(path) for path in files if path.is_file() and wanted.search(path.read_bytes())]
