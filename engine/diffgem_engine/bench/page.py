"""The report as a page in Markdown, with the plots that lie beside it."""

from collections.abc import Iterable, Iterator, Mapping

from diffgem_engine.bench.figures import Measurement
from diffgem_engine.bench.report import (
    alone,
    bound_of,
    grouped,
    heading,
    summary,
    value_of,
    verdict,
)


def page(
    machine: Mapping[str, object],
    about: Mapping[str, object],
    found: Mapping[str, Measurement],
    plots: Iterable[str],
) -> str:
    """`plots` are file names."""
    lines = ["# Speed and memory", "", *(f"{line}  " for line in heading(machine, about))]
    if about["quick"]:
        lines += ["", "A quick run: too few repetitions for these figures to mean much."]
    for name, one in found.items():
        lines += ["", f"## {name}", "", f"{one.title}.", *_tables(one)]
        lines += [line for note in one.notes for line in ("", f"{note}.")]
    lines += ["", f"{summary(found)}."]
    lines += [line for name in plots for line in ("", f"![{name.removesuffix('.svg')}]({name})")]
    return "\n".join(lines) + "\n"


def _tables(one: Measurement) -> Iterator[str]:
    if groups := grouped(one):
        yield from _table(groups)
    rows = [
        [figure.key, value_of(figure), bound_of(figure), verdict(figure).strip()]
        for figure in alone(one)
    ]
    if rows:
        yield from _table([["", "found", "aimed at", ""], *rows])


def _table(rows: list[list[str]]) -> Iterator[str]:
    head, *others = rows
    yield ""
    for row in (head, ["---"] * len(head), *others):
        yield f"| {' | '.join(row)} |"
