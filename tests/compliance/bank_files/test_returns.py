"""What came back, from the bank's own files: the collections alone, each once, and in words what is odd."""

from __future__ import annotations

import io
from datetime import date

import pytest

from tests.compliance.bank_files.bank_answers import (
    BOOKING_VERSIONS,
    LINES,
    STATUS_VERSIONS,
    statement,
    status_report,
)
from tests.compliance.bank_files.book import case
from vuurtoren.compliance.bank_files.returns import ReturnsReading, read_returns


def read(content: bytes) -> ReturnsReading:
    return read_returns(io.BytesIO(content), "answer.xml")


@pytest.mark.parametrize("version", STATUS_VERSIONS)
def test_a_status_report_gives_its_rejections(version: str) -> None:
    reading = read(status_report(version, accepted=3))
    assert (reading.version, reading.problems, reading.other_bookings) == (version, (), 3)
    assert [(x.end_to_end_id, x.mandate_id, x.code, x.cents) for x in reading.returns] == [
        ("E2E-SINV-26-00070000", "M-1", "AC04", 1250),
        ("E2E-SINV-26-00070001", "M-2", "MD06", 1500),
    ]
    first = reading.returns[0]
    assert (first.kind, first.message_id, first.payment_id) == ("Reject", "MSG-1", "PMT-1")
    assert (first.returned_on, first.due_on, first.currency) == (
        date(2026, 12, 9), date(2026, 12, 4), "EUR",
    )  # fmt: skip


@pytest.mark.parametrize("version", STATUS_VERSIONS)
def test_a_file_that_was_refused_whole_is_told_apart_from_its_lines(version: str) -> None:
    reading = read(status_report(version, (), group="RJCT"))
    assert reading.returns == ()
    assert [(x.message_id, x.payment_id, x.code, x.count) for x in reading.refused] == [
        ("MSG-1", "", "AM05", 40)
    ]


@pytest.mark.parametrize("version", STATUS_VERSIONS)
def test_a_block_that_was_refused_is_told_too(version: str) -> None:
    reading = read(status_report(version, (), block="RJCT"))
    assert [(x.payment_id, x.code) for x in reading.refused] == [("PMT-1", "FF01")]


@pytest.mark.parametrize("version", STATUS_VERSIONS)
@pytest.mark.parametrize(("group", "block"), [("", ""), ("RJCT", ""), ("", "RJCT")])
def test_a_status_report_on_credit_transfers_tells_of_no_collection(
    version: str, group: str, block: str
) -> None:
    lines = () if group or block else LINES
    reading = read(status_report(version, lines, group=group, block=block, about="pain.001.001.09"))
    assert (reading.returns, reading.refused, reading.problems) == ((), (), ())


@pytest.mark.parametrize("family", ["CCRD", "MCRD"])
def test_a_payment_by_card_that_came_back_is_no_collection(family: str) -> None:
    reading = read(statement("camt.053.001.08").replace(b">IDDT<", f">{family}<".encode()))
    assert reading.returns == ()


@pytest.mark.parametrize("version", BOOKING_VERSIONS)
@pytest.mark.parametrize("together", [False, True])
def test_a_statement_gives_the_collections_that_came_back_and_nothing_else(
    version: str, together: bool
) -> None:
    reading = read(statement(version, together=together))
    assert (reading.version, reading.problems, reading.other_bookings) == (version, (), 2)
    assert [(x.end_to_end_id, x.mandate_id, x.code, x.cents, x.kind) for x in reading.returns] == [
        ("E2E-SINV-26-00070000", "M-1", "AC04", 1250, "Return"),
        ("E2E-SINV-26-00070001", "M-2", "MD06", 1500, "Refund"),
    ]
    assert {x.returned_on for x in reading.returns} == {date(2026, 12, 8)}


@pytest.mark.parametrize("version", BOOKING_VERSIONS)
def test_a_booking_that_is_only_announced_waits(version: str) -> None:
    reading = read(statement(version, state="PDNG", others=0))
    assert (reading.returns, reading.waiting) == ((), 2)


def test_a_statement_of_ten_thousand_returns_in_one_booking_is_read() -> None:
    template = statement("camt.053.001.08", (LINES[0],), others=0)
    start, end = template.index(b"<TxDtls>"), template.index(b"</TxDtls>") + len(b"</TxDtls>")
    many = b"".join(template[start:end].replace(b"00070000", b"%08d" % number) for number in range(10_000))
    reading = read(template[:start] + many + template[end:])
    assert len({x.end_to_end_id for x in reading.returns}) == 10_000


def test_what_is_odd_in_a_return_is_said_and_the_return_is_kept() -> None:
    content = statement("camt.053.001.02", (("NOTPROVIDED", "M-1", "AC04", "12.50"),), others=0)
    content = content.replace(b"2026-12-08", b"9999-12-31").replace(b">12.50<", b">12.505<")
    content = content.replace(b"<Cd>AC04</Cd>", b"<Prtry>X</Prtry>").replace(b'Ccy="EUR"', b'Ccy="CHF"')
    reading = read(content)
    assert [problem.sentence() for problem in reading.problems] == [
        "“12.505” is no amount of euros and cents (collection 1, –)",
        "a return has no end-to-end id (collection 1, –)",
        "the currency is “CHF”, not EUR (collection 1, –)",
        "the date 9999-12-31 cannot be (collection 1, –)",
    ]
    assert (reading.returns[0].end_to_end_id, reading.returns[0].cents, reading.returns[0].code) == (
        "", None, "X",
    )  # fmt: skip


def test_a_return_without_a_reason_is_kept_with_none() -> None:
    content = statement("camt.053.001.02", (LINES[0],), others=0)
    start, end = content.index(b"<RtrInf>"), content.index(b"</RtrInf>") + len(b"</RtrInf>")
    reading = read(content[:start] + content[end:])
    assert [(x.end_to_end_id, x.code) for x in reading.returns] == [("E2E-SINV-26-00070000", "")]
    assert reading.problems[0].kind == "no_code"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (case(1).file, "the file is a pain.008 (direct debits), not a pain.002, camt.053 or camt.054"),
        (b"", "the file is empty"),
        (b"<Document><Other/></Document>", "the file holds “Other”, which is no pain.002"),
        (b"<!DOCTYPE a []><Document/>", "the file declares a document type"),
        (b"<Document/>", "the file is no pain.002, camt.053 or camt.054"),
        (
            statement("camt.053.001.02").replace(b"camt.053.001.02", b"camt.052.001.02"),
            "the file is a camt.052 (an account report of the day)",
        ),
    ],
)
def test_what_is_no_answer_of_a_bank_is_said_in_words(content: bytes, words: str) -> None:
    reading = read(content)
    assert not reading.readable
    said = reading.problems[0].sentence()
    assert words in said
    assert "()" not in said


def test_a_version_that_was_not_tried_is_read_and_named() -> None:
    reading = read(statement("camt.053.001.02").replace(b"camt.053.001.02", b"camt.053.001.04"))
    assert len(reading.returns) == 2
    assert [problem.kind for problem in reading.problems] == ["version"]


def test_half_a_statement_gives_no_half_of_its_returns() -> None:
    content = statement("camt.053.001.08")
    reading = read(content[: content.index(b"</Stmt>")])
    assert (reading.returns, reading.readable) == ((), False)


def test_whatever_bytes_come_nothing_is_raised() -> None:
    content = status_report("pain.002.001.03")
    for place in range(0, len(content), 3):
        read(content[:place] + bytes([content[place] ^ 0x11]) + content[place + 1 :])
        read(content[:place] + content[place + 4 :])
