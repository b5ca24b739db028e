"""The mail that carries a signed checkpoint, and the line of it for the minutes of a meeting."""

from __future__ import annotations

from html import escape

from verenigingen.alerts.templating import Message
from verenigingen.alerts.text import one_line
from verenigingen.audit.seals.checkpoint import SignedCheckpoint
from verenigingen.site.protocol import Site


def for_minutes(site: Site, signed: SignedCheckpoint) -> str:
    """One sentence that a secretary can copy; size and sixteen digits are enough to hold the log to it."""
    checkpoint = signed.checkpoint
    text = site.translate("SEPA audit trail of {0}: {1} events, root {2}, sealed {3} UTC.")
    return text.format(
        site.name,
        checkpoint.tree_size,
        checkpoint.root.hex()[:16],
        checkpoint.time_utc[:16].replace("T", " "),
    )


def compose(site: Site, signed: SignedCheckpoint, inside: tuple[str, ...]) -> Message:
    """What to keep and why. The note is left untouched: one changed letter breaks its signature."""
    _ = site.translate
    parts = [
        _(
            "Please keep this message. It fixes what the SEPA audit trail of {0} held at this moment:"
            " if anything in it is changed later, this message shows it."
        ).format(site.name),
        _("For the minutes of a board meeting:"),
        for_minutes(site, signed),
        _("The signed checkpoint; keep it exactly as it is, from its first line to its last:"),
    ]
    after = [
        _(
            "To check it: save the checkpoint in a file and give it to"
            " `bench --site SITE monitoring audit verify --checkpoint FILE`."
        )
    ]
    if inside:
        after.append(
            _("Not outside the association, so proof against nobody who rules its mail: {0}").format(
                ", ".join(inside)
            )
        )
    note = signed.note.text.rstrip("\n")
    text = "\n\n".join([*parts, note, *after]) + "\n"
    paragraphs = [f"<p>{escape(part)}</p>" for part in parts]
    html = "".join([*paragraphs, f"<pre>{escape(note)}</pre>", *(f"<p>{escape(part)}</p>" for part in after)])
    subject = _("Audit checkpoint of {0}: {1} events").format(site.name, signed.checkpoint.tree_size)
    return Message(one_line(subject, 200), text, html)
