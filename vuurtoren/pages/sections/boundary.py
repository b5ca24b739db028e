"""The error boundary of a section: one that fails hides no other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from vuurtoren import failures
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.parts import PageSection
from vuurtoren.privacy.log_redaction import redacting
from vuurtoren.site.errors import Unavailable

Content = TypeVar("Content")
log = redacting(logging.getLogger(__name__))


def section(facts: Facts, key: str, title: str, build: Callable[[Facts], Content]) -> PageSection[Content]:
    """The section, or in place of its content the reason why it could not be built; once for a page.

    Nothing is written to the Error Log: looking at a page must not raise the error rate that it shows.
    """
    place = (key, build)
    if place not in facts.kept:
        facts.kept[place] = _built(facts, key, title, build)
    return replace(facts.kept[place], title=title)


def _built(facts: Facts, key: str, title: str, build: Callable[[Facts], Content]) -> PageSection[Content]:
    try:
        return PageSection(key, title, build(facts))
    except Unavailable as unavailable:
        return PageSection(key, title, None, unavailable.said(facts.site.translate))
    except Exception as failure:
        if failures.LOUD:
            raise
        log.exception("Section %s of the monitoring page failed", key)
        return PageSection(key, title, None, failures.explain(failure))
