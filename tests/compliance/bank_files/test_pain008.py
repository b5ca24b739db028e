"""A pain.008 as two public libraries write it, and what is said of one that no bank takes."""

from __future__ import annotations

import io
import re
from datetime import date, datetime

import pytest

from tests.compliance.bank_files.book import CREDITOR, NAME, WRITE, case
from vuurtoren.compliance.bank_files.fields import cents, day, decimals, moment
from vuurtoren.compliance.bank_files.pain008 import FileReading, read_collections
from vuurtoren.compliance.records import PostalAddress

CASE = case(7, lines=3)
GOOD = CASE.file.decode()
FIRST = "(collection 1, E2E-SINV-26-00070000)"


def read(text: str) -> FileReading:
    return read_collections(io.BytesIO(text.encode()), "file.xml")


def kinds(text: str) -> list[str]:
    return [problem.kind for problem in read(text).problems]


def sentences(text: str) -> list[str]:
    return [problem.sentence() for problem in read(text).problems]


def changed(old: str, new: str, count: int = 1) -> str:
    assert old in GOOD, old
    return GOOD.replace(old, new, count)


@pytest.mark.parametrize("library", WRITE)
@pytest.mark.parametrize("version", ["pain.008.001.02", "pain.008.001.08"])
def test_what_a_public_library_writes_is_read_whole(library: str, version: str) -> None:
    made = case(3, lines=4)
    addresses: list[dict[str, object] | None] = [
        None,
        {"town": "Utrecht", "country": "NL", "street": "Kerkweg", "number": "3"},
        {"town": "Utrecht", "country": "NL", "lines": ["Kerkweg 3"]},
        None,
    ]
    content = WRITE[library](made.batch, "MSG-1", version, addresses)
    reading = read_collections(io.BytesIO(content), "file.xml")
    assert reading.problems == ()
    file, (block,) = reading.file, reading.file.blocks
    assert (file.version, file.message_id, file.count_stated) == (version, "MSG-1", 4)
    assert (file.created_at, file.cents_stated) == (datetime(2026, 11, 26, 9, 30), made.batch.total_cents)
    assert (block.due_on, block.sequence_type, block.local_instrument) == (
        made.batch.due_on, made.batch.batch_type, "CORE",
    )  # fmt: skip
    assert (block.creditor_id, block.creditor_iban) == (CREDITOR.creditor_id, CREDITOR.iban)
    assert block.creditor_name == NAME
    for line, row in zip(block.transactions, made.batch.collections, strict=True):
        assert row.mandate
        assert (line.end_to_end_id, line.cents, line.currency) == (f"E2E-{row.invoice}", row.cents, "EUR")
        assert (line.mandate_id, line.signed_on) == (row.mandate_reference, row.mandate.signed_on)
        assert (line.iban, line.debtor_name) == (row.iban, row.mandate.account_holder)
    place = PostalAddress(0, "Utrecht", "NL"), PostalAddress(1, "Utrecht", "NL")
    assert [each.address for each in block.transactions] == [None, *place, None]


def test_accounts_stand_in_no_representation_of_what_was_read() -> None:
    assert not any(line.iban in repr(read(GOOD)) for line in CASE.batch.collections)


def test_an_amended_mandate_keeps_what_it_was() -> None:
    amendment = (
        "</DtOfSgntr><AmdmntInd>true</AmdmntInd><AmdmntInfDtls><OrgnlMndtId>OLD-1</OrgnlMndtId>"
        "<OrgnlDbtrAcct><Id><IBAN>NL02ABNA0123456789</IBAN></Id></OrgnlDbtrAcct></AmdmntInfDtls>"
    )
    reading = read(changed("</DtOfSgntr>", amendment))
    line = reading.file.blocks[0].transactions[0]
    assert reading.problems == ()
    assert (line.amended, line.original_mandate_id, line.original_iban) == (
        True, "OLD-1", "NL02ABNA0123456789",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("<AmdmntInd>true</AmdmntInd>", "the mandate is said to be amended, and not in what"),
        (
            "<AmdmntInd>false</AmdmntInd><AmdmntInfDtls><OrgnlMndtId>OLD-1</OrgnlMndtId></AmdmntInfDtls>",
            "it is said what was amended, and not that the mandate was",
        ),
    ],
)
def test_an_amendment_says_that_and_what(written: str, sentence: str) -> None:
    text = changed("</DtOfSgntr>", f"</DtOfSgntr>{written}")
    assert sentences(text) == [f"{sentence} {FIRST}"]


