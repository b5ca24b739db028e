"""What the checklist asks of the security of a site: who may change what, and how mail leaves."""

from __future__ import annotations

from vuurtoren.acceptance.walk import Outcome, Walk, passed
from vuurtoren.endpoints.permission import PEOPLE
from vuurtoren.site.kept_text import is_own
from vuurtoren.site.protocol import in_bench

CHANGES = ("write", "create", "delete")
MOST_NAMED = 5


def access(walk: Walk) -> Outcome:
    """Whether a site gave the right to change alerts or settings to more than the roles that ship with it."""
    _ = walk.site.translate
    if not in_bench(walk.site):
        return Outcome("does not apply", _("This site runs without a bench."))
    given = walk.site.get_all("Custom DocPerm", ["parent", "role", *CHANGES])
    wider = sorted(
        {
            f"{row['role']} ({row['parent']})"
            for row in given
            if is_own(str(row["parent"])) and row["role"] not in PEOPLE and any(row[each] for each in CHANGES)
        }
    )
    held = _("Only {0} may change alerts and settings.").format(", ".join(PEOPLE))
    return passed(not wider, held, _("May change them too: {0}").format(", ".join(wider[:MOST_NAMED])))


def encrypted_mail(walk: Walk) -> Outcome:
    """Whether the connection to the mail server is encrypted."""
    _, site = walk.site.translate, walk.site
    ways = ["use_tls", "use_ssl_for_outgoing"]
    accounts = site.get_all("Email Account", ["name", *ways], {"default_outgoing": 1}, limit=1)
    if accounts:
        encrypted, named = any(accounts[0][way] for way in ways), str(accounts[0]["name"])
    elif site.conf("mail_server"):
        encrypted, named = bool(site.conf("use_tls") or site.conf("use_ssl")), str(site.conf("mail_server"))
    else:
        return Outcome("does not apply", _("No mail server is set."))
    return passed(
        encrypted,
        _("{0}: the connection is encrypted.").format(named),
        _("{0}: the connection is not encrypted.").format(named),
    )
