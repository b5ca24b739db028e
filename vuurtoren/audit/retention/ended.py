"""A trail that ends with the app is written out, and the files of its checkpoints go with it.

A later trail of the site is then no fork of it, and names it in an entry. What the log did not hold when it
ended stays in its place, so the later trail tells of that too.
"""

from __future__ import annotations

from pathlib import Path

from vuurtoren.audit.anchors import file
from vuurtoren.audit.anchors.checkpoint_publishing import newest
from vuurtoren.audit.anchors.kept_files import KeptFile, digests_held, files_in, kept_files, paths
from vuurtoren.audit.recording.recording import PENDING_REVIEW, record
from vuurtoren.audit.seals.removals import MAINTENANCE
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import CHECKPOINT, LOG
from vuurtoren.audit.verification.export import export
from vuurtoren.failures import error_boundary
from vuurtoren.site.private_files import private_folder
from vuurtoren.site.protocol import Site

ENDED = ("private", "sepa_audit_ended")
GIVEN_BACK = ("private", "sepa_audit_given_back")
TRAIL, CHECKPOINTS = "trail", "checkpoints"
BEGUN_ANEW = "trail_begun_anew"


def end(site: Site, parent: tuple[str, ...]) -> Path:
    """Write the trail out, with its checkpoints; the folder, whose name is the time. Commits.

    What fails of it is reported, and holds up neither the rest nor the uninstall.
    """
    folder = private_folder(site.site_path().joinpath(*parent, f"{site.now():%Y%m%dT%H%M%S}"))
    with error_boundary(site, "exporting the audit trail that ends", undo=True):
        seal(site, sweep=True)
        export(site, folder / TRAIL)
    with error_boundary(site, "taking the checkpoints of the audit trail along", undo=True):
        _take_along(site, folder / CHECKPOINTS)
    return folder


def has_trail(site: Site) -> bool:
    """Whether there is anything that could end."""
    return bool(site.get_all(LOG, ["name"], limit=1))


def name_former(site: Site) -> None:
    """Write into a trail that begins which one went before it, where one ended with the app. Commits."""
    former = _newest_of_ended(site)
    if former is None:
        return
    details = {
        "former_trail_events": former.size,
        "former_trail_checkpoint": former.name,
        "former_trail_digest": former.digest,
    }
    once = f"begun-{former.digest[:32]}"
    record(site, MAINTENANCE, CHECKPOINT, "", BEGUN_ANEW, PENDING_REVIEW, details, event_id=once)
    site.commit()


def _take_along(site: Site, folder: Path) -> None:
    row, signed = newest(site)
    if signed is not None:
        file.write(site, int(row), signed)
    held, private = digests_held(site), private_folder(folder)
    places = {path.name: path for _number, path in paths(site)}
    for kept in kept_files(site):
        if kept.digest in held:
            places[kept.name].rename(private / kept.name)


def _newest_of_ended(site: Site) -> KeptFile | None:
    found = [site.site_path().joinpath(*parent).glob(f"*/{CHECKPOINTS}") for parent in (ENDED, GIVEN_BACK)]
    folders = sorted((folder for each in found for folder in each), key=lambda folder: folder.parent.name)
    files = [kept for folder in folders for kept in files_in(folder) if kept.signed]
    return files[-1] if files else None
