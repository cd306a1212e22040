"""`diffgem-engine bench`: measure the claims about speed and memory on this machine."""

import argparse
import json
import sys

from diffgem_engine.bench import report
from diffgem_engine.bench.catalogue import NAMES, measure
from diffgem_engine.bench.figures import BenchError, Measurement
from diffgem_engine.bench.setup import Setup
from diffgem_engine.commands.loading import add_model_argument


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_model_argument(parser)
    parser.add_argument(
        "--only", nargs="+", choices=NAMES, metavar="NAME", help=f"of {', '.join(NAMES)}"
    )
    parser.add_argument("--quick", action="store_true", help="a smoke test: too few to mean much")


def run(options: argparse.Namespace) -> int:
    """0 when everything was measured, whether or not the targets are met; 1 when something
    could not be.
    """
    setup = Setup(options.model, options.quick, options.quantize or "none")
    try:
        _bench(setup, options.only or NAMES, as_json=options.json)
    except BenchError as error:
        print(f"diffgem-engine: {error}", file=sys.stderr)
        return 1
    return 0


def _bench(setup: Setup, names: "tuple[str, ...] | list[str]", *, as_json: bool) -> None:
    """A table comes measurement by measurement; the JSON object at the end."""
    from diffgem_engine.bench import machine  # noqa: PLC0415 - of the extra

    about, model = machine.describe(), setup.model or "embedded"
    found: dict[str, Measurement] = {}
    if not as_json:
        print("\n".join(report.heading(about, model)), flush=True)
    for name in NAMES:
        if name in names:
            found[name] = measure(name, setup)
            if not as_json:
                print("\n".join(report.rows(name, found[name])), flush=True)
    if as_json:
        print(json.dumps(report.as_json(about, model, setup.quick, found)))
