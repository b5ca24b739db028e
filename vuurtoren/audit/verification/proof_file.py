"""Everything that an auditor needs to check one entry, in one file that opens anywhere."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import BinaryIO

from vuurtoren.audit.adoption.adopted import WITH_IBAN
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.search.sensitive_details import EXPORTED, committee_roles, note_opening
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.audit.verification.export import VERIFIER, in_the_readers_language
from vuurtoren.audit.verification.proofs import NotProvable, prove
from vuurtoren.audit.verification.verifying import may_verify
from vuurtoren.endpoints.whitelist import Forbidden
from vuurtoren.privacy.text import storable
from vuurtoren.site.protocol import Site
from vuurtoren.site.schema import SHORT_TEXT_LENGTH

PROOF, WORDS, CHECKPOINT = "proof.json", "READ-ME-FIRST.txt", "checkpoint.txt"


def for_people(site: Site, event_id: str) -> bytes:
    """The zip for whoever may verify the trail; that they took it is an entry itself. Does not commit.

    The details of a sensitive entry are for the audit committee alone. Raises Forbidden, NotProvable,
    NothingToExport.
    """
    if not may_verify(site):
        raise Forbidden(site.translate("Only those who may verify the audit trail may take its proofs."))
    if not (event_id and len(event_id) <= SHORT_TEXT_LENGTH and storable(event_id)):
        raise NotProvable(site.translate("That is not the id of an entry."))
    asked = {"event_id": event_id}
    for row in site.get_all(LOG, ["name", "sensitive_data", "rule_id"], asked, limit=1):
        if row["rule_id"] == WITH_IBAN:
            said = "The details of this entry hold account numbers in clear, so that no proof of it is given."
            raise NotProvable(site.translate(said))
        if row["sensitive_data"] and not site.has_role(*committee_roles(site)):
            raise Forbidden(site.translate("The proof of a sensitive entry is for the audit committee."))
        note_opening(site, LOG, str(row["name"]), EXPORTED, {"proof_of": event_id})
    made = io.BytesIO()
    _write(site, event_id, made)
    return made.getvalue()


def write(site: Site, event_id: str, file: Path) -> None:
    """A new zip with the entry and its proof, the signed checkpoint, the verifier, and a page of plain words.

    Raises NotProvable, NothingToExport, and OSError where the file is there already or cannot be written.
    """
    made = io.BytesIO()
    _write(site, event_id, made)
    with file.open("xb") as kept:
        kept.write(made.getvalue())


def _write(site: Site, event_id: str, file: BinaryIO) -> None:
    proof = prove(site, event_id)
    entry = proof["events"][0]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(WORDS, words(site, event_id, str(proof["key"])))
        made.writestr(PROOF, json.dumps(proof, indent=1, ensure_ascii=False))
        made.writestr(CHECKPOINT, str(proof["checkpoint"]))
        made.writestr("entry.json", json.dumps(entry, indent=1, ensure_ascii=False))
        made.write(str(verify_sepa_audit.__file__), VERIFIER)


def words(site: Site, event_id: str, key: str) -> str:
    """What the file is, what it proves and what it does not, and how that is checked."""
    _ = site.translate
    parts = (
        _("One entry of the SEPA audit trail of {0}: {1}").format(site.name, event_id),
        _(
            "In {0} is the entry, and the path from it to the signature under the whole trail, in {1}. "
            "If one letter of the entry had been changed since it was sealed, the path would not lead there."
        ).format(PROOF, CHECKPOINT),
        _(
            "To check it, without any software of ours but {0}, which needs Python and is made to be read:"
        ).format(VERIFIER),
        f"    python3 {VERIFIER}{in_the_readers_language(site)} {PROOF} --key {key}",
        _(
            "The key stands here because the association made this file. Compare it with the one that you "
            "were given by somebody else, or use --short with the number and the digits of the minutes of a "
            "meeting: only then does the answer rest on something that the association could not change."
        ),
        _("It proves that this entry was sealed as it is. It does not prove that what it says is true."),
    )
    return "\n\n".join(parts) + "\n"
