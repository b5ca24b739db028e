"""A course small enough for a line of a table: bars or a line without axes."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

SPARK = Markup(
    '<svg class="vm-spark" viewBox="0 0 {} 28" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
)
BAR = Markup('<rect x="{:g}" y="{:.1f}" width="{:g}" height="{:.1f}"{}/>')
LINE = Markup('<path d="{}"/>')
HEIGHT = 28.0


def spark_bars(amounts: Sequence[float | None], said: str, levels: Sequence[str] = ()) -> Markup:
    """One bar an amount; what was not counted is left out. `levels` colour each bar."""
    highest = max((each for each in amounts if each), default=0) or 1
    step = 300 / max(len(amounts), 1)
    bars = []
    for index, amount in enumerate(amounts):
        if amount is None or (amount == 0 and not levels):
            continue
        tall = max(HEIGHT * amount / highest, 1.5)
        css = Markup(' class="vm-bar-{}"').format(levels[index]) if levels else Markup()
        bars.append(BAR.format(index * step, HEIGHT - tall, max(step * 0.8, 0.5), tall, css))
    return SPARK.format(300, said, Markup().join(bars))


def spark_line(values: Sequence[float | None], said: str) -> Markup:
    """A line through the values, broken where there is none; it begins at zero unless that flattens it."""
    known = [each for each in values if each is not None]
    if len(known) < 2:
        return SPARK.format(300, said, Markup())
    low, high = min(known), max(known)
    low = 0.0 if low >= 0 and low < high * 0.7 else low
    span = (high - low) or 1
    path, up = [], True
    for index, value in enumerate(values):
        if value is None:
            up = True
            continue
        x, y = index * 300 / (len(values) - 1), HEIGHT - 2 - (HEIGHT - 4) * (value - low) / span
        path.append(f"{'M' if up else 'L'}{x:.1f} {y:.1f}")
        up = False
    return SPARK.format(300, said, LINE.format("".join(path)))
