"""What XML can do to its reader, it does not do to this one: refused in a sentence, nothing raised."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compliance.bank_files.book import case
from vuurtoren.compliance.bank_files import xml_reading
from vuurtoren.compliance.bank_files.pain008 import FileReading, read_collections
from vuurtoren.compliance.bank_files.xml_reading import LARGEST_BYTES

GOOD = case(1).file
BODY = GOOD[GOOD.index(b"<Document") :] if b"<Document" in GOOD else GOOD
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(b'<!ENTITY lol%d "%s">' % (n, b"&lol%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><Document>&lol9;</Document>"
)
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>'
)


def read(content: bytes) -> FileReading:
    return read_collections(io.BytesIO(content), "file.xml")


def said(content: bytes) -> str:
    reading = read(content)
    assert not reading.readable
    assert reading.file.blocks == ()
    return reading.problems[0].sentence()


class Endless(io.RawIOBase):
    """A stream that gives so many bytes of one kind, without having them."""

    def __init__(self, size: int, start: bytes = b"<Document><!-- ", fill: bytes = b"- ") -> None:
        self.left, self.start, self.fill = size, start, fill

    def read(self, size: int = -1) -> bytes:
        size = min(size, self.left)
        self.left -= size
        chunk = (self.start + self.fill * (size // len(self.fill) + 1))[:size]
        self.start = b""
        return chunk


@pytest.mark.parametrize("content", [LAUGHS, EXTERNAL, b"<!DOCTYPE Document><Document/>"])
def test_a_document_type_is_refused_before_anything_of_it_is_read(content: bytes) -> None:
    assert said(content) == "the file declares a document type or entities, which no bank does"


def test_a_billion_laughs_cost_no_memory() -> None:
    tracemalloc.start()
    said(LAUGHS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_file_of_200_mb_is_not_read_to_its_end_and_is_said_to_be_our_limit() -> None:
    stream = Endless(200 * 1024 * 1024, b"<Document>", b" ")
    reading = read_collections(stream, "large.xml")  # type: ignore[arg-type]
    assert reading.problems[0].weight == "limit"
    assert reading.problems[0].sentence() == "the file is larger than 64 MB"
    assert reading.file.sha256 == ""
    assert stream.left > 100 * 1024 * 1024


def test_a_file_that_is_too_large_is_not_read_at_all(tmp_path: Path) -> None:
    large = tmp_path / "large.xml"
    with large.open("wb") as sparse:
        sparse.truncate(LARGEST_BYTES + 1)
    with large.open("rb") as stream:
        reading = read_collections(stream, large.name)
        assert stream.tell() <= 1024 * 1024
    assert reading.problems[0].sentence() == "the file is larger than 64 MB"
    assert (reading.file.sha256, reading.file.size_bytes) == ("", LARGEST_BYTES + 1)


def test_one_endless_piece_of_markup_is_refused_long_before_the_size_is() -> None:
    stream = Endless(60 * 1024 * 1024, b"<Document x='", b"x")
    reading = read_collections(stream, "long.xml")  # type: ignore[arg-type]
    assert reading.problems[0].sentence() == "one piece of the file is longer than 1 MB"


def test_deep_nesting_is_refused() -> None:
    content = b"<Document>" + b"<a>" * 100_000
    assert said(content) == "the elements of the file are nested more than 40 deep"


def test_one_collection_of_a_million_elements_is_refused() -> None:
    assert "more than 5000 elements" in said(b"<Document><CstmrDrctDbtInitn><GrpHdr>" + b"<a/>" * 1_000_000)


def test_a_text_of_megabytes_is_cut_and_costs_no_memory() -> None:
    long_name = GOOD.replace(b"Vereniging De Vuurtoren", b"x" * 5_000_000)
    tracemalloc.start()
    reading = read(long_name)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12_000_000  # the bytes themselves are held by the test
    assert {problem.kind for problem in reading.problems} == {"name", "initiating party"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b" \n\n ", "there is nothing but spaces at the beginning of the file"),
        (b"%PDF-1.7 ...", "the file is no XML but a PDF"),
        (b"PK\x03\x04....", "the file is no XML but a zip archive"),
        (b":20:STMT\r\n:25:NL91ABNA0417164300", "the file is no XML but an MT940 statement"),
        (b"IBAN;Bedrag\n", "the file is no XML"),
        (b"<html><body>404</body></html>", "the file begins with “html” instead of “Document”"),
        (
            b"<Document><CstmrDrctDbtInitn>",
            "the XML is broken at line 1, column 30: it ends before it is whole",
        ),
        (b"<Document><A>", "the XML is broken at line 1, column 14: it ends before it is whole"),
        (
            b"<Document><CstmrDrctDbtInitn><Nm>Vuurt\xf6ren</Nm>",
            "the XML is broken at line 1, column 39: what stands there is no XML, or not in the encoding that"
            " the file has",
        ),
    ],
)
def test_what_is_no_payment_file_is_said_in_words(content: bytes, sentence: str) -> None:
    assert said(content) == sentence


def test_half_a_file_is_refused_and_has_no_collections() -> None:
    assert said(GOOD[: len(GOOD) // 2]).startswith("the XML is broken at line")


def test_carriage_returns_change_nothing() -> None:
    lines = GOOD.replace(b"><", b">\r\n  <")
    assert read(lines).problems == ()
    assert read(lines).file.blocks == read(GOOD).file.blocks


def test_a_byte_order_mark_is_read_and_named() -> None:
    reading = read(xml_reading.BOM + GOOD)
    assert [problem.kind for problem in reading.problems] == ["bom"]
    assert reading.problems[0].weight == "doubtful"
    assert reading.file.blocks == read(GOOD).file.blocks


def test_another_encoding_is_read_and_refused() -> None:
    text = GOOD.decode().replace('encoding="UTF-8"', 'encoding="ISO-8859-1"').replace("Vuurtoren", "Café")
    reading = read(text.encode("iso-8859-1"))
    assert [problem.sentence() for problem in reading.problems] == [
        "the encoding is iso-8859-1; banks read UTF-8"
    ]
    assert "Café" in reading.file.initiating_party


def test_bytes_that_are_not_of_the_encoding_are_refused() -> None:
    assert "or not in the encoding that the file has" in said(GOOD.replace(b"Vuurtoren", b"Caf\xe9 Vuur"))


@pytest.mark.parametrize("encoding", [b"UTF-7", b"cp037", b"idna", b"no-such-thing"])
def test_an_encoding_that_hides_things_is_refused(encoding: bytes) -> None:
    content = b'<?xml version="1.0" encoding="' + encoding + b'"?>' + BODY
    assert "banks read UTF-8" in said(content)


def test_the_hash_is_of_the_whole_file_wherever_reading_stopped() -> None:
    for content in (GOOD, GOOD + b"<junk", LAUGHS):
        assert read(content).file.sha256 == hashlib.sha256(content).hexdigest()


def test_a_file_that_comes_in_crumbs_reads_as_one_that_comes_at_once() -> None:
    class Crumbs(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(7, size or 7))

    assert read_collections(Crumbs(GOOD), "file.xml") == read(GOOD)


def _mutations() -> Iterator[bytes]:
    step = max(len(GOOD) // 300, 1)
    for place in range(0, len(GOOD), step):
        yield GOOD[:place] + bytes([GOOD[place] ^ 0x15]) + GOOD[place + 1 :]
        yield GOOD[:place] + GOOD[place + 5 :]


def test_whatever_bytes_come_nothing_is_raised() -> None:
    readings = [read(content) for content in _mutations()]
    assert sum(bool(reading.problems) for reading in readings) > len(readings) / 2