@pytest.mark.parametrize(
    ("details", "another"),
    [
        ("<OrgnlMndtId>OLD-1</OrgnlMndtId>", False),
        ("<OrgnlDbtrAcct><Id><Othr><Id>SMNDA</Id></Othr></Id></OrgnlDbtrAcct>", True),
        ("<OrgnlDbtrAgt><FinInstnId><Othr><Id>SMNDA</Id></Othr></FinInstnId></OrgnlDbtrAgt>", True),
    ],
)
def test_only_an_amendment_of_the_account_tells_of_another_account(details: str, another: bool) -> None:
    amendment = f"</DtOfSgntr><AmdmntInd>true</AmdmntInd><AmdmntInfDtls>{details}</AmdmntInfDtls>"
    reading = read(changed("</DtOfSgntr>", amendment))
    assert reading.problems == ()
    assert reading.file.blocks[0].transactions[0].amended is another


def test_each_collection_may_name_the_creditor_itself() -> None:
    block = re.search("<CdtrSchmeId>.*?</CdtrSchmeId>", GOOD, re.DOTALL)
    assert block
    each = GOOD.replace(block[0], "").replace("</MndtRltdInf>", f"</MndtRltdInf>{block[0]}")
    reading = read(each)
    assert reading.problems == ()
    assert reading.file.blocks[0].creditor_ids == {CREDITOR.creditor_id}


def test_a_file_mixes_no_schemes() -> None:
    block = re.search("<PmtInf>.*</PmtInf>", GOOD, re.DOTALL)
    assert block
    other = block[0].replace(">CORE<", ">B2B<")
    assert "the file mixes B2B, CORE" in sentences(GOOD.replace(block[0], block[0] + other))


def test_a_credit_transfer_is_named_as_what_it_is() -> None:
    other = GOOD.replace(CASE.version, "pain.001.001.09").replace("CstmrDrctDbtInitn", "CstmrCdtTrfInitn")
    assert sentences(other) == [
        "the file is a pain.001 (credit transfers: it pays money out), not a pain.008 (direct debits)"
    ]


def test_a_credit_transfer_under_the_name_of_direct_debits_is_named_too() -> None:
    assert "pain.001" in sentences(GOOD.replace("CstmrDrctDbtInitn", "CstmrCdtTrfInitn"))[0]


def test_a_version_that_banks_do_not_take_is_read_and_refused() -> None:
    said = "the version is “pain.008.001.11”; banks take pain.008.001.02 or pain.008.001.08"
    assert said in sentences(GOOD.replace(CASE.version, "pain.008.001.11"))


def test_a_file_without_a_namespace_is_read_and_refused() -> None:
    text = GOOD.replace(f' xmlns="urn:iso:std:iso:20022:tech:xsd:{CASE.version}"', "")
    assert "version" in kinds(text)


def _amount(text: str) -> str:
    start = GOOD.index(">", GOOD.index("<InstdAmt")) + 1
    return GOOD[:start] + text + GOOD[GOOD.index("<", start) :]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("12.345", f"the amount “12.345” has more than two decimals {FIRST}"),
        ("12.000", f"the amount “12.000” has more than two decimals {FIRST}"),
        ("12,50", f"“12,50” is no amount {FIRST}"),
        ("-1.00", f"“-1.00” is no amount {FIRST}"),
        ("1e3", f"“1e3” is no amount {FIRST}"),
        ("", f"“” is no amount {FIRST}"),
        (
            "0.00",
            f"the amount 0.00 is not between 0.01 and 999,999,999.99 {FIRST}",
        ),
    ],
)
def test_an_amount_that_banks_do_not_take_is_said(text: str, sentence: str) -> None:
    assert sentence in sentences(_amount(text))


def test_another_currency_is_said() -> None:
    assert sentences(changed('Ccy="EUR"', 'Ccy="CHF"')) == [f"the currency is “CHF”, not EUR {FIRST}"]


def test_one_fault_on_every_line_is_one_sentence() -> None:
    made = case(7, lines=9)
    text = made.file.decode().replace('Ccy="EUR"', 'Ccy="CHF"')
    assert sentences(text)[0].endswith("5, E2E-SINV-26-00070004 and 4 more)")


def test_a_hundred_kinds_of_fault_stay_a_short_list() -> None:
    made = case(7, lines=200)
    text = made.file.decode()
    for number, line in enumerate(made.batch.collections):
        text = text.replace(f">{line.mandate_reference}<", f">/{number}/<")
    problems = read(text).problems
    assert len(problems) <= 51
    assert sum(problem.count for problem in problems) >= 200


def test_a_mandate_reference_of_36_characters_is_shown_short() -> None:
    mandate_id = CASE.batch.collections[0].mandate_reference
    said = sentences(changed(f">{mandate_id}<", f">{'M' * 36}<"))
    assert said == [f"MndtId “{'M' * 36}”: it has 36 characters, 35 are allowed {FIRST}"]


