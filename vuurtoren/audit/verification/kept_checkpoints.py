"""Each checkpoint in a file of this machine is one of the log, unless the log was set back."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from vuurtoren.audit.anchors.kept_files import KeptFile, counted, kept_files, lost
from vuurtoren.audit.seals.findings import (
    BAD_SIGNATURE,
    FORKED,
    NOT_CHECKABLE,
    RESTORED,
    SET_BACK,
    Verification,
)
from vuurtoren.audit.seals.note import PublicKey
from vuurtoren.audit.seals.removals import restore_id
from vuurtoren.audit.verification.checkpoint_chain import Chain
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

_NAME_IT = "monitoring audit restored --by NAME --reason TEXT"
_SAID = {
    SET_BACK: "the log holds {1} events and not {0}: it was set back, by a restored backup or a new"
    " installation. If you did that, name it: {2}",
    FORKED: "the log does not hold {0}: it was set back and has gone on from there; {1} events are in it now."
    " If you did that, name it: {2}",
    BAD_SIGNATURE: "no key that is believed signed {0}: the app was installed anew with other keys, or the"
    " files were brought here; the log holds {1} events. If you did that, name it: {2}",
}


def check_kept_files(site: Site, chain: Chain, given_up: Collection[str], result: Verification) -> None:
    """Compare every file with the log; what a person gave up by restoring is told, and is no accusation."""
    try:
        files = kept_files(site)
    except OSError as refused:
        result.add(NOT_CHECKABLE, Words("the files with checkpoints cannot be read: {0}", refused))
        return
    unread = [file for file in files if not file.signed]
    if unread:
        which = "{0}, which holds a checkpoint, cannot be read: {1}"
        if len(unread) > 1:
            which = "{0}, which holds a checkpoint, cannot be read, nor can {2} more: {1}"
        result.add(NOT_CHECKABLE, Words(which, unread[0].name, unread[0].problem, len(unread) - 1))
    gone = lost(files, chain.digests)
    all_named = restore_id(file.digest for file in gone) in given_up
    named = [file for file in gone if all_named or file.digest in given_up]
    _tell([file for file in gone if file not in named], chain, result)
    if named:
        gone_by = Words("because a person restored it, as an event in the log says")
        result.add(RESTORED, Words("the log no longer holds {0} of its files, {1}", counted(named), gone_by))


def _tell(gone: list[KeptFile], chain: Chain, result: Verification) -> None:
    believed = [file for file in gone if _is_believed(file, chain.keys)]
    for kind, files in (
        (BAD_SIGNATURE, [file for file in gone if file not in believed]),
        (SET_BACK, [file for file in believed if file.size > chain.size]),
        (FORKED, [file for file in believed if file.size <= chain.size]),
    ):
        if files:
            which = Words("{0} of its files, the newest {1}", counted(files), files[-1].name)
            result.add(kind, Words(_SAID[kind], which, chain.size, _NAME_IT))


def _is_believed(file: KeptFile, keys: Sequence[PublicKey]) -> bool:
    return file.signed is not None and any(file.signed.signed_by(key) for key in keys)
