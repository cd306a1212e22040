"""The report: a table to read, or one JSON object to script against."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from diffgem_engine.bench.figures import Figure, Measurement

WIDTHS = (38, 14, 14)  # name, value, target; then the verdict
INDENT = "  "
COLUMNS = 80


def as_json(
    machine: Mapping[str, object], about: Mapping[str, object], found: Mapping[str, Measurement]
) -> dict[str, object]:
    """The keys are stable:

    machine       see `machine.describe`
    model         as given with --model; "embedded" for the one that ships, "random NAME" for
                  --random-weights
    device, dtype, quantize   of the weights
    quick         true when the counts were too low for the figures to mean anything
    measurements  by name: each figure by its key; `targets`, by the same keys, each
                  `{"at_most" or "at_least": number, "met": bool}`; `met`, all of them; and
                  `notes`, sentences on what has no figure
    met           whether every target of every measurement is met
    """
    return {
        "machine": dict(machine),
        **about,
        "measurements": {name: _measurement(one) for name, one in found.items()},
        "met": all(one.met for one in found.values()),
    }


def _measurement(one: Measurement) -> dict[str, object]:
    values = {figure.key: round(figure.value, 4) for figure in one.figures}
    targets = {f.key: _target(f) for f in one.figures if f.met is not None}
    return {**values, "targets": targets, "met": one.met, "notes": list(one.notes)}


def _target(figure: Figure) -> dict[str, object]:
    bound = "at_least" if figure.at_most is None else "at_most"
    return {bound: getattr(figure, bound), "met": figure.met}


def heading(machine: Mapping[str, object], about: Mapping[str, object]) -> Iterator[str]:
    """The lines above the table."""
    versions = machine["versions"]
    torch, transformers = (
        (versions["torch"], versions["transformers"]) if isinstance(versions, dict) else ("?", "?")
    )
    yield f"{machine['cpu']}, {machine['cores']} cores, load {machine['load']}"
    yield f"torch {torch} on {machine['torch_threads']} threads, transformers {transformers}"
    if machine["gpu"]:
        yield str(machine["gpu"])
    experts = "" if about["quantize"] == "none" else f", {about['quantize']} experts"
    yield f"model {about['model']}, {about['dtype']}{experts} on {about['device']}"


def rows(name: str, one: Measurement) -> Iterator[str]:
    """One measurement's part of the table, in COLUMNS columns."""
    yield ""
    yield f"{name}: {one.title}"
    for figure in one.figures:
        cells = (figure.key, _value(figure.value, figure.unit), _bound(figure))
        padded = (
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
        )
        yield f"{INDENT}{''.join(padded)}{_verdict(figure)}".rstrip()
    for note in one.notes:
        yield from textwrap.wrap(note, COLUMNS, initial_indent=INDENT, subsequent_indent=INDENT)


def page(
    machine: Mapping[str, object],
    about: Mapping[str, object],
    found: Mapping[str, Measurement],
    plots: Iterable[str],
) -> str:
    """All of it in Markdown, with the names of the plots that lie beside it."""
    lines = ["# Speed and memory", "", *(f"{line}  " for line in heading(machine, about))]
    if about["quick"]:
        lines += ["", "A quick run: too few repetitions for these figures to mean much."]
    for name, one in found.items():
        lines += [
            "",
            f"## {name}",
            "",
            one.title,
            "",
            "| | found | aimed at | |",
            "| --- " * 4 + "|",
        ]
        for figure in one.figures:
            value, bound = _value(figure.value, figure.unit), _bound(figure)
            lines.append(f"| {figure.key} | {value} | {bound} | {_verdict(figure).strip()} |")
        lines += [line for note in one.notes for line in ("", note)]
    lines += [line for plot in plots for line in ("", f"![{plot.removesuffix('.svg')}]({plot})")]
    return "\n".join(lines) + "\n"


def _bound(figure: Figure) -> str:
    if figure.at_most is not None:
        return f"≤ {_value(figure.at_most, figure.unit)}"
    return "" if figure.at_least is None else f"≥ {_value(figure.at_least, figure.unit)}"


def _verdict(figure: Figure) -> str:
    return {True: "  met", False: "  MISSED", None: ""}[figure.met]


def _value(value: float, unit: str) -> str:
    digits = 0 if value == int(value) or value >= 1000 else 1 if value >= 100 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()
