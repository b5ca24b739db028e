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

_NAME_IT = "If you did that, name it: monitoring audit restored --by NAME --reason TEXT"
_SAID = {
    SET_BACK: "the log holds {size} events and not {lost}: it was set back, by a restored backup or a new"
    f" installation. {_NAME_IT}",
    FORKED: "the log does not hold {lost}: it was set back and has gone on from there; {size} events are in"
    f" it now. {_NAME_IT}",
    BAD_SIGNATURE: "no key that is believed signed {lost}: the app was installed anew with other keys, or the"
    f" files were brought here; the log holds {{size}} events. {_NAME_IT}",
}


def check_kept_files(site: Site, chain: Chain, given_up: Collection[str], result: Verification) -> None:
    """Compare every file with the log; what a person gave up by restoring is told, and is no accusation."""
    try:
        files = kept_files(site)
    except OSError as refused:
        result.add(NOT_CHECKABLE, f"the files with checkpoints cannot be read: {refused}")
        return
    unread = [file for file in files if not file.signed]
    if unread:
        which = f"{unread[0].name}, which holds a checkpoint, cannot be read"
        more = f", nor can {len(unread) - 1} more" if len(unread) > 1 else ""
        result.add(NOT_CHECKABLE, f"{which}{more}: {unread[0].problem}")
    gone = lost(files, chain.digests)
    all_named = restore_id(file.digest for file in gone) in given_up
    named = [file for file in gone if all_named or file.digest in given_up]
    _tell([file for file in gone if file not in named], chain, result)
    if named:
        gone_by = "because a person restored it, as an event in the log says"
        result.add(RESTORED, f"the log no longer holds {counted(named)} of its files, {gone_by}")


def _tell(gone: list[KeptFile], chain: Chain, result: Verification) -> None:
    believed = [file for file in gone if _is_believed(file, chain.keys)]
    for kind, files in (
        (BAD_SIGNATURE, [file for file in gone if file not in believed]),
        (SET_BACK, [file for file in believed if file.size > chain.size]),
        (FORKED, [file for file in believed if file.size <= chain.size]),
    ):
        if files:
            which = f"{counted(files)} of its files, the newest {files[-1].name}"
            result.add(kind, _SAID[kind].format(size=chain.size, lost=which))


def _is_believed(file: KeptFile, keys: Sequence[PublicKey]) -> bool:
    return file.signed is not None and any(file.signed.signed_by(key) for key in keys)
