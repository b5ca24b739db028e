"""The mail that carries a signed checkpoint, and the line of it for the minutes of a meeting."""

from __future__ import annotations

from datetime import datetime
from html import escape

from vuurtoren.audit.seals.checkpoint import SignedCheckpoint
from vuurtoren.audit.verification.export import VERIFIER, in_the_readers_language
from vuurtoren.outward.templating import Message
from vuurtoren.privacy.text import one_line
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment
from vuurtoren.site.words.plurals import plural


def for_minutes(site: Site, signed: SignedCheckpoint) -> str:
    """One sentence that a secretary can copy; size and sixteen digits are enough to hold the log to it.

    Its time is site time with the zone, as the sentence leaves the page.
    """
    checkpoint = signed.checkpoint
    text = plural(
        site.translate,
        checkpoint.tree_size,
        "SEPA audit trail of {0}: {1} event, root {2}, sealed {3} ({4}).",
        "SEPA audit trail of {0}: {1} events, root {2}, sealed {3} ({4}).",
    )
    return text.format(
        site.name,
        checkpoint.tree_size,
        checkpoint.root.hex()[:16],
        moment(site.from_utc(datetime.fromisoformat(checkpoint.time_utc[:16])), site.translate),
        site.time_zone(),
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
            "To check it you need nothing of ours: save the checkpoint in a file and ask for an export of the"
            " audit trail. A small program lies in it that needs Python alone and is made to be read:"
            " `python3 {0} FOLDER --anchor FILE`."
        ).format(f"{VERIFIER}{in_the_readers_language(site)}")
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
    size = signed.checkpoint.tree_size
    subject = plural(_, size, "Audit checkpoint of {0}: {1} event", "Audit checkpoint of {0}: {1} events")
    subject = subject.format(site.name, size)
    return Message(one_line(subject, 200), text, html)
