"""Figures -> a compact table for a terminal."""

from collections.abc import Iterator

from diffgem_lsp.acceptance.figures import Figures, Share

MOST_ROWS = 6  # of one group
WIDEST = 18


def rows(figures: Figures) -> Iterator[str]:
    """Its lines."""
    yield f"{'shown':<{WIDEST}}{figures.shown:>7,}"
    for name, share in figures.fates:
        yield _row(name, share)
    yield f"{'characters saved':<{WIDEST}}{figures.saved:>7,}"
    if figures.latency is not None:
        latency = figures.latency
        yield f"{'latency':<{WIDEST}}{latency.p50:>7,.0f} ms, 95th percentile {latency.p95:,.0f} ms"
    for title, group in figures.groups.items():
        yield ""
        yield f"accepted, by {title}"
        for name, share in group[:MOST_ROWS]:
            yield _row(f"  {name}", share)
        if len(group) > MOST_ROWS:
            yield f"  … {len(group) - MOST_ROWS} more"


def _row(name: str, share: Share) -> str:
    return f"{name[:WIDEST]:<{WIDEST}}{share.count:>7,} of {share.total:>7,}  {_rate(share)}"


def _rate(share: Share) -> str:
    if share.rate is None:
        return "    –"
    low, high = share.interval
    return f"{share.rate:>6.1%}  ({low:.0%} to {high:.0%})"
