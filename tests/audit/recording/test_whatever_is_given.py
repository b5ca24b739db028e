"""The trail takes whatever it is given, and says Compliant only of what it checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.audit.clear_entries import clear_entries
from verenigingen.utils.security import audit_logging
from vuurtoren.audit.calls.audit_logger import SEPAAuditLogger
from vuurtoren.audit.checks import amounts
from vuurtoren.audit.checks.mandates import account_problem
from vuurtoren.audit.recording import bank_matches, document_events, process_events, recording, trail
from vuurtoren.audit.recording.trail import log_mandate_creation, log_payment_processing
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

IBAN = "NL91ABNA0417164300"


def last(site: SQLiteSite) -> dict[str, Any]:
    row = clear_entries(site, list(site.store.schema("SEPA Audit Log").fields))[-1]
    return row | {"details": json.loads(row["details"])}


# ---- Compliant means that a rule was checked and held
@pytest.mark.parametrize(
    ("iban", "bic", "because"),
    [
        (None, None, "there is no IBAN"),
        ("", "ABNANL2A", "there is no IBAN"),
        ("0417164300", None, "does not begin with a country"),
        ("NL91ABNA0417164303", None, "check digits"),
        ("NL19ABNA0417164300", None, "check digits"),
        ("NL00ABNA0000000075", None, "check digits"),
        ("NL01ABNA0000000057", None, "check digits"),
        ("DE99370400440000000024", None, "check digits"),
        ("NL91ABNA04171643001", None, "has 18 characters, this one has 19"),
        ("NL91123A0417164300", None, "not built like one of NL"),
        ("TR330006100519786457841326", None, "TR is not in SEPA"),
        (IBAN, "ABNANL2A1234", "two or five characters"),
        (IBAN, "ABNANL2", "two or five characters"),
        (IBAN, "DEUTDEFF", "a bank in DE, the IBAN of NL"),
        (108, [1], "does not begin with a country"),
    ],
)
def test_a_mandate_whose_account_does_not_hold_is_to_be_reviewed(
    site: SQLiteSite, iban: Any, bic: Any, because: str
) -> None:
    assert because in account_problem(iban, bic)
    log_mandate_creation(site, "LID-1", "M-1", iban, bic)
    row = last(site)
    assert (row["compliance_status"], row["rule_id"]) == ("Pending Review", "M02")
    assert because in row["details"].get("not_held", "there is no IBAN")


@pytest.mark.parametrize(
    ("iban", "bic"),
    [
        (IBAN, None),
        ("nl91 abna 0417 1643 00", "ABNANL2A"),
        (IBAN, "ABNANL2AXXX"),
        ("BE68 5390 0754 7034", ""),
        ("DE89 3704 0044 0532 0130 00", "COBADEFF"),
        ("FR14 2004 1010 0505 0001 3M02 606", "PSSTRERX"),
    ],
)
def test_a_mandate_whose_account_was_checked_and_holds_is_compliant(
    site: SQLiteSite, iban: str, bic: str | None
) -> None:
    log_mandate_creation(site, "LID-1", "M-1", iban, bic)
    assert (last(site)["compliance_status"], last(site)["rule_id"]) == ("Compliant", "M02")


# ---- amounts
@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("12,50", 1250),
        ("12.50", 1250),
        ("EUR 12.50", 1250),
        ("€ 12,50", 1250),
        ("12,50 eur", 1250),
        ("1.234,56", 123456),
        ("1,234.56", 123456),
        ("1\u00a0234,56", 123456),
        ("1.234.567", 123456700),
        ("1 234 567,8 €", 123456780),
        ("1'234.50", 123450),
        ("1 234", 123400),
        ("€ 12,-", 1200),
        ("1.234,--", 123400),
        ("-12,5", -1250),
        ("-€ 12,50", -1250),
        ("€ - 12,50", -1250),
        ("0.125", 13),
        (12.5, 1250),
        (Decimal("7"), 700),
    ],
)
def test_an_amount_is_read_where_there_is_no_doubt(site: SQLiteSite, written: Any, cents: int) -> None:
    log_payment_processing(site, None, amount=written)
    row = last(site)
    assert (row["amount_cents"], row["compliance_status"]) == (cents, "Compliant")
    assert row["details"]["amount"] == f"{Decimal(cents) / 100:.2f}"


@pytest.mark.parametrize(
    "written",
    [
        *(
            "1.234",
            "1,234",
            "twelve",
            "12.50.30",
            "USD 5",
            "1.23,456",
            "1e3",
            True,
            [1],
            float("nan"),
            "9" * 50,
        ),
        *("12€50", "12 EUR 50", "12 50", "3 4", "12'50", "12\t50", "1\n234", "1234 567", "12 345 67", "+-5"),
    ],
)
def test_an_amount_that_is_in_doubt_stays_text_and_is_to_be_reviewed(site: SQLiteSite, written: Any) -> None:
    log_payment_processing(site, None, amount=written)
    row = last(site)
    assert (row["amount_cents"], row["compliance_status"]) == (0, "Pending Review")
    assert row["details"]["amount"]


@given(st.decimals(min_value=-20_000_000, max_value=20_000_000, places=2))
def test_every_way_of_writing_an_amount_is_the_same_amount(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    dutch = english.translate(str.maketrans(",.", ".,"))
    for written in (amount, str(amount), english, dutch, f"EUR {dutch}", f"{english} €"):
        assert amounts.read(written) == amount


# ---- whatever it is given
class Stubborn:
    """An object that refuses whatever it is asked."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    def __getattr__(self, name: str) -> Any:
        raise KeyError(name)


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=200),
    st.binary(max_size=20),
    st.dates(),
    st.sampled_from(
        [Stubborn(), object(), SQLiteSite, date, datetime.now(timezone.utc), "\ud800", {1: {2: 3}}]
    ),
    st.lists(st.none() | st.integers() | st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=10) | st.integers(), st.none() | st.text(max_size=9) | st.floats()),
)
EVERYTHING = st.lists(ANYTHING, min_size=0, max_size=8)
WRITERS: dict[str, Callable[..., Any]] = {
    **{name: getattr(trail, name) for name in trail.__all__ if name.startswith(("log_", "record"))},
    **{name: each for name, each in vars(process_events).items() if name.startswith("log_")},
    **{
        name: each
        for name, each in vars(document_events).items()
        if name.startswith(("mandate_", "batch_", "return_file_")) and callable(each)
    },
    **{name: getattr(bank_matches, name) for name in ("created", "changed", "cancelled")},
}
LOGGED = ("log_sepa_event", "log_security_event", "log_data_access", "log_sensitive_operation")


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=EVERYTHING)
def test_no_writer_raises_into_its_caller(site: SQLiteSite, name: str, given: list[Any]) -> None:
    WRITERS[name](site, *given)
    site.rollback()


