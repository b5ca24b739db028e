"""The file of the next dues run: as it was made, and as somebody changed it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from xml.sax.saxutils import escape

from vuurtoren.embedded.demo.dues.accounts import test_iban
from vuurtoren.embedded.demo.people import Person

CREDITOR, CREDITOR_ID = "Vuurtorenwacht", "NL69ZZZ123456780000"
RAISED_TO = 1_250.0
_LINE = """<DrctDbtTxInf><PmtId><EndToEndId>E2E-{invoice}</EndToEndId></PmtId>\
<InstdAmt Ccy="EUR">{amount:.2f}</InstdAmt>\
<DrctDbtTx><MndtRltdInf><MndtId>{mandate}</MndtId><DtOfSgntr>{signed}</DtOfSgntr></MndtRltdInf></DrctDbtTx>\
<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt><Dbtr><Nm>{name}</Nm></Dbtr>\
<DbtrAcct><Id><IBAN>{iban}</IBAN></Id></DbtrAcct><RmtInf><Ustrd>Contributie</Ustrd></RmtInf></DrctDbtTxInf>"""
_FILE = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"><CstmrDrctDbtInitn>\
<GrpHdr><MsgId>{batch}</MsgId><CreDtTm>{made}</CreDtTm><NbOfTxs>{count}</NbOfTxs><CtrlSum>{total:.2f}</CtrlSum>\
<InitgPty><Nm>{creditor}</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>{batch}-1</PmtInfId><PmtMtd>DD</PmtMtd>\
<NbOfTxs>{count}</NbOfTxs><CtrlSum>{total:.2f}</CtrlSum><PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl>\
<LclInstrm><Cd>CORE</Cd></LclInstrm><SeqTp>RCUR</SeqTp></PmtTpInf><ReqdColltnDt>{due}</ReqdColltnDt>\
<Cdtr><Nm>{creditor}</Nm></Cdtr><CdtrAcct><Id><IBAN>{iban}</IBAN></Id></CdtrAcct>\
<CdtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></CdtrAgt><ChrgBr>SLEV</ChrgBr>\
<CdtrSchmeId><Id><PrvtId><Othr><Id>{creditor_id}</Id><SchmeNm><Prtry>SEPA</Prtry></SchmeNm></Othr></PrvtId></Id>\
</CdtrSchmeId>{lines}</PmtInf></CstmrDrctDbtInitn></Document>
"""


@dataclass(frozen=True)
class RunLine:
    """One collection of the next run."""

    person: Person
    reference: str
    signed_on: date
    invoice: str
    amount: float
    of_before: bool = False
    """Whether the invoice was collected already."""


def file_of(batch: str, made: datetime, due: date, lines: Sequence[RunLine]) -> bytes:
    """A pain.008 with one block."""
    told = "".join(
        _LINE.format(
            invoice=line.invoice,
            amount=line.amount,
            mandate=line.reference,
            signed=line.signed_on,
            name=escape(line.person.full_name.encode("ascii", "ignore").decode()),
            iban=test_iban(line.person.number),
        )
        for line in lines
    )
    total, count = sum(line.amount for line in lines), len(lines)
    return _FILE.format(
        batch=batch,
        made=made.isoformat(timespec="seconds"),
        due=due,
        count=count,
        total=total,
        creditor=CREDITOR,
        creditor_id=CREDITOR_ID,
        iban=test_iban(0),
        lines=told,
    ).encode()


def changed(lines: Sequence[RunLine]) -> list[RunLine]:
    """The same with one amount that nobody has agreed to."""
    return [*lines[:-3], replace(lines[-3], amount=RAISED_TO), *lines[-2:]]
