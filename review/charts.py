"""Plots as SVG and tables made on the server: no script, no inline style, readable at 390 px and by a screen reader.

Every text is escaped here, since the result is the only markup that templates take as it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, log10

from markupsafe import Markup, escape

#: The coordinates of a column plot; shown between 340 and 640 px wide.
_WIDTH, _HEIGHT = 420, 170
_LEFT, _BOTTOM, _TOP = 30, 22, 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a bar plot: what it is, its length in [0, 1], and the words beside it.

    ``inner`` is the part of the bar that is drawn darker; ``low`` and ``high`` bound an interval, if there is one.
    """

    label: str
    share: float
    words: str
    inner: float = 0.0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of column: its name, its class (``a``, ``b``, ``c``: the colours) and a value per day."""

    name: str
    colour: str
    values: Sequence[int]


def bars(rows: Iterable[Bar], *, empty: str = "Chưa có dữ liệu.") -> Markup:
    """Return a table whose middle column draws the value: each row reads by itself."""
    drawn = [
        Markup('<tr><th scope="row">{}</th><td>{}</td><td class="value">{}</td></tr>').format(
            row.label, _interval(row) if row.low is not None else _bar(row), row.words
        )
        for row in rows
    ]
    if not drawn:
        return Markup('<p class="muted">{}</p>').format(empty)
    return Markup('<table class="bars"><tbody>{}</tbody></table>').format(Markup("").join(drawn))


def _bar(row: Bar) -> Markup:
    return Markup(
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" class="plot" aria-hidden="true">'
        '<rect class="c back" width="100" height="10"/><rect class="a" width="{:.1f}" height="10"/>'
        '<rect class="b" width="{:.1f}" height="10"/></svg>'
    ).format(100 * _unit(row.share), 100 * _unit(row.inner))


def _interval(row: Bar) -> Markup:
    low, high, at = (100 * _unit(value or 0.0) for value in (row.low, row.high, row.share))
    return Markup(
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" class="plot" aria-hidden="true">'
        '<rect class="c back" width="100" height="10"/><rect class="soft" x="{:.1f}" y="2" width="{:.1f}" height="6"/>'
        '<rect class="a" x="{:.1f}" width="1.6" height="10"/></svg>'
    ).format(low, max(0.8, high - low), min(98.4, max(0.0, at - 0.8)))


def _unit(value: float) -> float:
    return min(1.0, max(0.0, value))


def columns(days: Sequence[str], series: Sequence[Series], title: str) -> Markup:
    """Return stacked columns, one a day, with a legend and an axis of whole numbers."""
    totals = [sum(each.values[at] for each in series) for at in range(len(days))]
    most = _round(max(totals, default=0))
    if not sum(totals):
        return Markup('<p class="muted">Chưa có dữ liệu trong khoảng thời gian này.</p>')
    step = (_WIDTH - _LEFT - 4) / max(1, len(days))
    said = f"{title}: tổng {sum(totals)}, nhiều nhất {max(totals)} trong một ngày"
    parts = [
        Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(_WIDTH, _HEIGHT, said),
        _axis(most),
    ]
    for at, day in enumerate(days):
        base = 0
        for each in series:
            value = each.values[at]
            if value:
                top, height = _y(base + value, most), _y(base, most) - _y(base + value, most)
                parts.append(
                    Markup(
                        '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">'
                        "<title>{}: {} {}</title></rect>"
                    ).format(
                        each.colour, _LEFT + at * step + step * 0.12, top, step * 0.76, height, day, each.name, value
                    )
                )
            base += value
    parts += [_day(days, at, step) for at in _named(len(days))]
    legend = [
        Markup(
            '<li><svg class="key plot" viewBox="0 0 12 12" aria-hidden="true">'
            '<rect class="{}" width="12" height="12"/></svg> {} ({})</li>'
        ).format(each.colour, each.name, sum(each.values))
        for each in series
    ]
    return Markup("").join(
        [*parts, Markup("</svg>"), Markup('<ul class="legend">{}</ul>').format(Markup("").join(legend))]
    )


def _named(count: int) -> list[int]:
    """Which days are named below the axis: at most five, the first and the last among them."""
    if count <= 5:
        return list(range(count))
    return sorted({round(n * (count - 1) / 4) for n in range(5)})


def _day(days: Sequence[str], at: int, step: float) -> Markup:
    anchor = "start" if at == 0 else "end" if at == len(days) - 1 else "middle"
    x = _LEFT + at * step + {"start": 0.0, "middle": step / 2, "end": step}[anchor]
    return Markup('<text x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(x, _HEIGHT - 6, anchor, days[at])


def _y(value: float, most: int) -> float:
    return _TOP + (_HEIGHT - _BOTTOM - _TOP) * (1 - value / most)


def _axis(most: int) -> Markup:
    lines = []
    for value in sorted({0, most // 2 if most > 1 else most, most}):
        y = _y(value, most)
        lines.append(
            Markup(
                '<line class="axis" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
                '<text x="{}" y="{:.1f}" text-anchor="end">{}</text>'
            ).format(_LEFT, _WIDTH, y, y, _LEFT - 5, y + 4, value)
        )
    return Markup("").join(lines)


def _round(value: int) -> int:
    """The end of an axis: the next even number of one or two leading digits."""
    if value <= 4:
        return max(1, value if value < 3 else 4)
    unit: int = 10 ** max(0, int(log10(value)) - 1)
    return 2 * unit * ceil(value / (2 * unit))


def figure(title: str, drawn: Markup, says: str = "") -> Markup:
    """Return a plot under its title, with the sentence that tells how to read it."""
    note = Markup('<p class="small muted">{}</p>').format(says) if says else Markup("")
    return Markup('<section class="figure"><h2>{}</h2>{}{}</section>').format(title, drawn, note)


def text(words: str) -> Markup:
    """Return a paragraph."""
    return Markup("<p>{}</p>").format(escape(words))
