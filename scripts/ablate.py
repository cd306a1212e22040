"""Train small models that differ in one thing each, and measure all on the same held-out holes.

    scripts/ablate.py --source DIR ... --hold-out PROJECT --held-out-source DIR --out DIR

Every variant has the same minutes of training, the same corpus and the same seed.  The minutes are
the processor's, so that a busy machine favours none; one thread has them.  Prints a table, losses
in nats a token and a character; each finished variant is kept in --out and not trained again.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from diffgem_engine.checkpoint.tokenizer import CodeTokenizer
from diffgem_engine.training.corpus.documents import load_documents

ENGINE = (sys.executable, "-m", "diffgem_engine")
TRAIN = """
import argparse, sys, time
from diffgem_engine.commands import train
from diffgem_engine.training import run
parser = argparse.ArgumentParser()
train.add_arguments(parser)
sys.exit(run.train(parser.parse_args(), clock=time.process_time))
"""
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}
SMALL = ("--width", "128", "--layers", "4")
PLAIN = (0.7, 0.85)  # shares of the budget
VARIANTS: dict[str, Sequence[str]] = {
    "base: absorbing, 25% encoder first, 4 layers of 128, 4,096 pieces": (),
    "uniform noise": ("--noise", "uniform"),
    "marked noise": ("--noise", "marked"),
    "no encoder first": ("--encoder-first", "0"),
    "half of the time encoder first": ("--encoder-first", "0.5"),
    "deep: 8 layers of 128": ("--layers", "8"),
    "wide, as much work: 2 layers of 256": ("--width", "256", "--layers", "2"),
    "2,048 pieces": ("--vocab", "2048"),
    "8,192 pieces": ("--vocab", "8192"),
    "no distillation at the end": ("--distil", "0"),
}


def main() -> int:
    options = _options()
    rows = []
    for number, (name, arguments) in enumerate(VARIANTS.items()):
        if options.only and number not in options.only:
            continue
        run = options.out / f"{number:02d}"
        report = run / "holes.json"
        if not report.exists():
            _train(options, run, arguments)
            report.write_text(_evaluate(options, run), encoding="utf-8")
        rows.append((name, json.loads(report.read_text()), _last(run)))
        print("\n".join(_table(rows)), flush=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", nargs="+", required=True)
    parser.add_argument("--hold-out", nargs="+", required=True)
    parser.add_argument("--held-out-source", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--minutes", default="8")
    parser.add_argument("--limit", default="300")
    parser.add_argument("--only", nargs="*", type=int, help="numbers of variants, from 0")
    return parser.parse_args()


def _train(options: argparse.Namespace, run: Path, arguments: Sequence[str]) -> None:
    given = (*(name for name in arguments if name.startswith("--")),)
    small = [part for pair in zip(SMALL[::2], SMALL[1::2], strict=True) if pair[0] not in given
             for part in pair]  # fmt: skip
    subprocess.run(
        [
            sys.executable, "-c", TRAIN, "--out", str(run), "--source", *options.source,
            "--hold-out", *options.hold_out, "--minutes", options.minutes, *small, *arguments,
        ],
        check=True, env=ONE_THREAD,
    )  # fmt: skip


def _evaluate(options: argparse.Namespace, run: Path) -> str:
    command = [
        *ENGINE, "eval", "holes", "--source", options.held_out_source, "--limit", options.limit,
        "--model", str(run / "model"), "--no-baselines", "--json",
    ]  # fmt: skip
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _last(run: Path) -> dict[str, float]:
    """Mean losses before the last phase, whose targets are the models' own, and tokens read."""
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    before = [line for line in lines if PLAIN[0] <= line["done"] < PLAIN[1]]
    names = ("encoder", "canvas")
    means = {n: [line[n] for line in before if n in line] for n in names}
    return {name: sum(values) / len(values) for name, values in means.items() if values} | {
        "tokens": lines[-1]["tokens"], "characters": _characters(run),
    }  # fmt: skip


def _characters(run: Path) -> float:
    """Of a token, on average: losses of two vocabularies are alike by the character alone."""
    texts = [document.text for document in load_documents(run / "corpus" / "held_out.jsonl")][:50]
    tokenizer = CodeTokenizer.load(run / "tokenizer.json")
    return sum(map(len, texts)) / sum(len(tokenizer.encode(text)) for text in texts)


def _table(rows: Sequence[tuple[str, dict, dict[str, float]]]) -> Iterator[str]:
    yield "| what | M tokens | encoder | canvas | right % | parses % | length |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for name, report, last in rows:
        model = report["model"]
        cells = [
            f"{last['tokens'] / 1e6:.2f}",
            *(f"{last[loss]:.2f} ({last[loss] / last['characters']:.2f})"
              for loss in ("encoder", "canvas")),
            f"{100 * model['written_exact_match']['share']:.1f}",
            f"{100 * model['syntax_valid']['before_filters']:.0f}",
            f"{model['length_error']['ratio']:.2f}",
        ]  # fmt: skip
        yield f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
