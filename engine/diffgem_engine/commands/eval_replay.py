"""Type the commits of a git repository through the language server, and count what it is worth.

A commit's changes are typed key by key, as an editor would make them, into the files as they were
before it.  At every key a suggestion is asked for; one that is right to its end is accepted, and
the others are looked at for how far they are right.  With --without, the same keys once more with
a feature off.  With --check, an engine without a model that answers at once: nothing is judged,
every reply and every text is verified.
"""

import argparse
import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffgem_engine.commands import evaluating
from diffgem_engine.commands.evaluating import percent
from diffgem_engine.commands.loading import LoadFailed, add_model_arguments, load_checkpoint
from diffgem_engine.output import write

if TYPE_CHECKING:
    from diffgem_engine.evaluation.replay.history import History

FEATURES = (
    *("reuse", "drafts", "declarations", "recent-edits", "open-files", "context", "gate"),
    *("debounce", "multi-line"),
)  # as `replay.setups` has them, which brings much


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--repository", type=evaluating.existing, metavar="DIR", default=Path(),
        help="a git repository (default: the one that this is run in)",
    )  # fmt: skip
    parser.add_argument(
        "--commits", type=evaluating.above_zero, metavar="N", help="the newest alone (default: all)"
    )
    _add_amounts(parser)
    parser.add_argument(
        "--without", nargs="+", choices=(*FEATURES, "each"), default=[], metavar="FEATURE",
        help=f"of {', '.join(FEATURES)}; or each",
    )  # fmt: skip
    parser.add_argument(
        "--pace", type=evaluating.above_zero, metavar="MS",
        help="a key every so many ms, whether an answer is there or not (default: wait for it)",
    )  # fmt: skip
    parser.add_argument("--check", action="store_true", help="verify instead of judging")
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    add_model_arguments(parser)


def _add_amounts(parser: argparse.ArgumentParser) -> None:
    for name, default, help_ in (
        ("--characters", 3000, "how much to type in all; with --check, how many keys"),
        ("--of-file", 250, "of one file, at most about so much"),
        ("--of-commit", 500, "of one commit"),
    ):
        parser.add_argument(
            name, type=evaluating.above_zero, default=default, metavar="N",
            help=f"{help_} (default: {default})",
        )  # fmt: skip
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of which commits and stretches are typed"
    )


def run(options: argparse.Namespace) -> int:
    """0 when replayed, 1 when the model does not load or a check fails, 2 for bad input."""
    from diffgem_engine.evaluation.errors import BadInput  # noqa: PLC0415 - brings the grammars
    from diffgem_engine.evaluation.replay.history import History  # noqa: PLC0415

    # the engine of this process would tell of every server that connects
    logging.getLogger("diffgem_engine").setLevel(logging.WARNING)
    try:
        history = History(options.repository, options.commits)
        if options.check:
            return _check(options, history)
        return evaluating.print_report(_judge(options, history), options, table)
    except BadInput as error:
        return evaluating.failed(error, 2)
    except LoadFailed as error:
        return evaluating.failed(error, error.exit_code)


def _judge(options: argparse.Namespace, history: "History") -> dict[str, Any]:
    from diffgem_engine.backends.local import LocalBackend  # noqa: PLC0415 - brings torch
    from diffgem_engine.evaluation.replay import replaying, setups  # noqa: PLC0415

    amount = replaying.Amount(options.characters, options.of_file, options.of_commit)
    typed = list(replaying.typings(history, amount, options.seed))
    off = FEATURES if "each" in options.without else options.without
    pace_s = options.pace / 1000 if options.pace else None
    compared = {name: setups.setup_of(name, pace_s) for name in (setups.SHIPPED, *off)}
    tick = evaluating.Ticks(len(typed) * len(compared), "commit")
    backend = LocalBackend(load_checkpoint(options))
    about = evaluating.about(backend.welcome)
    found = asyncio.run(replaying.replay(backend, history, typed, compared, tick))
    return {"about": about, "commits": len(typed), "pace_ms": options.pace, "setups": found}


def table(report: dict[str, Any]) -> str:
    """A row a setup; then why the first of them was quiet."""
    names = ("keys", "engine", "shown", "taken", "taken %", "partly", "wrong", "saved %", "kept %")
    head = f"{'':16}{''.join(f'{name:>8}' for name in names)}{'p50 ms':>8}{'p95 ms':>8}"
    rows = [_row(name, figures) for name, figures in report["setups"].items()]
    first = next(iter(report["setups"].values()))
    quiet = [f"{count:6}  {reason}" for reason, count in first["quiet"].items()]
    raw = first["unfiltered"]
    unfiltered = (
        f"without filters and gate: {raw['shown']} shown, {raw['accepted']} of them right, "
        f"{raw['partly']} partly, {raw['wrong']} wrong"
    )
    return "\n".join([head, *rows, "", unfiltered, "", "quiet, and why", *quiet])


def _row(name: str, figures: dict[str, Any]) -> str:
    counts = [figures[key] for key in ("keys", "to_engine", "shown", "accepted")]
    cells = "".join(f"{count:8}" for count in counts) + f"   {percent(figures['accepted_share'])}"
    cells += f"{figures['partly']:8}{figures['wrong']:8}"
    cells += f"   {percent(figures['saved_share'])}   {percent(figures['retained_share'])}"
    times = figures["latency_ms"]
    spread = "".join(f"{times[key] or 0.0:8.1f}" for key in ("p50", "p95"))
    label = name if name == "shipped" else f"no {name}"
    return f"{label:16}{cells}{spread}"


def _check(options: argparse.Namespace, history: "History") -> int:
    from diffgem_engine.evaluation.replay import checking  # noqa: PLC0415

    tick = evaluating.Ticks(options.characters, "key")
    report = asyncio.run(checking.check(history, options.characters, options.seed, tick=tick))
    write(json.dumps(report, indent=1) if options.json else _checked(report), sys.stdout)
    return 0 if checking.is_clean(report) else 1


def _checked(report: dict[str, Any]) -> str:
    counts = {key: value for key, value in report.items() if isinstance(value, int)}
    rows = [f"{value:9,}  {name}" for name, value in {**counts, **report["counts"]}.items()]
    memory = report["resident_mb"]
    if memory:
        rows.append(
            f"{memory[0]:9,.0f}  MB resident after 1,000 keys, {memory[-1]:,.0f} in the end"
        )
    return "\n".join([*rows, *report["faults"]])
