"""Small plots as SVG, in the colours of the page around them.  Every mark says its figures."""

from collections.abc import Iterable, Sequence
from html import escape
from math import ceil, floor, log10

from attrs import frozen

from diffgem_lsp.acceptance.figures import Share

WIDTH, WIDE, HEIGHT = 640, 1320, 200
LEFT, RIGHT, BOTTOM, TOP = 44, 16, 24, 12
ROW = 30


@frozen
class Bar:
    """`part` of `whole`, both from 0 on."""

    label: str
    whole: float
    part: float
    says: str


def columns(bars: Sequence[Bar], about: str, width: int = WIDTH) -> str:
    """One beside the other, the part in front of the whole; labels where there is room."""
    most = _round_up(max((bar.whole for bar in bars), default=0))
    step = (width - LEFT - RIGHT) / max(1, len(bars))
    every = ceil(56 / step)
    marks = [_axis(most, width=width)]
    for number, bar in enumerate(bars):
        x, wide = LEFT + (number + 0.14) * step, max(1.0, step * 0.72)
        marks.append(f"<g><title>{escape(bar.says)}</title>")
        marks += [_column(x, wide, bar.whole / most, "whole")]
        marks += [_column(x, wide, bar.part / most, "part"), "</g>"]
        if number % every == 0:
            marks.append(_text(x + wide / 2, HEIGHT - 7, bar.label, "middle"))
    return _svg(HEIGHT, about, marks, width)


def rates(shares: Iterable[tuple[str, Share]], about: str) -> str:
    """One rate below the other, with its interval."""
    rows = list(shares)
    marks: list[str] = []
    for number, (name, share) in enumerate(rows):
        marks += _rate(number * ROW, name, share)
    return _svg(max(1, len(rows)) * ROW, about, marks)


def calibration(shares: Sequence[Share], about: str) -> str:
    """How often what was so sure was accepted; the intervals show how much that says."""
    step = (WIDTH - LEFT - RIGHT) / len(shares)
    marks = [_axis(1.0, "%")]
    for number, share in enumerate(shares):
        if share.rate is None:
            continue
        x, (low, high) = LEFT + (number + 0.5) * step, share.interval
        title = f"confidence {number / len(shares):.1f} and more: {spoken(share)}"
        marks.append(f"<g><title>{escape(title)}</title>")
        marks.append(_line(x, _y(low), x, _y(high), "reach"))
        marks.append(f'<circle class="dot" cx="{x:.1f}" cy="{_y(share.rate):.1f}" r="5"/></g>')
    for number in range(len(shares) + 1):
        label = f"{number / len(shares):.1f}"
        marks.append(_text(LEFT + number * step, HEIGHT - 7, label, "middle"))
    return _svg(HEIGHT, about, marks)


def spoken(share: Share) -> str:
    if share.rate is None:
        return "none"
    low, high = share.interval
    return f"{share.count:,} of {share.total:,}, {share.rate:.1%} ({low:.0%} to {high:.0%})"


def _rate(y: float, name: str, share: Share) -> list[str]:
    left, right = 150, WIDTH - 190
    (low, high), rate, known = share.interval, share.rate or 0.0, share.rate is not None
    scale = right - left
    middle = y + ROW / 2
    return [
        f"<g><title>{escape(f'{name}: {spoken(share)}')}</title>",
        _text(0, middle + 4, name[:20], "start", "name"),
        _box(left, y + 8, scale, ROW - 16, "whole"),
        _box(left, y + 8, scale * rate, ROW - 16, "part"),
        *([_line(left + scale * low, middle, left + scale * high, middle, "reach")] * known),
        _text(right + 12, middle + 4, f"{rate:.1%}" if known else "–", "start", "name"),
        _text(WIDTH, middle + 4, f"{share.count:,} of {share.total:,}", "end"),
        "</g>",
    ]


def _axis(most: float, unit: str = "", width: int = WIDTH) -> str:
    marks = []
    for share in (0.0, 0.5, 1.0):
        value = f"{share:.0%}" if unit else f"{share * most:,.0f}"
        marks.append(_line(LEFT, _y(share), width - RIGHT, _y(share), "grid"))
        marks.append(_text(LEFT - 8, _y(share) + 4, value, "end"))
    return "".join(marks)


def _column(x: float, wide: float, share: float, kind: str) -> str:
    return _box(x, _y(share), wide, _y(0.0) - _y(share), kind)


def _box(x: float, y: float, wide: float, high: float, kind: str) -> str:
    size = f'width="{wide:.1f}" height="{high:.1f}"'
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" {size} rx="2"/>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str, kind: str = "label") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}>{escape(text)}</text>'


def _y(share: float) -> float:
    return TOP + (1 - share) * (HEIGHT - BOTTOM - TOP)


def _round_up(value: float) -> float:
    """To a number whose half reads well."""
    power = 10.0 ** floor(log10(max(value, 2.0)))
    return next(size * power for size in (1, 2, 4, 6, 8, 10) if size * power >= max(value, 2.0))


def _svg(height: float, about: str, marks: Iterable[str], width: int = WIDTH) -> str:
    label = f'role="img" aria-label="{escape(about)}"'
    return f'<svg viewBox="0 0 {width} {height:.0f}" {label}>{"".join(marks)}</svg>'
