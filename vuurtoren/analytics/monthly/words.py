"""The titles of the monthly review, and the one sentence above them."""

from __future__ import annotations

from vuurtoren.analytics.monthly.review import LEAST_DAYS, Review
from vuurtoren.analytics.statement import Statement
from vuurtoren.site.protocol import Site


def headline_of(site: Site, found: Review) -> str:
    """What the month was like, in one sentence."""
    if found.attention or found.ahead or found.costs:
        text = site.translate("Needs attention: {0}; will need it: {1}; became better: {2}")
        needing = len(found.attention) + len(found.costs)
        return text.format(needing, len(found.ahead), len(found.better))
    return site.translate("Nothing needs attention this month")


def parts_of(site: Site, found: Review) -> list[tuple[str, tuple[Statement, ...]]]:
    """The lists with their titles, in the order in which they are read."""
    _ = site.translate
    unmeasured = Statement(_("What it would cost to wait has not been measured."), "")
    costs = found.costs or ((unmeasured,) if found.attention or found.ahead else ())
    return [
        (_("What needs attention"), found.attention),
        (_("What will need attention"), found.ahead),
        (_("What it costs to wait"), costs),
        (_("What became better"), found.better),
        (_("What cannot be compared yet"), _unknown(site, found)),
    ]


def _unknown(site: Site, found: Review) -> tuple[Statement, ...]:
    if not found.unknown:
        return ()
    text = site.translate("Fewer than {0} days of this month or of the one before are known: {1}.")
    return (Statement(text.format(LEAST_DAYS, ", ".join(found.unknown)), ""),)
