"""The bench's plots, as SVG; each where its measurement was made."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator

from diffgem_engine.bench.figures import Measurement
from diffgem_engine.evaluation.plots import IDEAL, MODEL, OTHER, plot

Values = Mapping[str, float]  # of a measurement, by key
SHAPE = re.compile(r"slots(\d+)_prefix(\d+)_batch(\d+)_step_ms")
CANVAS = re.compile(r"canvas(\d+)_ours_ms")
USERS = re.compile(r"users(\d+)_p95_ms")


def draw(found: Mapping[str, Measurement], folder: Path, heading: Sequence[str]) -> list[str]:
    """The names of the files that are now in `folder`, which is there.

    The first line of `heading`, the machine, and the last, the model, stand in each.
    """
    names = []
    about = f"{heading[-1]}\n{heading[0]}"
    for measured, (title, fill) in PLOTS.items():
        if measured in found:
            names.append(f"{measured}.svg")
            values = {figure.key: figure.value for figure in found[measured].figures}
            with plot(folder / names[-1], f"{title}\n{about}") as axes:
                fill(values, axes)
    return names


def _floor(values: Values, axes: Axes) -> None:
    """A line for every prompt and batch, its floor dashed."""
    shapes = sorted(tuple(map(int, m.groups())) for m in map(SHAPE.fullmatch, values) if m)
    for number, (prompt, rows) in enumerate(sorted({shape[1:] for shape in shapes})):
        slots = [shape[0] for shape in shapes if shape[1:] == (prompt, rows)]
        colour = (MODEL, OTHER)[number % 2]
        for kind, style in (("step", "o-"), ("floor", "o--")):
            times = [values[f"slots{n}_prefix{prompt}_batch{rows}_{kind}_ms"] for n in slots]
            name = f"{kind}, batch {rows}, prompt {prompt}"
            axes.plot(slots, times, style, color=colour, label=name, alpha=1 - 0.2 * (number // 2))
    axes.set_yscale("log")  # a step and its floor are compared by their ratio
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    low, high = axes.get_ylim()
    axes.set_ylim(low, 4 * high)  # room for the legend
    measured = sorted({shape[0] for shape in shapes})
    axes.set_xticks(measured, [str(n) for n in measured])
    axes.set_xlabel("slots")
    axes.set_ylabel("denoising step, ms")
    axes.legend(frameon=False)


def _concurrency(values: Values, axes: Axes) -> None:
    users = sorted(int(m[1]) for m in map(USERS.fullmatch, values) if m)
    for key, colour, name in (("p95", MODEL, "95th percentile"), ("median", OTHER, "median")):
        times = [values[f"users{n}_{key}_ms"] for n in users]
        axes.plot(users, times, "o-", color=colour, label=name)
    axes.set_xscale("log", base=2)
    axes.set_xticks(users, [str(n) for n in users])
    axes.set_ylim(bottom=0)
    axes.set_xlabel("users at once")
    axes.set_ylabel("request, ms")
    axes.legend(frameon=False)


def _generate(values: Values, axes: Axes) -> None:
    """Bars side by side for every canvas."""
    slots = sorted(int(m[1]) for m in map(CANVAS.fullmatch, values) if m)
    every = (("ours", MODEL), ("generate", OTHER), ("compiled", IDEAL))
    kinds = [kind for kind in every if any(f"canvas{n}_{kind[0]}_ms" in values for n in slots)]
    for number, (name, colour) in enumerate(kinds):
        steps = [values.get(f"canvas{n}_{name}_ms", 0.0) for n in slots]
        middle = (len(kinds) - 1) / 2
        places = [at + 0.27 * (number - middle) for at in range(len(slots))]
        axes.bar(places, steps, width=0.25, color=colour, label=name)
    axes.set_xticks(range(len(slots)), [f"{n} slots" for n in slots])
    axes.set_ylabel("denoising step, ms")
    axes.legend(frameon=False)


PLOTS: dict[str, tuple[str, Callable[[Values, Axes], None]]] = {
    "floor": ("A denoising step and its floor, by canvas", _floor),
    "generate": ("Ours and transformers' generate", _generate),
    "concurrency": ("Users who share an engine", _concurrency),
}
