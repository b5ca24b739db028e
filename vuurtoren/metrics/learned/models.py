"""What was learned of each series, stored: one row of Metric Model for each of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from vuurtoren.failures import report
from vuurtoren.health import readiness
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.history.rows import LONGEST_TEXT, series_key
from vuurtoren.metrics.learned.baseline import Baseline, Usual
from vuurtoren.metrics.learned.forecasting import Forecast
from vuurtoren.site.errors import AlreadyExists
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import json_object, moment

DOCTYPE = "Metric Model"
FIELDS = ["name", "content"]


@dataclass(frozen=True)
class Model:
    """What is usual for a series and where it leads, None of what too little is known for.

    `since` is when its unit was last another one (UTC), `days` how many days of it were read.
    """

    unit: str
    learned_utc: datetime
    since_utc: datetime
    days: int = 0
    baseline: Baseline | None = None
    forecast: Forecast | None = None


def name_of(name: SeriesName) -> str:
    """The name of the row of a series."""
    return series_key(name)


def load(site: Site, names: Iterable[SeriesName]) -> dict[SeriesName, Model]:
    """The models that are there; one that cannot be read is reported and learned anew."""
    wanted = {name_of(name): name for name in names}
    if not wanted or not readiness.keeps(site, DOCTYPE):
        return {}
    found = {}
    for row in site.get_all(DOCTYPE, FIELDS, {"name": ("in", sorted(wanted))}):
        model = _readable(site, str(row["name"]), row["content"])
        if model:
            found[wanted[str(row["name"])]] = model
    return found


def save(site: Site, name: SeriesName, model: Model) -> None:
    """Store what was learned; of two at once one holds, as both learned the same. The caller commits."""
    values = {
        "metric": name.metric[:LONGEST_TEXT],
        "labels": name.label_text[:LONGEST_TEXT],
        "learned_at": site.from_utc(model.learned_utc),
        "days": model.days,
        "content": json.dumps(_plain(model), separators=(",", ":")),
    }
    key = name_of(name)
    if site.update(DOCTYPE, key, values):
        return
    try:
        site.insert(DOCTYPE, {"series_key": key, **values})
    except AlreadyExists:
        site.update(DOCTYPE, key, values)


def trim(site: Site, older_than: datetime, limit: int) -> int:
    """Delete what nobody learned again since then (site time): its series is no longer measured."""
    if not readiness.keeps(site, DOCTYPE):
        return 0
    return site.delete(DOCTYPE, {"learned_at": ("<", older_than)}, limit=limit)


def _plain(model: Model) -> dict[str, Any]:
    baseline = model.baseline
    return {
        "unit": model.unit,
        "learned": model.learned_utc.isoformat(" ", "seconds"),
        "since": model.since_utc.isoformat(" ", "seconds"),
        "days": model.days,
        "hours": baseline
        and {
            hour: _short((each.low, each.high, each.below, each.above))
            for hour, each in baseline.hours.items()
        },
        "month_days": baseline and {day: _short(each) for day, each in baseline.month_days.items()},
        "weeks": baseline.weeks if baseline else 0,
        "forecast": model.forecast and asdict(model.forecast),
    }


def _short(numbers: Iterable[float]) -> list[float]:
    return [float(f"{number:.6g}") for number in numbers]


def _readable(site: Site, key: str, content: str | None) -> Model | None:
    try:
        return _from_plain(json_object(content))
    except (ValueError, TypeError, KeyError, OverflowError) as damage:
        report(site, f"metrics.learned {key}", f"what was learned cannot be read: {damage}")
        return None


def _from_plain(plain: Mapping[str, Any]) -> Model:
    hours, line = plain["hours"], plain["forecast"]
    baseline = None
    if hours:
        baseline = Baseline(
            {_whole(hour, 167): Usual(*map(_number, each)) for hour, each in hours.items()},
            {
                _whole(day, 31): (_number(each[0]), _number(each[1]))
                for day, each in plain["month_days"].items()
            },
            _whole(plain["weeks"], 100),
        )
    forecast = None
    if line:
        forecast = Forecast(
            _number(line["day"]), _number(line["level"]), _number(line["slope"]),
            tuple((_whole(horizon, 10_000), _number(width)) for horizon, width in line["widths"]),
            _whole(line["days"], 100_000), bool(line["clear"]),
        )  # fmt: skip
        if not forecast.widths:
            raise ValueError("a forecast without an interval")
    return Model(
        str(plain["unit"]), moment(plain["learned"]), moment(plain["since"]), _whole(plain["days"], 10**6),
        baseline, forecast,
    )  # fmt: skip


def _whole(given: object, most: int) -> int:
    number = int(given)  # type: ignore[call-overload]
    if not 0 <= number <= most:
        raise ValueError(f"{number} is not from 0 to {most}")
    return int(number)


def _number(given: object) -> float:
    number = float(given)  # type: ignore[arg-type]
    if not math.isfinite(number):
        raise ValueError(f"{number} is no number to compare with")
    return number
