"""The check before the bank on a real site: by itself, by the button, and where the site asks for it."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import frappe

import verenigingen.sepa
from verenigingen.tests.support.audit_support import clear_trail
from verenigingen.tests.support.host_documents import (
    BATCH,
    BATCH_LINE,
    MANDATE,
    USAGE,
    HostDocumentsTest,
)
from verenigingen.tests.support.support import configured
from vuurtoren import carrier
from vuurtoren.audit.details.details_box import FIELDS, opened
from vuurtoren.audit.recording.attached_files import attached_file
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.compliance.bank_files import check
from vuurtoren.compliance.calendar import add_target_days
from vuurtoren.endpoints.whitelist import Refused
from vuurtoren.site.strangers import json_object

IBAN, CREDITOR_ID = "NL91ABNA0417164300", "NL69ZZZ123456780000"
FILE = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"><CstmrDrctDbtInitn>
<GrpHdr><MsgId>MSG-{name}</MsgId><CreDtTm>{today}T09:30:00</CreDtTm><NbOfTxs>1</NbOfTxs><CtrlSum>15.00</CtrlSum>
<InitgPty><Nm>Vereniging</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>PMT-{name}</PmtInfId><PmtMtd>DD</PmtMtd><NbOfTxs>1</NbOfTxs><CtrlSum>15.00</CtrlSum>
<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl><LclInstrm><Cd>CORE</Cd></LclInstrm><SeqTp>RCUR</SeqTp></PmtTpInf>
<ReqdColltnDt>{due}</ReqdColltnDt><Cdtr><Nm>Vereniging</Nm></Cdtr><CdtrAcct><Id><IBAN>{iban}</IBAN></Id></CdtrAcct>
<CdtrAgt><FinInstnId><BICFI>ABNANL2A</BICFI></FinInstnId></CdtrAgt><ChrgBr>SLEV</ChrgBr>
<CdtrSchmeId><Id><PrvtId><Othr><Id>{creditor}</Id><SchmeNm><Prtry>SEPA</Prtry></SchmeNm></Othr></PrvtId></Id>
</CdtrSchmeId>
<DrctDbtTxInf><PmtId><EndToEndId>E2E-{invoice}</EndToEndId></PmtId><InstdAmt Ccy="EUR">15.00</InstdAmt>
<DrctDbtTx><MndtRltdInf><MndtId>{mandate}</MndtId><DtOfSgntr>2020-01-02</DtOfSgntr></MndtRltdInf></DrctDbtTx>
<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt><Dbtr><Nm>A. Licht</Nm></Dbtr>
<DbtrAcct><Id><IBAN>{iban}</IBAN></Id></DbtrAcct><RmtInf><Ustrd>Contributie</Ustrd></RmtInf></DrctDbtTxInf>
</PmtInf></CstmrDrctDbtInitn></Document>"""
RETURNED = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>ST-1</MsgId><CreDtTm>{today}T07:00:00</CreDtTm></GrpHdr>
<Stmt><Id>S-1</Id><Ntry><Amt Ccy="EUR">15.00</Amt>
<CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{booked}</Dt></BookgDt>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls>
<Refs><EndToEndId>E2E-{invoice}</EndToEndId></Refs><Amt Ccy="EUR">15.00</Amt>
<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"""


class TestBankFiles(HostDocumentsTest):
    def setUp(self) -> None:
        super().setUp()
        self.rows: list[tuple[str, str]] = []
        self.files: list[Path] = []
        self.addCleanup(self._clear)
        self.batch = self._batch()

    def _clear(self) -> None:
        frappe.db.rollback()
        for doctype, name in self.rows:
            frappe.db.delete(doctype, {"name": name})
        frappe.db.delete("SEPA Return")
        for path in self.files:
            path.unlink(missing_ok=True)
        clear_trail({"process_type": ("in", ["Batch Generation", "Bank Submission", "Return Processing"])})
        frappe.db.commit()

    def _put(self, doctype: str, **values: Any) -> str:
        known = {
            key: value
            for key, value in values.items()
            if key.startswith("parent") or self.site.has_field(doctype, key)
        }
        name = self.site.insert(doctype, known)
        self.rows.append((doctype, name))
        return name

    def _batch(self) -> Any:
        """A batch with one line, its mandate and its file, which is not made yet."""
        today = self.site.now().date()
        self.due, self.invoice = add_target_days(today, 12), f"SINV-{frappe.generate_hash(length=8)}"
        self.reference = f"M-{frappe.generate_hash(length=8)}"
        mandate = self._put(
            MANDATE, mandate_id=self.reference, member="LID-1", status="Active", mandate_type="RCUR",
            account_holder_name="A. Licht", is_active=1, iban=IBAN, sign_date="2020-01-02",
        )  # fmt: skip
        usage = {"parenttype": MANDATE, "parentfield": "usage_history", "usage_date": today - timedelta(30)}
        self._put(USAGE, parent=mandate, **usage)
        name = self._put(
            BATCH, batch_date=self.due, status="Draft", total_amount=15, entry_count=1, currency="EUR",
            batch_type="RCUR",
        )  # fmt: skip
        self._put(
            BATCH_LINE, parent=name, parenttype=BATCH, parentfield="invoices", invoice=self.invoice,
            amount=15, currency="EUR", iban=IBAN, mandate_reference=self.reference, status="Pending",
        )  # fmt: skip
        frappe.db.commit()
        return frappe.get_doc(BATCH, name)

    def _make_file(self, **changes: str) -> bytes:
        told = {"name": self.batch.name, "today": self.site.now().date(), "due": self.due, "iban": IBAN}
        told |= {"creditor": CREDITOR_ID, "invoice": self.invoice, "mandate": self.reference} | changes
        content = FILE.format(**told).encode()
        url = f"/private/files/{frappe.generate_hash(length=12)}.xml"
        path = attached_file(self.site, url)
        assert path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.files.append(path)
        self.batch.db_set("sepa_file", url)
        self.batch.db_set("sepa_file_generated", 1)
        self.batch.db_set("status", "Generated")
        return content

    def _entries(self, *actions: str) -> list[dict[str, Any]]:
        fields = list(dict.fromkeys([*FIELDS, "action", "compliance_status", "timestamp"]))
        asked = {"batch": self.batch.name, "action": ("in", actions)}
        rows = opened(self.site, self.site.get_all(LOG, fields, asked, order_by="timestamp"))
        return [row | {"details": json_object(row["details"])} for row in rows]

    def test_the_check_runs_by_itself_when_the_file_is_made(self) -> None:
        content = self._make_file()
        (made,) = self._entries("batch_generated")
        self.assertEqual(made["details"]["file_sha256"], hashlib.sha256(content).hexdigest())
        checks = self._entries(*check.ACTIONS.values())
        self.assertEqual(len(checks), 1, checks)
        self.assertEqual(checks[0]["details"]["file_sha256"], made["details"]["file_sha256"])
        # where ERPNext is not, its invoices are not either, and the settings may be empty
        reasons = checks[0]["details"]["reasons"]
        self.assertFalse([each for each in reasons if "C0" in each and "C03" not in each], reasons)

    def test_a_fault_in_the_file_is_told_by_itself(self) -> None:
        self._make_file(mandate="SOMEBODY-ELSES")
        (entry,) = self._entries(*check.ACTIONS.values())
        self.assertEqual(entry["action"], "batch_must_not_be_sent")
        self.assertEqual(entry["compliance_status"], "Exception")
        self.assertIn("the mandate in the file is not that of the batch", str(entry["details"]["reasons"]))

    def test_a_changed_file_goes_nowhere_where_the_site_asks_for_the_check(self) -> None:
        self._make_file()
        self.files[-1].write_bytes(self.files[-1].read_bytes() + b"\n")
        with configured(audit_fail_closed=["Bank Submission"]), self.assertRaises(Refused) as refused:
            self.batch.db_set("status", "Submitted")
        self.assertIn("the file is not the one that was made", str(refused.exception))

    def test_a_changed_file_is_told_and_goes_where_the_site_asks_for_nothing(self) -> None:
        self._make_file()
        self.files[-1].write_bytes(self.files[-1].read_bytes() + b"\n")
        self.batch.db_set("status", "Submitted")
        self.assertEqual(len(self._entries("batch_sent_to_bank")), 1)
        said = verenigingen.sepa.check_batch(self.batch.name)
        self.assertEqual(said["answer"], "must not be sent")
        self.assertIn("changed_file", [reason["kind"] for reason in said["reasons"]])

    def test_the_button_is_in_the_form_of_the_batch(self) -> None:
        scripts = frappe.get_hooks("doctype_js")[BATCH]
        (ours,) = [script for script in scripts if script.endswith("direct_debit_batch_check.js")]
        path = Path(frappe.get_app_path(carrier.app_name(), *ours.split("/")))
        self.assertIn(f"{carrier.app_name()}.sepa.check_batch", path.read_text("utf-8"))

    def test_the_method_is_for_who_may_see_the_monitoring(self) -> None:
        frappe.set_user("Guest")
        self.addCleanup(frappe.set_user, "Administrator")
        with self.assertRaises(frappe.PermissionError):
            verenigingen.sepa.check_batch(self.batch.name)

    def test_what_came_back_is_kept_once(self) -> None:
        today = self.site.now().date()
        path = Path(frappe.get_site_path("private", "files", f"{frappe.generate_hash(length=12)}.xml"))
        booked: date = self.due + timedelta(days=2)
        path.write_text(RETURNED.format(today=today, booked=booked, invoice=self.invoice), "utf-8")
        self.files.append(path)
        first = verenigingen.sepa.read_returns(str(path))
        again = verenigingen.sepa.read_returns(str(path))
        self.assertEqual((first["new"], first["not_placed"]), (1, 0), first)
        self.assertEqual((again["new"], again["seen_before"]), (0, True), again)
        (row,) = frappe.get_all("SEPA Return", fields=["batch", "invoice", "reason_code", "amount_cents"])
        self.assertEqual(tuple(row.values()), (self.batch.name, self.invoice, "AC04", 1500))
