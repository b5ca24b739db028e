"""The panel of the services outside."""

from __future__ import annotations

from vuurtoren.signals.panel import PanelContent, PanelPage, SignalPanel, table
from vuurtoren.signals.placement import Number, numbers
from vuurtoren.signals.services.source import ALL_CALLS, ALL_FAILED, FAILED_HOUR, SHARE
from vuurtoren.site.words.plurals import plural


def services(page: PanelPage) -> PanelContent:
    _ = page.translate
    failed = page.number(Number(ALL_FAILED))
    judged = tuple(
        Number(metric.key, labels=metric.labels)
        for key in (FAILED_HOUR, SHARE)
        for metric in page.snapshot.all(key)
        if metric.labels
    )
    return PanelContent(
        failed.reason or _said(page, int(failed.value or 0)),
        (Number(ALL_FAILED), *judged),
        numbers(ALL_CALLS, ALL_FAILED),
        columns=(_("Service"), _("Calls"), _("Failed")) if failed.evidence else (),
        rows=table(failed.evidence, "service", "calls", "failed"),
    )


def _said(page: PanelPage, failed: int) -> str:
    _ = page.translate
    if not page.number(Number(ALL_CALLS)).value:
        return _("No service was called within a day.")
    if not failed:
        return _("No call failed within a day.")
    return plural(_, failed, "1 call failed within a day.", "{0} calls failed within a day.").format(failed)


PANELS = (SignalPanel("services", "Services outside", services),)
