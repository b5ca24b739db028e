"""What a bank sends back, written by a public library from the published schemas."""

from __future__ import annotations

from typing import Any

from tests.compliance.bank_files.iso_messages import message

STATUS_VERSIONS = ("pain.002.001.03", "pain.002.001.10")
BOOKING_VERSIONS = ("camt.053.001.02", "camt.053.001.08", "camt.054.001.02", "camt.054.001.08")
Line = tuple[str, str, str, str]
"""End-to-end id, mandate id, reason code, amount."""
LINES: tuple[Line, ...] = (
    ("E2E-SINV-26-00070000", "M-1", "AC04", "12.50"),
    ("E2E-SINV-26-00070001", "M-2", "MD06", "15.00"),
)
MOMENT = "2026-12-09T07:00:00"


def status_report(
    version: str,
    lines: tuple[Line, ...] = LINES,
    *,
    group: str = "",
    block: str = "",
    accepted: int = 0,
    about: str = "pain.008.001.08",
) -> bytes:
    """A pain.002 that rejects the lines; `group` and `block` are the states of file and block."""
    return message(
        version,
        {
            "CstmrPmtStsRpt": {
                "GrpHdr": {"MsgId": "RPT-1", "CreDtTm": MOMENT},
                "OrgnlGrpInfAndSts": {
                    "OrgnlMsgId": "MSG-1",
                    "OrgnlMsgNmId": about,
                    "OrgnlNbOfTxs": "40",
                    **({"GrpSts": group, "StsRsnInf": [{"Rsn": {"Cd": "AM05"}}]} if group else {}),
                },
                "OrgnlPmtInfAndSts": [
                    {
                        "OrgnlPmtInfId": "PMT-1",
                        **({"PmtInfSts": block, "StsRsnInf": [{"Rsn": {"Cd": "FF01"}}]} if block else {}),
                        "TxInfAndSts": [_status(line) for line in lines]
                        + [{"OrgnlEndToEndId": f"OK-{n}", "TxSts": "ACSC"} for n in range(accepted)],
                    }
                ],
            }
        },
    )


def _status(line: Line) -> dict[str, Any]:
    end_to_end_id, mandate_id, code, amount = line
    return {
        "StsId": f"STS-{end_to_end_id[-8:]}",
        "OrgnlEndToEndId": end_to_end_id,
        "TxSts": "RJCT",
        "StsRsnInf": [{"Rsn": {"Cd": code}}],
        "OrgnlTxRef": {
            "Amt": {"InstdAmt": (amount, "EUR")},
            "ReqdColltnDt": "2026-12-04",
            "MndtRltdInf": {"MndtId": mandate_id},
        },
    }


def statement(
    version: str,
    lines: tuple[Line, ...] = LINES,
    *,
    state: str = "BOOK",
    others: int = 2,
    together: bool = False,
) -> bytes:
    """A camt.053 or camt.054 with the lines booked off, one by one or `together`, and other bookings."""
    plain = version.endswith(".02")
    root, kind = ("BkToCstmrStmt", "Stmt") if "053" in version else ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    groups = [lines] if together else [(line,) for line in lines]
    entries = [_booking(state if plain else {"Cd": state}, group) for group in groups]
    entries += [_other(state if plain else {"Cd": state}, number) for number in range(others)]
    content: dict[str, Any] = {
        "Id": "S-1",
        "CreDtTm": MOMENT,
        "Acct": {"Id": {"IBAN": "NL91ABNA0417164300"}},
        "Ntry": entries,
    }
    if kind == "Stmt":
        content["Bal"] = [
            {
                "Tp": {"CdOrPrtry": {"Cd": "CLBD"}},
                "Amt": ("100.00", "EUR"),
                "CdtDbtInd": "CRDT",
                "Dt": {"Dt": "2026-12-09"},
            }
        ]
    return message(version, {root: {"GrpHdr": {"MsgId": "ST-1", "CreDtTm": MOMENT}, kind: [content]}})


def _code(family: str, sub_family: str) -> dict[str, Any]:
    return {"Domn": {"Cd": "PMNT", "Fmly": {"Cd": family, "SubFmlyCd": sub_family}}}


def _booking(state: Any, lines: tuple[Line, ...]) -> dict[str, Any]:
    total = sum(round(float(line[3]) * 100) for line in lines) / 100
    return {
        "Amt": (f"{total:.2f}", "EUR"),
        "CdtDbtInd": "DBIT",
        "RvslInd": True,
        "Sts": state,
        "BookgDt": {"Dt": "2026-12-08"},
        "AcctSvcrRef": "BANK-1",
        "BkTxCd": _code("IDDT", "UPDD"),
        "NtryDtls": [{"TxDtls": [_details(line) for line in lines]}],
    }


def _details(line: Line) -> dict[str, Any]:
    end_to_end_id, mandate_id, code, amount = line
    return {
        "Refs": {"PmtInfId": "PMT-1", "EndToEndId": end_to_end_id, "MndtId": mandate_id},
        "AmtDtls": {"InstdAmt": {"Amt": (amount, "EUR")}},
        "RtrInf": {"Rsn": {"Cd": code}},
    }


def _other(state: Any, number: int) -> dict[str, Any]:
    """Money that came in, or a credit transfer of ours that came back."""
    came_back = number % 2 == 1
    details: dict[str, Any] = {"Refs": {"EndToEndId": f"OTHER-{number}"}}
    if came_back:
        details["RtrInf"] = {"Rsn": {"Cd": "AC01"}}
    return {
        "Amt": ("99.00", "EUR"),
        "CdtDbtInd": "CRDT",
        "Sts": state,
        "BookgDt": {"Dt": "2026-12-08"},
        "BkTxCd": _code("ICDT" if came_back else "RCDT", "ESCT"),
        "NtryDtls": [{"TxDtls": [details]}],
    }
