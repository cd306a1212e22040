"""Figures -> one page that needs nothing beside itself: no script, no network."""

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape

from diffgem_lsp.acceptance import plots
from diffgem_lsp.acceptance.figures import DAY_S, UP_TO_MS, Figures, Share
from diffgem_lsp.acceptance.plots import Bar

STYLE = """
:root { color-scheme: light dark; --ink: #1c2127; --faint: #66707c; --line: #d9dee4;
  --ground: #f6f7f9; --card: #ffffff; --whole: #d6e2f3; --part: #2666c9; --reach: #10356e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --faint: #98a2ae; --line: #343b44;
  --ground: #14171b; --card: #1c2026; --whole: #2b3a52; --part: #6ea8ff; --reach: #d5e5ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 56px; }
h1 { font-size: 26px; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 15px; margin: 0 0 2px; }
p { margin: 4px 0 0; color: var(--faint); max-width: 70ch; }
.tiles { display: grid; gap: 12px; margin: 28px 0 16px;
  grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); }
.tile, section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tile { padding: 14px 16px; }
.tile b { display: block; font-size: 26px; line-height: 1.2; font-weight: 650;
  font-variant-numeric: tabular-nums; }
.tile span, section p { font-size: 13px; color: var(--faint); }
.plots { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(430px, 1fr)); }
@media (max-width: 520px) { .plots { grid-template-columns: 1fr; } }
section { padding: 18px 20px 14px; min-width: 0; }
section.wide { grid-column: 1 / -1; }
svg { display: block; width: 100%; height: auto; margin-top: 14px; }
text { font-size: 12px; fill: var(--faint); font-variant-numeric: tabular-nums; }
text.name { font-size: 13px; fill: var(--ink); }
.whole { fill: var(--whole); } .part, .dot { fill: var(--part); }
.grid { stroke: var(--line); } .reach { stroke: var(--reach); stroke-width: 2; }
"""
EMPTY = "Nothing was shown yet. Type in an editor that has diffgem-lsp as its language server."
GROUPS = {
    "language": ("By language", "Accepted of those shown."),
    "hole": ("By kind of hole", "Where the cursor was."),
    "origin": ("By origin", "Denoised by the model, or a draft from the document."),
    "kind": ("By kind of suggestion", "Ghost text, popup, next edit, code action."),
    "trigger": ("By trigger", "By typing, or asked for by hand."),
}
UNCHANGED = "Retained is what is mostly unchanged: less than a third of it was edited."
MOST_ROWS = 8
MOST_DAYS = 90


def of(figures: Figures, since_days: int | None) -> str:
    """The whole page."""
    period = f"the last {since_days} days" if since_days else "all that is kept"
    body = "".join(_sections(figures)) if figures.shown else f"<section><p>{EMPTY}</p></section>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>DiffGem: suggestions</title><style>{STYLE}</style></head><body><main>"
        "<h1>What became of the suggestions</h1>"
        f"<p>{escape(period.capitalize())}, on this machine alone. No text is kept, and nothing is "
        f'sent.</p><div class="tiles">{"".join(_tiles(figures))}</div>'
        f'<div class="plots">{body}</div></main></body></html>\n'
    )


def _tiles(figures: Figures) -> Iterator[str]:
    yield _tile(f"{figures.shown:,}", "shown")
    yield _tile(_percent(figures.accepted), "accepted")
    yield _tile(_percent(figures.partly), "partly accepted")
    yield _tile(_percent(figures.retained_30), "retained after 30 s")
    yield _tile(_percent(figures.retained_300), "retained after 5 min")
    yield _tile(_percent(figures.reverted), "reverted at once")
    yield _tile(f"{figures.saved:,}", "characters saved")
    if figures.latency is not None:
        yield _tile(
            f"{figures.latency.p50:,.0f} ms", f"median latency, p95 {figures.latency.p95:,.0f} ms"
        )


def _tile(value: str, name: str) -> str:
    return f'<div class="tile"><b>{value}</b><span>{name}</span></div>'


def _percent(share: Share) -> str:
    return "–" if share.rate is None else f"{share.rate:.1%}"


def _sections(figures: Figures) -> Iterator[str]:
    yield _section("Day by day", "Shown, and in front of that accepted.", _days(figures), "wide")
    yield _section(
        "What stays", UNCHANGED, plots.rates(figures.fates, "What became of the suggestions")
    )
    if figures.latency is not None:
        bars = list(_latencies(figures.latency.bins))
        plot = plots.columns(bars, "How long suggestions took")
        yield _section("Latency", "Milliseconds from the request to the reply.", plot)
    about = "How often what was so sure was accepted, with 95% intervals."
    plot = plots.calibration(figures.calibration, about)
    yield _section("Confidence", about, plot)
    for name, (title, about) in GROUPS.items():
        group = figures.groups[name][:MOST_ROWS]
        yield _section(title, about, plots.rates(group, title))


def _section(title: str, about: str, plot: str, kind: str = "") -> str:
    return f'<section class="{kind}"><h2>{title}</h2><p>{about}</p>{plot}</section>'


def _days(figures: Figures) -> str:
    bars = [
        Bar(_date(day), share.total, share.count, f"{_date(day)}: {plots.spoken(share)}")
        for day, share in figures.days[-MOST_DAYS:]
    ]
    return plots.columns(bars, "Shown and accepted, day by day", plots.WIDE)


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * DAY_S, UTC).strftime("%m-%d")


def _latencies(bins: tuple[int, ...]) -> Iterator[Bar]:
    for number, count in enumerate(bins):
        beyond = number == len(UP_TO_MS)
        label = f"> {UP_TO_MS[-1]}" if beyond else f"≤ {UP_TO_MS[number]}"
        yield Bar(label, count, count, f"{label} ms: {count:,}")
