"""Site Change: what changed on the site, by whom and when; written by `vuurtoren.changes` only."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord


class SiteChange(OwnRecord):
    """See site_change.json for its fields."""
