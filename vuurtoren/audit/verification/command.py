"""What `monitoring audit …` does, for the bench and the embedded site alike: text out, an exit code back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from vuurtoren.audit.seals.findings import (
    ANSWERS,
    EXIT_INCOMPLETE,
    EXIT_NOT_RUN,
    OK,
    Verification,
    answer_in_words,
)
from vuurtoren.audit.seals.keys import KeysMissing
from vuurtoren.audit.seals.note import PublicKey
from vuurtoren.audit.seals.sealer import seal as seal_all
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.search.sensitive_details import EXPORTED, note_opening
from vuurtoren.audit.verification import daily_verification, proof_file
from vuurtoren.audit.verification.export import VERIFIER, NothingToExport, in_the_readers_language
from vuurtoren.audit.verification.export import export as export_to
from vuurtoren.audit.verification.proofs import NotProvable
from vuurtoren.audit.verification.proofs import prove as prove_event
from vuurtoren.audit.verification.verification import Anchor, Progress
from vuurtoren.audit.verification.verification import verify as verify_all
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words, reason, said

Say = Callable[[str], object]


def seal(site: Site, say: Say) -> int:
    """Seal everything now, late events too."""
    try:
        done = seal_all(site, sweep=True)
    except SiteError as error:
        return _not_run(site, say, error)
    _ = site.translate
    say(_("Events sealed: {0}, checkpoints signed: {1}").format(done.sealed, done.checkpoints))
    for event in done.flagged:
        say(_("changed before it was sealed: event {0}").format(event))
    return EXIT_INCOMPLETE if done.overtaken else OK


def verify(
    site: Site,
    say: Say,
    *,
    anchors: Sequence[Path] = (),
    shorts: Sequence[str] = (),
    keys: Sequence[str] = (),
    since: int = 0,
    as_json: bool = False,
    progress: Progress | None = None,
) -> int:
    """Verify, say every finding, and store the result; 0 ok, 1 tampered, 2 incomplete, 3 could not run."""
    try:
        known = [Anchor.from_note(path.read_text("utf-8"), str(path)) for path in anchors]
        known += [Anchor.from_short(text, f"short form {text}") for text in shorts]
        believed = [PublicKey.from_text(text) for text in keys]
        result = verify_all(site, anchors=known, keys=believed, since=since, progress=progress)
    except (SiteError, ValueError, OSError) as error:
        return _not_run(site, say, error)
    not_kept = _keep(site, result, whole=not since)
    if as_json:
        say(json.dumps(asdict(result) | {"answer": ANSWERS[result.exit_code]}, indent=1))
    else:
        for finding in result.findings:
            say(said(finding.words, site.translate))
        say(said(answer_in_words(result.answer), site.translate))
        if not_kept:
            say(not_kept)
    return result.exit_code


def _keep(site: Site, result: Verification, *, whole: bool) -> str:
    """Store the result for everybody who reads it; why that failed, or empty."""
    try:
        daily_verification.keep(site, result, whole=whole)
    except SiteError as refused:
        site.rollback()
        return said(Words("the result could not be stored: {0}", refused), site.translate)
    return ""


def prove(site: Site, say: Say, event_id: str) -> int:
    """Print the proof of one event as JSON."""
    try:
        proof = prove_event(site, event_id)
    except (NotProvable, NothingToExport) as error:
        say(said(reason(error), site.translate))
        return EXIT_INCOMPLETE
    except (SiteError, ValueError) as error:
        return _not_run(site, say, error)
    say(json.dumps(proof, indent=1, ensure_ascii=False))
    return _opened(site, event_id, {"proof_of": event_id})


def proof(site: Site, say: Say, event_id: str, file: Path) -> int:
    """Write a zip with everything that an auditor needs to check one event."""
    try:
        proof_file.write(site, event_id, file)
    except (NotProvable, NothingToExport) as error:
        say(said(reason(error), site.translate))
        return EXIT_INCOMPLETE
    except (SiteError, ValueError, OSError) as error:
        return _not_run(site, say, error)
    say(str(file))
    return _opened(site, event_id, {"proof_of": event_id})


def export(
    site: Site,
    say: Say,
    folder: Path,
    *,
    since_utc: datetime | None = None,
    until_utc: datetime | None = None,
) -> int:
    """Write an export into a new folder, and say how it is checked."""
    try:
        made = export_to(site, folder, since_utc=since_utc, until_utc=until_utc)
    except (SiteError, ValueError, OSError) as error:
        return _not_run(site, say, error)
    check = f"python3 {VERIFIER}{in_the_readers_language(site)} {made} --key KEY"
    say(site.translate("exported to {0}; check it with: {1}").format(made, check))
    return _opened(site, "", {"folder": str(made)})


def _opened(site: Site, event_id: str, details: dict[str, str]) -> int:
    """Details have left the site in clear: that is an entry."""
    note_opening(site, LOG, event_id, EXPORTED, details)
    site.commit()
    return OK


def _not_run(site: Site, say: Say, error: Exception) -> int:
    text = Words("could not run: {0}", error)
    if isinstance(error, KeysMissing):
        text = Words("could not run: {0}; seal first, which makes them", error)
    say(said(text, site.translate))
    return EXIT_NOT_RUN
