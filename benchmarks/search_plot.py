"""A plot of times over sizes, both on logarithmic scales, as SVG."""

import math
from collections.abc import Iterator, Mapping, Sequence

Series = Mapping[str, Sequence[tuple[int, float]]]

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 46, 48
COLOURS = ("#1b7f79", "#2f5dab", "#b4471f")


def draw_growth(search: Series, naive: Series) -> str:
    """Return the plot: search as full lines, naive joins as dashed ones, a colour for each viewport."""
    points = [point for series in (search, naive) for line in series.values() for point in line]
    sizes = sorted({size for size, _ in points})
    least = math.floor(math.log10(min(ms for _, ms in points)))
    most = math.ceil(math.log10(max(ms for _, ms in points)))
    scale = _Scale(sizes, least, most)
    parts = [*_frame(scale, sizes, least, most)]
    for series, dash, suffix in ((search, "", ""), (naive, ' stroke-dasharray="5 4"', ", naive")):
        for colour, (kind, line) in zip(COLOURS, series.items(), strict=True):
            path = " ".join(f"{scale.x(size):.1f},{scale.y(ms):.1f}" for size, ms in line)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
            parts += [f'<circle cx="{scale.x(s):.1f}" cy="{scale.y(ms):.1f}" r="3" fill="{colour}"/>' for s, ms in line]
            size, ms = line[-1]
            label = f"{kind}{suffix}: {ms:.2g} ms" if ms < 100 else f"{kind}{suffix}: {ms:.0f} ms"
            parts.append(_text(scale.x(size) + 8, scale.y(ms) + 4, label, colour=colour))
    body = "\n  ".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
        f' font-size="12">\n  {body}\n</svg>\n'
    )


class _Scale:
    def __init__(self, sizes: Sequence[int], least: int, most: int) -> None:
        self._first, self._last = math.log10(sizes[0]), math.log10(sizes[-1])
        self._least, self._most = least, most

    def x(self, size: int) -> float:
        span = self._last - self._first or 1
        return LEFT + (math.log10(size) - self._first) / span * (WIDTH - LEFT - RIGHT)

    def y(self, ms: float) -> float:
        share = (math.log10(ms) - self._least) / (self._most - self._least)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _frame(scale: _Scale, sizes: Sequence[int], least: int, most: int) -> Iterator[str]:
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    yield _text(LEFT, 24, "Median of one search by the number of listings", size=15)
    for power in range(least, most + 1):
        y = scale.y(10**power)
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>'
        yield _text(LEFT - 8, y + 4, f"{10**power:g} ms", anchor="end")
    for size in sizes:
        yield _text(scale.x(size), HEIGHT - BOTTOM + 20, f"{size:,}", anchor="middle")


def _text(x: float, y: float, words: str, *, colour: str = "#333333", anchor: str = "start", size: int = 12) -> str:
    style = f'fill="{colour}" text-anchor="{anchor}" font-size="{size}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{words}</text>'
