"""What the reports are made of: each part is read once, behind the one error boundary of its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from verenigingen.alerts.own_errors import boundary
from verenigingen.analytics import compliance, outlook, recommendations, sepa_outcomes
from verenigingen.analytics.compliance import Gap
from verenigingen.analytics.error_analysis import ErrorAnalysis
from verenigingen.analytics.outlook import Outlook
from verenigingen.analytics.period import Period
from verenigingen.analytics.sepa_outcomes import Outcome
from verenigingen.site.errors import Unavailable
from verenigingen.site.protocol import Site

Content = TypeVar("Content")


@dataclass(frozen=True)
class Section(Generic[Content]):
    """One part of a report: what it holds, or the reason why it cannot say."""

    content: Content | None
    unknown: str = ""


@dataclass(frozen=True)
class Sections:
    """The parts of every report about one site and one period."""

    site: Site
    period: Period

    @cached_property
    def errors(self) -> Section[ErrorAnalysis]:
        return self._section("errors", self._errors)

    @cached_property
    def resources(self) -> Section[list[Outlook]]:
        return self._section("resources", lambda: outlook.outlooks(self.site, self.period))

    @cached_property
    def sepa(self) -> Section[list[Outcome]]:
        return self._section("SEPA outcomes", lambda: sepa_outcomes.outcomes(self.site, self.period))

    @cached_property
    def gaps(self) -> Section[list[Gap]]:
        return self._section("the audit trail", self._gaps)

    @cached_property
    def alerts(self) -> Section[list[dict[str, Any]]]:
        return self._section("open alerts", lambda: recommendations.open_alerts(self.site))

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

    def _section(self, name: str, read: Callable[[], Content]) -> Section[Content]:
        content: Content | None = None
        with boundary(self.site, f"report: {name}", let_through=(Unavailable,)) as caught:
            try:
                content = read()
            except Unavailable as unavailable:
                return Section(None, str(unavailable))
        return Section(content, caught.reason)
