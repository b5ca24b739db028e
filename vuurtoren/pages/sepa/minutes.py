"""The digits of a checkpoint in the minutes of a meeting: written there, and compared without a shell."""

from __future__ import annotations

from vuurtoren.audit.anchors.checkpoint_publishing import newest
from vuurtoren.audit.seals.note import BadNote
from vuurtoren.audit.seals.tables import CHECKPOINT
from vuurtoren.audit.verification import daily_verification
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment

HEX = frozenset("0123456789abcdef")


def short_form(site: Site) -> str:
    """Size and sixteen digits of the newest checkpoint; empty before there is one."""
    if not site.has_doctype(CHECKPOINT):
        return ""
    try:
        _name, signed = newest(site)
    except BadNote:
        return ""
    return signed.checkpoint.short if signed and signed.checkpoint.tree_size else ""


def minutes_answer(site: Site, typed: str) -> str:
    """Whether a checkpoint of the trail has this size and these digits; no shell is needed to ask."""
    _ = site.translate
    words = typed.replace(":", " ").replace(",", " ").split()
    size, digits = (words[0], "".join(words[1:]).lower()) if words else ("", "")
    if (
        not size.isdigit()
        or len(size) > 9
        or len(digits) < 16
        or not all(c in "0123456789abcdef" for c in digits)
    ):
        return _("Type the number of entries and the sixteen digits as they stand in the minutes.")
    if not site.has_doctype(CHECKPOINT):
        return _("There is no audit trail on this site.")
    roots = [str(row["root"]) for row in site.get_all(CHECKPOINT, ["root"], {"tree_size": int(size)})]
    if not roots:
        return _("Not confirmed: the trail has no checkpoint of size {0}. Tell the audit committee.").format(
            size
        )
    if not any(root.startswith(digits) for root in roots):
        said = _("Not confirmed: the checkpoint of size {0} has other digits. Tell the audit committee.")
        return said.format(size)
    verified = daily_verification.last(site)
    if verified is None or not verified.held or verified.tree_size < int(size):
        said = _("These are the digits of the checkpoint of size {0}; the trail was not verified since.")
        return said.format(size)
    said = _("Confirmed: the checkpoint of size {0} has these digits, and the trail was as sealed on {1}.")
    return said.format(size, moment(verified.at, site.translate))
