"""What the reports are made of: each part is read once, behind the one error boundary of its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from vuurtoren.analytics import compliance, forecast, recommendations, sepa_outcomes
from vuurtoren.analytics.compliance import Gap
from vuurtoren.analytics.errors.error_analysis import ErrorAnalysis
from vuurtoren.analytics.forecast import Forecast
from vuurtoren.analytics.period import Period
from vuurtoren.analytics.sepa_outcomes import ProcessOutcome
from vuurtoren.failures import error_boundary
from vuurtoren.settings.settings import Settings
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site

Content = TypeVar("Content")


@dataclass(frozen=True)
class ReportSection(Generic[Content]):
    """One part of a report: what it holds, or the reason why it cannot say."""

    content: Content | None
    unknown: str = ""


@dataclass(frozen=True)
class Sections:
    """The parts of every report about one site and one period."""

    site: Site
    period: Period
    settings: Settings | None = None
    """Read anew where they are not given."""

    @cached_property
    def errors(self) -> ReportSection[ErrorAnalysis]:
        return self._section("errors", self._errors)

    @cached_property
    def resources(self) -> ReportSection[list[Forecast]]:
        return self._section("resources", self._resources)

    @cached_property
    def sepa(self) -> ReportSection[list[ProcessOutcome]]:
        return self._section("SEPA outcomes", lambda: sepa_outcomes.outcomes(self.site, self.period))

    @cached_property
    def gaps(self) -> ReportSection[list[Gap]]:
        return self._section("the audit trail", self._gaps)

    @cached_property
    def alerts(self) -> ReportSection[list[dict[str, Any]]]:
        return self._section("open alerts", lambda: recommendations.open_alerts(self.site))

    def _resources(self) -> list[Forecast]:
        return forecast.outlooks(self.site, self.period, chosen=self.settings)

    def _errors(self) -> ErrorAnalysis:
        """Everything is read here, so that what fails fails inside the boundary."""
        analysis = ErrorAnalysis(self.site, self.period)
        for name in ("spots", "per_day", "per_hour_of_day", "trend"):
            getattr(analysis, name)
        return analysis

    def _gaps(self) -> list[Gap]:
        if not self.site.has_doctype(sepa_outcomes.DOCTYPE):
            raise Unavailable(self.site.translate("SEPA Audit Log is not installed on this site"))
        return compliance.gaps(self.site, self.period)

    def _section(self, name: str, read: Callable[[], Content]) -> ReportSection[Content]:
        content: Content | None = None
        with error_boundary(self.site, f"report: {name}", let_through=(Unavailable,)) as caught:
            try:
                content = read()
            except Unavailable as unavailable:
                return ReportSection(None, unavailable.said(self.site.translate))
        return ReportSection(content, caught.reason)
