"""The front door of the analytics: what errors, resources and the SEPA trail say, as plain dictionaries."""

from typing import Any

from vuurtoren.analytics import compliance_report, forecast_report, insights_report
from vuurtoren.analytics.errors import error_report
from vuurtoren.analytics.period import period
from vuurtoren.analytics.sections import Sections
from vuurtoren.composition import current_site
from vuurtoren.site.protocol import Site

REPORT_DAYS = 30
COMPLIANCE_DAYS = 90


class AnalyticsEngine:
    """Reads what was stored and says what it bears out; writes nothing.

    In every answer `sources` names the questions that the numbers answer, `formulas` how a number was made,
    and `unknown` why a value is None. Periods end now; days are whole numbers from 1 to 365, anything else
    raises InvalidValue.
    """

    def __init__(self, site: Site | None = None) -> None:
        self.site = site or current_site()

    def analyze_error_patterns(self, days: int = 30) -> dict[str, Any]:
        """How many errors, of which kinds, at which hours, rising or falling."""
        return error_report.error_patterns(self._sections(days))

    def identify_error_hotspots(self, days: int = 7) -> dict[str, Any]:
        """The kinds of error by score, and which to mend first."""
        return error_report.error_hot_spots(self._sections(days))

    def forecast_performance_trends(self, days_back: int = 30, forecast_days: int = 7) -> dict[str, Any]:
        """How near each resource is to its limit, and when a clear trend takes it there."""
        sections = self._sections(days_back)
        return forecast_report.forecast(sections, period(self.site, forecast_days).days)

    def identify_compliance_gaps(self) -> dict[str, Any]:
        """What the SEPA audit trail of 90 days shows and lacks."""
        return compliance_report.compliance_gaps(self._sections(COMPLIANCE_DAYS))

    def get_performance_recommendations(self) -> dict[str, Any]:
        """What to do, most urgent first, each with its evidence."""
        return insights_report.performance_recommendations(self._sections(REPORT_DAYS))

    def generate_insights_report(self) -> dict[str, Any]:
        """Everything of the last 30 days: a summary in sentences, the parts, what to do."""
        return insights_report.insights(self._sections(REPORT_DAYS))

    def _sections(self, days: object) -> Sections:
        return Sections(self.site, period(self.site, days))
