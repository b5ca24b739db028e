"""Our own table of the structure, held against the published schemas that a public library ships."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import sepaxml

from vuurtoren.compliance.bank_files.structure import READ_VERSIONS, Structure, types

XS = "{http://www.w3.org/2001/XMLSchema}"
Parts = dict[str, tuple[str, bool, bool]]


def schema(version: str) -> dict[str, Parts]:
    """Each type of the schema: element to its type, whether it must be there, whether it may repeat."""
    root = ET.parse(Path(sepaxml.__file__).parent / "schemas" / f"{version}.xsd").getroot()
    found: dict[str, Parts] = {}
    for kind in root.iter(f"{XS}complexType"):
        choice = kind.find(f"{XS}choice") or (kind.find(f"{XS}sequence/{XS}choice"))
        found[str(kind.get("name"))] = {
            str(each.get("name")): (
                str(each.get("type")),
                choice is None and each.get("minOccurs") != "0",
                each.get("maxOccurs", "1") != "1",
            )
            for each in kind.iter(f"{XS}element")
        }
    return found


@pytest.mark.parametrize("version", READ_VERSIONS)
def test_the_table_says_what_the_schema_says(version: str) -> None:
    theirs, ours = schema(version), types(version)
    seen: set[tuple[str, str]] = set()
    waiting = [("Document", "Document")]
    while waiting:
        our_name, their_name = waiting.pop()
        if (our_name, their_name) in seen:
            continue
        seen.add((our_name, their_name))
        parts = ours[our_name].parts
        assert list(parts) == list(theirs[their_name]), (our_name, their_name)
        for name, part in parts.items():
            their_type, required, repeated = theirs[their_name][name]
            assert (part.required, part.repeated) == (required, repeated), (our_name, name)
            if part.type == "":
                assert not theirs.get(their_type), (our_name, name)  # text, or text with a currency
            elif part.type != "~":
                waiting.append((part.type, their_type))
    assert len(seen) > 20


def faults(*shape: str) -> list[str]:
    structure = Structure("pain.008.001.08")
    for name in ("Document", "CstmrDrctDbtInitn", "PmtInf"):
        structure.opened(name)
    return [text.format(*names) for text, names in structure.part("PmtInf", shape)]


def test_an_element_that_is_misspelt_is_named() -> None:
    assert faults("DrctDbtTxInf", "PmtId", "EndToEndId", "", "", "InstdAmt", "", "Betaler", "", "")[0] == (
        "“Betaler” stands in “DrctDbtTxInf”, where the schema has no such element"
    )


def test_an_element_that_stands_too_late_is_named() -> None:
    shape = ("PmtTpInf", "SeqTp", "", "SvcLvl", "Cd", "", "", "")
    assert faults(*shape) == ["“SvcLvl” stands after “SeqTp” in “PmtTpInf”; the schema has it before"]


def test_two_where_one_may_be_are_named() -> None:
    assert faults("CdtrAcct", "Id", "IBAN", "", "IBAN", "", "", "") == [
        "“IBAN” stands more than once in “Id”"
    ]
    assert faults("CdtrAcct", "Id", "IBAN", "", "Othr", "Id", "", "", "", "") == [
        "“Othr” stands beside “IBAN” in “Id”, where only one may be"
    ]


def test_what_is_missing_is_named() -> None:
    assert faults("CdtrAcct", "Id", "", "") == ["“Id” holds none of: IBAN, Othr"]
    assert faults("CdtrAgt", "") == ["“FinInstnId” is missing in “CdtrAgt”"]


def test_an_element_within_text_is_named() -> None:
    assert faults("PmtInfId", "b", "", "") == ["“b” stands in “PmtInfId”, which holds text alone"]
