"""`diffgem-engine bench`: measure the claims about speed and memory on this machine."""

import argparse
import json
import sys
import tempfile
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from diffgem_engine.bench import report
from diffgem_engine.bench.catalogue import NAMES, WITHOUT_WEIGHTS, measure, usual
from diffgem_engine.bench.figures import BenchError, Measurement
from diffgem_engine.bench.published import CONFIGS
from diffgem_engine.commands.loading import (
    BadOption,
    LoadFailed,
    add_model_arguments,
    device_named,
)
from diffgem_engine.commands.numbers import whole
from diffgem_engine.core.canvas import LONGEST_CANVAS
from diffgem_engine.core.scheduler import Scheduler
from diffgem_engine.output import OutputLost, write

if TYPE_CHECKING:
    from diffgem_engine.bench.setup import Setup


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help="write table, JSON and plots there as well"
    )
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument(
        "--random-weights", choices=CONFIGS,
        help="instead of a checkpoint: the published one's layout, full-size or shrunk",
    )  # fmt: skip
    add_model_arguments(parser, weights)
    _add_shapes(parser)
    parser.add_argument(
        "--compiled", action="store_true",
        help="have transformers compile its loop on a CPU too, a minute a canvas",
    )  # fmt: skip
    parser.add_argument(
        "--only", nargs="+", choices=NAMES, metavar="NAME", help=f"of {', '.join(NAMES)}"
    )
    parser.add_argument("--quick", action="store_true", help="a smoke test: too few to mean much")


def _add_shapes(parser: argparse.ArgumentParser) -> None:
    """Of the measurements `floor`, `generate` and those that take the first of them."""
    slots, rows = whole(1, LONGEST_CANVAS), whole(1, Scheduler().max_batch)
    parser.add_argument("--slots", nargs="+", type=slots, metavar="N", help="(default: 64 256)")
    parser.add_argument(
        "--prefix", nargs="+", type=whole(64), metavar="N",
        help="prompt tokens (default: 256 on a CPU, 1024 on a GPU)",
    )  # fmt: skip
    parser.add_argument(
        "--batch", nargs="+", type=rows, metavar="N", help="canvases a step (default: 1 4)"
    )


def run(options: argparse.Namespace) -> int:
    """0 when everything was measured, whether or not the targets are met; 1 when something
    could not be, or could not be written.  Raises OutputLost once what is to be written is.
    """
    try:
        setup = _setup(options)
        setup.check()
        if options.out is not None:
            _make(options.out)
        whole_bench = _bench(setup, options)
    except (BenchError, LoadFailed) as error:
        _say(error)
        return error.exit_code if isinstance(error, LoadFailed) else 1
    return 0 if whole_bench else 1


def _say(error: Exception) -> None:
    print(f"diffgem-engine: {error}", file=sys.stderr, flush=True)


def _make(folder: Path) -> None:
    """Before minutes of measuring; so with what draws the plots.  Raises BenchError."""
    from diffgem_engine.bench import plots  # noqa: F401, PLC0415 - of another extra

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritten(folder, error) from error


def _unwritten(folder: Path, error: OSError) -> BenchError:
    why = error.strerror or error
    return BenchError(f"cannot write to {folder}: {why}; give another --out")


def _setup(options: argparse.Namespace) -> "Setup":
    """Raises BadOption for options that say nothing together."""
    if options.random_weights and options.format:
        raise BadOption("--random-weights has a format of its own: leave --format out")
    import torch  # noqa: PLC0415 - takes seconds

    from diffgem_engine.bench.setup import BATCHES, SLOTS, Setup  # noqa: PLC0415
    from diffgem_engine.core.cores import leave_a_core  # noqa: PLC0415

    leave_a_core()
    return Setup(
        model=options.model,
        quick=options.quick,
        quantize=options.quantize or "none",
        random=options.random_weights,
        on=device_named(options.device),
        dtype=getattr(torch, options.dtype) if options.dtype else None,
        form=options.format,
        slots=tuple(options.slots or SLOTS),
        prefixes=tuple(options.prefix or ()),
        batches=tuple(options.batch or BATCHES),
        compiled=options.compiled,
    )


def _bench(setup: "Setup", options: argparse.Namespace) -> bool:
    """A table comes measurement by measurement; the JSON object at the end.

    Whether all could be measured: what could not is said, and the others are made all the same.
    """
    from diffgem_engine.bench import machine  # noqa: PLC0415 - of the extra

    names = [name for name in NAMES if name in (options.only or usual(setup))]
    described, about = machine.describe(), setup.about
    if {*names} - {*WITHOUT_WEIGHTS}:
        _ = setup.checkpoint  # what refuses it is said once, before anything is measured
    found: dict[str, Measurement] = {}
    said = _Said(goes_on=options.out is not None)
    if not options.json:
        said.lines(report.heading(described, about))
    for name in names:
        if options.json and sys.stderr.isatty():
            print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            found[name] = measure(name, setup)
        except BenchError as error:
            _say(BenchError(f"{name}: {error}"))
            continue
        if not options.json:
            said.lines(report.rows(name, found[name]))
    try:
        if options.out is not None:
            _write(options.out, described, about, found)
    finally:
        if found and options.json:
            said.lines([json.dumps(report.as_json(described, about, found))])
        elif found:
            said.lines(["", textwrap.fill(report.summary(found), 100)])
    said.check()
    return len(found) == len(names)


class _Said:
    """On standard output; where there are files to write, it `goes_on` without it."""

    def __init__(self, *, goes_on: bool) -> None:
        self._goes_on = goes_on
        self._lost: OutputLost | None = None

    def lines(self, lines: Iterable[str]) -> None:
        """Raises OutputLost where nobody would have anything of the rest."""
        if self._lost is not None:
            return
        try:
            write("\n".join(lines), sys.stdout)
        except OutputLost as error:
            if not self._goes_on:
                raise
            self._lost = error

    def check(self) -> None:
        """Raises OutputLost, at last."""
        if self._lost is not None:
            raise self._lost


def _write(
    folder: Path,
    machine: Mapping[str, object],
    about: Mapping[str, object],
    found: Mapping[str, Measurement],
) -> None:
    """`bench.md`, `bench.json`, and a plot of each measurement that has one.  Raises BenchError."""
    from diffgem_engine.bench import plots  # noqa: PLC0415 - of another extra
    from diffgem_engine.bench.page import page  # noqa: PLC0415

    data = json.dumps(report.as_json(machine, about, found), indent=1)
    try:
        text = page(
            machine, about, found, plots.draw(found, folder, [*report.heading(machine, about)])
        )
        (folder / "bench.json").write_text(data + "\n", encoding="utf-8")
        (folder / "bench.md").write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritten(folder, error) from error