@pytest.mark.parametrize("name", LOGGED)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=ANYTHING, second=ANYTHING, third=ANYTHING, fourth=ANYTHING)
def test_no_function_of_the_logger_raises_into_its_caller(
    site: SQLiteSite, name: str, first: Any, second: Any, third: Any, fourth: Any
) -> None:
    function = getattr(audit_logging, name)
    function(*(first, second, third, fourth)[: 4 if name == "log_sensitive_operation" else 3])
    logger = SEPAAuditLogger(lambda: site)
    assert logger.log_event(first, second, third, fourth, first, bool(second))  # type: ignore[arg-type]
    logger.log_sepa_event(first, second, third)
    site.rollback()


def test_what_could_not_be_read_is_an_entry_with_everything_as_text(site: SQLiteSite) -> None:
    assert process_events.log_mandate_change(site, "M-1", 7)  # type: ignore[arg-type]
    row = last(site)
    assert (row["action"], row["compliance_status"]) == (
        "log_mandate_change_not_understood",
        "Pending Review",
    )
    assert row["details"]["given"] == ["M-1", "7"]


@pytest.mark.parametrize(("code", "kept"), [(None, None), (108, "108"), (" am04 ", "AM04"), ("", None)])
def test_a_return_code_of_any_kind_is_kept_and_reviewed(
    site: SQLiteSite, code: Any, kept: str | None
) -> None:
    process_events.log_return(site, "SINV-1", code)
    row = last(site)
    assert row["outcome_code"] == kept
    assert row["compliance_status"] == ("Exception" if kept == "AM04" else "Pending Review")
    assert recording.STATUSES


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=ANYTHING)
def test_statistics_of_no_number_of_days_are_those_of_a_week(site: SQLiteSite, days: Any) -> None:
    told = SEPAAuditLogger(lambda: site).get_statistics(days)
    assert told["total_events"] == 0 and 0 <= told["days"] <= 36_500
    assert SEPAAuditLogger(lambda: site).search_audit_logs(limit=days) == []
