"""How a pain.008 is built: which elements stand where, in which order, as the ISO 20022 schemas have it.

Read by ourselves where the schema is not at hand. Of what SEPA leaves unused (tax, regulatory reporting,
contact details …) only the place is checked, not what is in it. A test compares this with the schemas.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from vuurtoren.site.words.words import Words

VERSION_02 = "pain.008.001.02"
VERSION_08 = "pain.008.001.08"
READ_VERSIONS = (VERSION_02, VERSION_08)

_V02 = """
Document CstmrDrctDbtInitn
CstmrDrctDbtInitn GrpHdr PmtInf+
GrpHdr MsgId CreDtTm Authstn~* NbOfTxs CtrlSum? InitgPty:Party FwdgAgt:Agent?
PmtInf PmtInfId PmtMtd BtchBookg? NbOfTxs? CtrlSum? PmtTpInf? ReqdColltnDt Cdtr:Party CdtrAcct:Account \
CdtrAgt:Agent CdtrAgtAcct:Account? UltmtCdtr:Party? ChrgBr? ChrgsAcct:Account? ChrgsAcctAgt:Agent? \
CdtrSchmeId:Party? DrctDbtTxInf+
PmtTpInf InstrPrty? SvcLvl:Code? LclInstrm:Code? SeqTp? CtgyPurp:Code?
DrctDbtTxInf PmtId PmtTpInf? InstdAmt ChrgBr? DrctDbtTx? UltmtCdtr:Party? DbtrAgt:Agent DbtrAgtAcct:Account? \
Dbtr:Party DbtrAcct:Account UltmtDbtr:Party? InstrForCdtrAgt? Purp:Code? RgltryRptg~* Tax~? RltdRmtInf~* \
RmtInf?
PmtId InstrId? EndToEndId
DrctDbtTx MndtRltdInf? CdtrSchmeId:Party? PreNtfctnId? PreNtfctnDt?
MndtRltdInf MndtId? DtOfSgntr? AmdmntInd? AmdmntInfDtls? ElctrncSgntr? FrstColltnDt? FnlColltnDt? Frqcy?
AmdmntInfDtls OrgnlMndtId? OrgnlCdtrSchmeId:Party? OrgnlCdtrAgt:Agent? OrgnlCdtrAgtAcct:Account? \
OrgnlDbtr:Party? OrgnlDbtrAcct:Account? OrgnlDbtrAgt:Agent? OrgnlDbtrAgtAcct:Account? OrgnlFnlColltnDt? \
OrgnlFrqcy?
Party Nm? PstlAdr? Id:PartyId? CtryOfRes? CtctDtls~?
PstlAdr AdrTp? Dept? SubDept? StrtNm? BldgNb? PstCd? TwnNm? CtrySubDvsn? Ctry? AdrLine*
PartyId | OrgId PrvtId
OrgId BICOrBEI? Othr:Other*
PrvtId DtAndPlcOfBirth~? Othr:Other*
Other Id SchmeNm:Code? Issr?
Code | Cd Prtry
Account Id:AccountId Tp:Code? Ccy? Nm?
AccountId | IBAN Othr:Other
Agent FinInstnId BrnchId~?
FinInstnId BIC? ClrSysMmbId~? Nm? PstlAdr? Othr:Other?
RmtInf Ustrd* Strd~*
"""
_V08 = """
CstmrDrctDbtInitn GrpHdr PmtInf+ SplmtryData~*
PmtTpInf InstrPrty? SvcLvl:Code* LclInstrm:Code? SeqTp? CtgyPurp:Code?
DrctDbtTxInf PmtId PmtTpInf? InstdAmt ChrgBr? DrctDbtTx? UltmtCdtr:Party? DbtrAgt:Agent DbtrAgtAcct:Account? \
Dbtr:Party DbtrAcct:Account UltmtDbtr:Party? InstrForCdtrAgt? Purp:Code? RgltryRptg~* Tax~? RltdRmtInf~* \
RmtInf? SplmtryData~*
PmtId InstrId? EndToEndId UETR?
MndtRltdInf MndtId? DtOfSgntr? AmdmntInd? AmdmntInfDtls? ElctrncSgntr? FrstColltnDt? FnlColltnDt? Frqcy~? \
Rsn~? TrckgDays?
AmdmntInfDtls OrgnlMndtId? OrgnlCdtrSchmeId:Party? OrgnlCdtrAgt:Agent? OrgnlCdtrAgtAcct:Account? \
OrgnlDbtr:Party? OrgnlDbtrAcct:Account? OrgnlDbtrAgt:Agent? OrgnlDbtrAgtAcct:Account? OrgnlFnlColltnDt? \
OrgnlFrqcy~? OrgnlRsn~? OrgnlTrckgDays?
PstlAdr AdrTp~? Dept? SubDept? StrtNm? BldgNb? BldgNm? Flr? PstBx? Room? PstCd? TwnNm? TwnLctnNm? DstrctNm? \
CtrySubDvsn? Ctry? AdrLine*
OrgId AnyBIC? LEI? Othr:Other*
Account Id:AccountId Tp:Code? Ccy? Nm? Prxy~?
FinInstnId BICFI? ClrSysMmbId~? LEI? Nm? PstlAdr? Othr:Other?
"""
MOST_FAULTS = 10


@dataclass(frozen=True, slots=True)
class _Part:
    """One element in its parent; `type` names what is in it, "" for text and "~" for whatever it may be."""

    place: int
    type: str
    required: bool
    repeated: bool


@dataclass(frozen=True, slots=True)
class _Type:
    parts: dict[str, _Part]
    choice: bool


Fault = tuple[str, tuple[str, ...]]
"""A sentence with braces, and the names that go in there."""


@cache
def types(version: str) -> dict[str, _Type]:
    """What may stand in which element, by the name of its type."""
    lines = _V02.split("\n") if version == VERSION_02 else [*_V02.split("\n"), *_V08.split("\n")]
    words = {line.split()[0]: line.split()[1:] for line in lines if line}
    return {name: _type(parts, words) for name, parts in words.items()}


def _type(words: list[str], known: dict[str, list[str]]) -> _Type:
    choice = words[0] == "|"
    parts = {}
    for place, word in enumerate(words[1:] if choice else words):
        name, _, named = word.rstrip("?*+~").partition(":")
        named = "~" if "~" in word else named or (name if name in known else "")
        parts[name] = _Part(place, named, word[-1] not in "?*" and not choice, word[-1] in "*+")
    return _Type(parts, choice)


class Structure:
    """Checks one file as it comes in; asked about equal shapes it answers from memory."""

    def __init__(self, version: str) -> None:
        self.types = types(version)
        self._known: dict[tuple[str, tuple[str, ...]], tuple[Fault, ...]] = {}
        self._seen: list[tuple[str, list[str]]] = []

    def opened(self, name: str) -> tuple[Fault, ...]:
        """A container began."""
        faults = self._follows(name) if self._seen else ()
        self._seen.append((name, []))
        return faults

    def closed(self) -> tuple[Fault, ...]:
        """A container ended: what is missing in it."""
        name, names = self._seen.pop()
        return tuple(_missing(name, self.types[name], names)) if name in self.types else ()

    def part(self, inside: str, shape: tuple[str, ...]) -> tuple[Fault, ...]:
        """One part of a container, whole."""
        faults = self._follows(shape[0])
        known = self._known.get((inside, shape))
        if known is None:
            known = self._known[inside, shape] = tuple(self._faults(inside, shape))[:MOST_FAULTS]
        return faults + known

    def _follows(self, name: str) -> tuple[Fault, ...]:
        """Whether it may stand here at all, and after what stands before it."""
        container, names = self._seen[-1]
        if container not in self.types:
            return ()
        faults = tuple(_misplaced(container, self.types[container], names[-1] if names else "", name))
        if not names or names[-1] != name:
            names.append(name)
        elif not faults and not self.types[container].parts[name].repeated:
            return ((Words("“{0}” stands more than once in “{1}”"), (name, container)),)
        return faults

    def _faults(self, inside: str, shape: tuple[str, ...]) -> list[Fault]:
        container = self.types.get(inside)
        part = container.parts.get(shape[0]) if container else None
        if part is None:
            return []
        found: list[Fault] = []
        open_parts: list[tuple[str, str, list[str]]] = [(shape[0], part.type, [])]
        for name in shape[1:]:
            parent, type_name, names = open_parts[-1]
            kind = self.types.get(type_name)
            if not name:
                open_parts.pop()
                if kind:
                    found += _missing(parent, kind, names)
                continue
            child = kind.parts.get(name) if kind else None
            if kind:
                found += _misplaced(parent, kind, names[-1] if names else "", name)
                if child and names and names[-1] == name and not child.repeated:
                    found.append((Words("“{0}” stands more than once in “{1}”"), (name, parent)))
            elif not type_name:
                found.append((Words("“{0}” stands in “{1}”, which holds text alone"), (name, parent)))
            names.append(name)
            open_parts.append((name, child.type if child else "~", []))
        return found


def _misplaced(parent: str, kind: _Type, before: str, name: str) -> list[Fault]:
    part = kind.parts.get(name)
    if part is None:
        return [(Words("“{0}” stands in “{1}”, where the schema has no such element"), (name, parent))]
    earlier = kind.parts.get(before)
    if kind.choice and earlier and before != name:
        return [(Words("“{0}” stands beside “{1}” in “{2}”, where only one may be"), (name, before, parent))]
    if earlier and earlier.place > part.place:
        return [
            (Words("“{0}” stands after “{1}” in “{2}”; the schema has it before"), (name, before, parent))
        ]
    return []


def _missing(parent: str, kind: _Type, names: list[str]) -> list[Fault]:
    if kind.choice and not set(names) & set(kind.parts):
        return [(Words("“{0}” holds none of: {1}"), (parent, ", ".join(kind.parts)))]
    absent = (name for name, part in kind.parts.items() if part.required and name not in names)
    return [(Words("“{0}” is missing in “{1}”"), (name, parent)) for name in absent]
