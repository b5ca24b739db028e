"""Everything that an auditor needs to check one entry, in one file that opens anywhere."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.audit.verification.export import VERIFIER
from vuurtoren.audit.verification.proofs import prove
from vuurtoren.site.protocol import Site

PROOF, WORDS, CHECKPOINT = "proof.json", "READ-ME-FIRST.txt", "checkpoint.txt"


def write(site: Site, event_id: str, file: Path) -> None:
    """A new zip with the entry and its proof, the signed checkpoint, the verifier, and a page of plain words.

    Raises NotProvable, NothingToExport, and OSError where the file is there already or cannot be written.
    """
    proof = prove(site, event_id)
    entry = proof["events"][0]
    with zipfile.ZipFile(file, "x", zipfile.ZIP_DEFLATED) as made:
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
        f"    python3 {VERIFIER} {PROOF} --key {key}",
        _(
            "The key stands here because the association made this file. Compare it with the one that you "
            "were given by somebody else, or use --short with the number and the digits of the minutes of a "
            "meeting: only then does the answer rest on something that the association could not change."
        ),
        _("It proves that this entry was sealed as it is. It does not prove that what it says is true."),
    )
    return "\n\n".join(parts) + "\n"
