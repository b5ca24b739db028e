"""A person says that the log was set back on purpose: by a restored backup, or a new installation."""

from __future__ import annotations

from vuurtoren.audit.anchors.kept_files import KeptFile, counted, digests_held, kept_files, lost
from vuurtoren.audit.recording.recording import PENDING_REVIEW, record
from vuurtoren.audit.retention.retention import RetentionRefused, must_be_able_to_confirm, named_user
from vuurtoren.audit.seals.removals import MAINTENANCE, restore_id
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import CHECKPOINT
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

MOST_AT_ONCE = 200
"""As many digests as fit into the details of one entry."""
LONGEST_REASON = 1000


def name_restore(site: Site, by: str, reason: str) -> str:
    """Write an entry that gives up the checkpoints which files hold and the log does not; what to say.

    Commits. Nothing is taken away, and the files stay: every verification says how many were given up.
    Raises RetentionRefused where nothing is lost, or the named person may not, and other SiteErrors.
    """
    person = named_user(site, by)
    must_be_able_to_confirm(site, person)
    if not reason.strip():
        raise RetentionRefused(
            Words("say which backup was restored and why, or why the app was installed anew")
        )
    gone = lost(kept_files(site), digests_held(site))
    if not gone:
        raise RetentionRefused(Words("the log holds every checkpoint of its files: it was not set back"))
    for start in range(0, len(gone), MOST_AT_ONCE):
        _tell(site, gone[start : start + MOST_AT_ONCE], person, reason.strip()[:LONGEST_REASON])
    seal(site)
    return f"given up: {counted(gone)}, the newest {gone[-1].name}; the trail says so"


def _tell(site: Site, gone: list[KeptFile], person: str, reason: str) -> None:
    digests = [file.digest for file in gone]
    details = {
        "checkpoints_given_up": digests,
        "oldest": gone[0].name,
        "newest": gone[-1].name,
        "reason": reason,
    }
    who = {"user": person, "actor": person}
    record(
        site,
        MAINTENANCE,
        CHECKPOINT,
        "",
        "restore_named",
        PENDING_REVIEW,
        details,
        event_id=restore_id(digests),
        outcome=who,
    )
    site.commit()
