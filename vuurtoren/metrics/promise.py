"""What a source promises of a metric: its unit, what people call it, and what it says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """One metric as people know it; title and help are translated where they are shown.

    The help is one sentence for an administrator: what is counted, of which time, and what it leaves out.
    """

    unit: str
    title: str
    help: str = ""
