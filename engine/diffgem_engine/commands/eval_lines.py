"""`diffgem-engine eval lines`: whole-line exact match on a corpus' held-out projects."""

import argparse
import json
import sys
from pathlib import Path

from diffgem_engine.commands.evaluating import Ticks, above_zero, failed, steps
from diffgem_engine.commands.loading import LoadFailed, add_model_arguments, load_checkpoint
from diffgem_engine.output import write
from diffgem_engine.protocol import Sampling


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--corpus", required=True, type=Path, metavar="DIR", help="a training run's corpus folder"
    )
    parser.add_argument(
        "--limit", type=above_zero, default=1000, metavar="N", help="cases, at most"
    )
    parser.add_argument("--steps", type=steps, metavar="N", help="most denoising steps")
    parser.add_argument("--no-ngram", action="store_true", help="leave the 5-gram model out")
    parser.add_argument(
        "--against", metavar="DIR_OR_ID", help="another checkpoint, compared with on the same lines"
    )
    parser.add_argument("--json", action="store_true")
    add_model_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """0 when evaluated, 1 when the model does not load, 2 when there is nothing to evaluate on."""
    if not (options.corpus / "held_out.jsonl").exists():
        return failed(f"{options.corpus} has no held_out.jsonl; give RUN/corpus", 2)
    try:
        checkpoint = load_checkpoint(options)
        other = None if options.against is None else load_checkpoint(options, options.against)
    except LoadFailed as error:
        return failed(error, error.exit_code)
    import cattrs  # noqa: PLC0415 - with torch behind it, nothing here is light

    from diffgem_engine.evaluation import cases, lines  # noqa: PLC0415
    from diffgem_engine.training.errors import TrainError  # noqa: PLC0415

    sampling = Sampling(steps=options.steps)
    tick = Ticks(options.limit * (1 if other is None else 2), "line")
    try:
        report = lines.evaluate_lines(
            checkpoint,
            options.corpus,
            options.limit,
            sampling,
            with_ngram=not options.no_ngram,
            other=other,
            tick=tick,
        )
    except (cases.NoCases, TrainError) as error:
        return failed(error, 2)
    described = cattrs.unstructure(report)
    write(json.dumps(described, indent=1) if options.json else lines.table(report), sys.stdout)
    return 0
