"""The report: a table to read, or one JSON object to script against."""

import textwrap
from collections.abc import Iterator, Mapping

from diffgem_engine.bench.figures import Figure, Measurement

WIDTHS = (34, 14, 14)  # name, value, target; then the verdict
INDENT = "  "
CELL = 9  # columns of a figure beside those of its group, at least


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
    """One measurement's part of the table, in 100 columns."""
    yield ""
    yield f"{name}: {one.title}"
    yield from _columns(grouped(one))
    for figure in alone(one):
        cells = (figure.key, value_of(figure), bound_of(figure))
        padded = (
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
        )
        yield f"{INDENT}{''.join(padded)}{verdict(figure)}".rstrip()
    for note in one.notes:
        yield from textwrap.wrap(note, 80, initial_indent=INDENT, subsequent_indent=INDENT)


def summary(found: Mapping[str, Measurement]) -> str:
    """How many targets are met, and which are not."""
    judged = [(name, each) for name, one in found.items() for each in one.figures]
    missed = [f"{name}.{each.key}" for name, each in judged if each.met is False]
    met = sum(each.met is True for _, each in judged)
    if not missed:
        return f"{met} targets met, none missed"
    return f"{met} targets met, {len(missed)} missed: {', '.join(missed)}"


def _columns(rows: list[list[str]]) -> Iterator[str]:
    """The first is as wide as the longest group, the others as their heads at least."""
    group = max((len(first) for first, *_ in rows), default=0)
    widths = [max(CELL, len(head) + 1) for head in rows[0][1:]] if rows else []
    for first, *others in rows:
        padded = (cell.rjust(width) for cell, width in zip(others, widths, strict=True))
        yield f"{INDENT}{first.ljust(group)}{''.join(padded)}".rstrip()


def alone(one: Measurement) -> list[Figure]:
    """Those that have a line of their own: of no group, or with a target."""
    return [each for each in one.figures if each.met is not None or not _group(one, each)]


def grouped(one: Measurement) -> list[list[str]]:
    """Figures that differ in their group alone, a row for each group, below the ends of their keys;
    nothing where there are no groups.
    """
    found: dict[str, dict[str, str]] = {group: {} for group in one.groups}
    for figure in one.figures:
        if group := _group(one, figure):
            found[group][figure.key.removeprefix(group)] = _value(figure.value, "")
    ends = list(dict.fromkeys(end for cells in found.values() for end in cells))
    heads = [["", *ends]] if found else []
    return heads + [
        [group.rstrip("_"), *(cells.get(end, "") for end in ends)] for group, cells in found.items()
    ]


def _group(one: Measurement, figure: Figure) -> str:
    return next((group for group in one.groups if figure.key.startswith(group)), "")


def value_of(figure: Figure) -> str:
    return _value(figure.value, figure.unit)


def bound_of(figure: Figure) -> str:
    if figure.at_most is not None:
        return f"≤ {_value(figure.at_most, figure.unit)}"
    return "" if figure.at_least is None else f"≥ {_value(figure.at_least, figure.unit)}"


def verdict(figure: Figure) -> str:
    return {True: "  met", False: "  MISSED", None: ""}[figure.met]


def _value(value: float, unit: str) -> str:
    digits = 0 if value == int(value) or value >= 1000 else 1 if value >= 100 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()