def test_an_account_that_cannot_be_is_named_without_being_shown() -> None:
    account = CASE.batch.collections[0].iban
    for written, problem in (
        (account[:-1] + ("0" if account[-1] != "0" else "1"), "its check digits do not fit"),
        ("US64SVBKUS6S3300958879", "its country is not known"),
        ("AE070331234567890123456", "SEPA does not reach its country"),
        (f"{account[:4]} {account[4:]}", "it is not written without spaces"),
        ("", "its country is not known"),
    ):
        assert sentences(changed(account, written)) == [f"the IBAN of the debtor: {problem} {FIRST}"]


@pytest.mark.parametrize("written", ["2026-13-01", "2026-02-30", "04-12-2026", "99999-01-01", ""])
def test_a_date_that_is_none_is_said(written: str) -> None:
    due = str(CASE.batch.due_on)
    assert "due_date" in kinds(changed(due, written))
    assert read(changed(due, written)).file.blocks[0].due_on is None


def test_a_date_of_9999_is_a_date() -> None:
    assert day("9999-12-31") == date(9999, 12, 31)


def test_values_are_read_as_iso_20022_writes_them() -> None:
    assert [cents(text) for text in ("1", "1.5", "1.50", "1.500", "1.505", ".5", "1.", "١.٠")] == [
        100, 150, 150, 150, None, None, None, None,
    ]  # fmt: skip
    assert [decimals(text) for text in ("1", "1.5", "1.500")] == [0, 1, 3]
    assert moment("2026-11-26T09:30:00.123Z") == datetime(2026, 11, 26, 9, 30)
    assert [moment(text) for text in ("2026-11-26", "2026-11-26T25:00:00", "")] == [None, None, None]
    assert [day(text) for text in ("2026-11-26Z", "2026-11-26+01:00", "20261126")] == [
        date(2026, 11, 26), date(2026, 11, 26), None,
    ]  # fmt: skip


def test_what_the_file_says_of_itself_is_counted_again() -> None:
    wrong = GOOD.replace("<NbOfTxs>3<", "<NbOfTxs>4<")
    assert sentences(wrong) == [
        "a block says 4 as the number of its collections, which is 3",
        "the file says 4 as the number of its collections, which is 3",
    ]  # fmt: skip


def test_a_file_without_a_collection_is_said() -> None:
    start, end = GOOD.index("<DrctDbtTxInf>"), GOOD.rindex("</DrctDbtTxInf>") + len("</DrctDbtTxInf>")
    assert {"empty", "empty_block", "count"} <= set(kinds(GOOD[:start] + GOOD[end:]))


def test_a_program_that_writes_the_newer_version_with_the_older_names_is_told_each_of_them() -> None:
    """As public programs do: BIC for BICFI, a misspelt mandate, a country in full, a town behind lines."""
    made = next(each for each in map(case, range(30)) if each.version == "pain.008.001.08")
    text = made.file.decode().replace("BICFI>", "BIC>").replace("MndtRltdInf>", "MndtRltd_Inf>")
    address = (
        "<PstlAdr><Ctry>Netherlands</Ctry><AdrLine>Kerkweg 3</AdrLine><TwnNm>Utrecht</TwnNm></PstlAdr></Dbtr>"
    )
    text = re.sub(r"(<PstlAdr>((?!<Dbtr>).)*</PstlAdr>)?</Dbtr>", address, text)
    said = {problem.sentence().split(" (collection")[0] for problem in read(text).problems}
    assert {
        "“BIC” stands in “FinInstnId”, where the schema has no such element",
        "“MndtRltd_Inf” stands in “DrctDbtTx”, where the schema has no such element",
        "“TwnNm” stands after “AdrLine” in “PstlAdr”; the schema has it before",
        "the country “Netherlands” is not written as two letters",
        "MndtId “”: it is empty",
        "the date DtOfSgntr is missing",
    } <= said


@pytest.mark.parametrize(
    ("element", "longest"), [("PstCd", 16), ("BldgNb", 16), ("TwnNm", 35), ("StrtNm", 70)]
)
def test_each_part_of_an_address_has_its_own_length(element: str, longest: int) -> None:
    def said(length: int) -> list[str]:
        address = f"<PstlAdr><{element}>{'x' * length}</{element}></PstlAdr></Dbtr>"
        return sentences(re.sub("(<PstlAdr>((?!<Dbtr>).)*</PstlAdr>)?</Dbtr>", address, GOOD, count=1))

    assert said(longest) == []
    assert said(longest + 1) == [f"a address is longer than {longest} characters {FIRST}"]
