"""The outbox shows its messages whatever lies in its folder."""

from __future__ import annotations

from tests.embedded.conftest import Visitor
from vuurtoren.embedded.mailer import OUTBOX_FOLDER
from vuurtoren.embedded.store.sqlite_site import SQLiteSite


def test_folders_dangling_links_and_unknown_charsets_break_nothing(
    site: SQLiteSite, visitor: Visitor
) -> None:
    outbox = site.folder / OUTBOX_FOLDER
    outbox.mkdir()
    (outbox / "folder.eml").mkdir()
    (outbox / "dangling.eml").symlink_to(outbox / "nothing")
    strange = "Subject: Strange\nContent-Type: text/plain; charset=klingon\n\nbody text\n"
    (outbox / "strange.eml").write_text(strange)
    listed = visitor.get("/outbox")
    assert listed.status_code == 200 and "Strange" in listed.text
    shown = visitor.get("/outbox/strange.eml")
    assert shown.status_code == 200 and "body text" in shown.text
    assert visitor.get("/outbox/folder.eml").status_code == 404
    assert visitor.get("/outbox/dangling.eml").status_code == 404
