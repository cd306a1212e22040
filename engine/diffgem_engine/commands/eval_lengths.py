"""How long is the middle?  Ways to choose a length, compared on the same held-out whole lines.

With --fit the length bias of the `pinned` format alone is fitted, and written where every command
that runs the checkpoint reads it.
"""

import argparse
from typing import TYPE_CHECKING, Any

from diffgem_engine.commands import evaluating
from diffgem_engine.commands.evaluating import percent
from diffgem_engine.commands.loading import LoadFailed, add_model_arguments, load_checkpoint
from diffgem_engine.commands.numbers import whole

if TYPE_CHECKING:
    from diffgem_engine.checkpoint.loading import Checkpoint
    from diffgem_engine.evaluation.cases import LineCase

LEAST_LOOKS = 10  # as `evaluation.lengths.fitting` has it, which brings numpy
MOST_SLOTS = 128  # of a hole: the other half of a canvas is for the suffix


def add_arguments(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--corpus", type=evaluating.existing, metavar="DIR", help="a training run's corpus folder"
    )
    where.add_argument(
        "--source", type=evaluating.existing, metavar="DIR",
        help="a folder of source that the model was not trained on",
    )  # fmt: skip
    parser.add_argument(
        "--fit", type=evaluating.existing, metavar="DIR",
        help="fit the bias of the checkpoint in this folder, write its lengths.json, and no more",
    )  # fmt: skip
    parser.add_argument(
        "--calibrate", type=whole(LEAST_LOOKS), default=300, metavar="N",
        help=f"lines that the bias is fitted to, {LEAST_LOOKS} or more (default: 300)",
    )  # fmt: skip
    parser.add_argument(
        "--limit", type=evaluating.above_zero, default=100, metavar="N",
        help="other lines, which are filled every way (default: 100)",
    )  # fmt: skip
    parser.add_argument(
        "--slots", type=whole(2, MOST_SLOTS), default=22, metavar="N",
        help="of a canvas that is asked for, and of the longest guess (default: 22)",
    )  # fmt: skip
    parser.add_argument(
        "--guesses", type=whole(2, 64), default=16, metavar="N",
        help="lengths to try, at most, from --slots down to 1 (default: 16)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    add_model_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """0 when evaluated, 1 when the model does not load or says NaN, 2 for bad input."""
    from diffgem_engine.checkpoint.files import CheckpointError  # noqa: PLC0415 - brings torch
    from diffgem_engine.core.failures import Unfilled  # noqa: PLC0415
    from diffgem_engine.evaluation.cases import NoCases  # noqa: PLC0415
    from diffgem_engine.evaluation.errors import BadInput  # noqa: PLC0415
    from diffgem_engine.training.errors import TrainError  # noqa: PLC0415

    if options.fit is not None and not evaluating.is_folder(options.fit):
        return 2
    if options.fit is not None and options.model not in (None, str(options.fit)):
        return evaluating.failed("--fit names the checkpoint that is fitted: leave --model out", 2)
    try:
        cases = _cases(options)
        checkpoint = load_checkpoint(options, options.fit)
        work = _compared if options.fit is None else _fitted
        found = work(options, checkpoint, cases)
    except LoadFailed as error:
        return evaluating.failed(error, error.exit_code)
    except (CheckpointError, Unfilled) as error:
        return evaluating.failed(error, 1)
    except (NoCases, BadInput, TrainError) as error:
        return evaluating.failed(error, 2)
    report = {"about": _about(checkpoint), **found}
    return evaluating.print_report(report, options, table)


def _cases(options: argparse.Namespace) -> list["LineCase"]:
    from diffgem_engine.evaluation.lengths import comparing  # noqa: PLC0415

    count = options.calibrate + (options.limit if options.fit is None else 0)
    if options.corpus is not None:
        return comparing.corpus_lines(options.corpus, count)
    return comparing.source_lines(options.source, count)


def _fitted(
    options: argparse.Namespace, checkpoint: "Checkpoint", cases: list["LineCase"]
) -> dict[str, Any]:
    from diffgem_engine.checkpoint.lengths_json import LENGTHS_FILE, described  # noqa: PLC0415
    from diffgem_engine.evaluation.lengths import comparing  # noqa: PLC0415
    from diffgem_engine.training.files import write_text  # noqa: PLC0415

    ticks = evaluating.Ticks(len(cases), "look")
    bias, calibration = comparing.fitted_pinned(checkpoint, cases, ticks)
    write_text(options.fit / LENGTHS_FILE, described(bias))
    return {"calibration": {"pinned": calibration}, "written": str(options.fit / LENGTHS_FILE)}


def _compared(
    options: argparse.Namespace, checkpoint: "Checkpoint", cases: list["LineCase"]
) -> dict[str, Any]:
    from diffgem_engine.evaluation.lengths import comparing  # noqa: PLC0415

    plan = comparing.Plan(options.calibrate, options.slots, options.guesses)
    return comparing.compared(checkpoint, cases, plan, evaluating.Ticks)


def _about(checkpoint: "Checkpoint") -> dict[str, str]:
    from diffgem_engine import __version__  # noqa: PLC0415
    from diffgem_engine.checkpoint.memory import dtype_name, with_experts  # noqa: PLC0415

    weights = checkpoint.model.model.decoder.embed_tokens.weight
    return {
        "model": checkpoint.name, "engine": __version__, "device": str(weights.device),
        "dtype": dtype_name(weights.dtype) + with_experts(checkpoint.quantize),
    }  # fmt: skip


def table(report: dict[str, Any]) -> str:
    """What the bias does for cases that it was not fitted to; then a row for each way."""
    parts = [_calibration(*each) for each in report["calibration"].items()]
    if "written" in report:
        parts.append(f"written to {report['written']}")
    if "ablation" in report:
        guesses = ", ".join(map(str, report["guesses"]))
        parts.append(f"{report['cases']} lines, guesses of {guesses} slots")
        parts += [_family(*each) for each in report["ablation"].items()]
        parts.append(_legend(report["ablation"]))
    return "\n\n".join(parts)


def _calibration(name: str, found: dict[str, Any]) -> str:
    if "none" in found:
        return f"{name}: no bias ({found['none']})"
    rows = [
        f"{each['terms']:5}{each['nats']:8.3f}{percent(each['surest'])}{percent(each['two_surest'])}"
        for each in found["checked"]
    ]
    head = f"{name}: a bias of {found['terms']} terms in log(length), of {found['cases']} lines"
    return "\n".join(
        [head, "terms    nats  top 1  top 2   (the right guess, cross-validated)", *rows]
    )


def _family(name: str, ways: dict[str, Any]) -> str:
    head = f"{name:16}exact match, %         length  p50 ms  over PILL         over <eom>"
    return "\n".join([head, *(_row(*each) for each in ways.items())])


def _legend(families: dict[str, Any]) -> str:
    meanings = {name: way["means"] for ways in families.values() for name, way in ways.items()}
    return "\n".join(f"{name:16}{means}" for name, means in meanings.items())


def _row(name: str, found: dict[str, Any]) -> str:
    exact, over = found["exact_match"], found["over"]
    low, high = exact["ci95"]
    gains = "".join(f"  {_gain(over.get(other)):16}" for other in ("PILL", "<eom>"))
    return (
        f"  {name:14}{percent(exact['share'])} ({100 * low:4.1f} to {100 * high:4.1f})"
        f"  {percent(found['right_length']['share'])}{found['latency_ms']['p50']:8.0f}{gains}"
    ).rstrip()


def _gain(over: dict[str, Any] | None) -> str:
    if over is None:
        return ""
    low, high = over["ci95"]
    return f"{100 * over['gain']:+.1f} ({100 * low:+.0f} to {100 * high:+.0f})"
