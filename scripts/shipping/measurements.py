"""What is measured of a candidate, and with how many cases."""

from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from shipping.record import MODEL
from shipping.steps import Step
from shipping.weights import Unfit

HUMANEVAL = {
    "single line": "HumanEval-SingleLineInfilling.jsonl.gz",
    "several lines": "HumanEval-MultiLineInfilling.jsonl.gz",
    "spans": "HumanEval-RandomSpanInfilling.jsonl.gz",
}
HOLES_SEED, GATE_SEED = 2, 11


@frozen
class Cases:
    """How many of each; minutes are reckoned from them."""

    lines: int = 1000
    holes: int = 300
    gate: int = 2400
    chunks: int = 100
    problems: tuple[int, int, int] = (150, 60, 80)
    quick: bool = False


QUICK = Cases(lines=20, holes=12, gate=60, chunks=10, problems=(4, 4, 4), quick=True)


@frozen
class Measurements:
    """The steps for a candidate at `stage`; those without its path are of what ships by then."""

    stage: Path
    source: Path
    corpus: Path
    humaneval: Path | None
    cases: Cases

    def check(self) -> None:
        """Before an hour of measuring.  Raises Unfit for what is not there."""
        needed = [self.corpus / "held_out.jsonl", self.corpus / "train.jsonl"]
        needed += [self.humaneval / name for name in HUMANEVAL.values()] if self.humaneval else []
        if missing := [str(path) for path in needed if not path.exists()]:
            raise Unfit(f"not there: {', '.join(missing)}; --corpus is RUN/corpus, --humaneval a "
                        "folder with the benchmark's files")  # fmt: skip

    def gate(self) -> Step:
        """Fits the gate of the stage, and says what that is worth."""
        n = self.cases.gate
        return Step("gate", n / 170, (
            "eval", "gate", "--fit", str(self.stage), "--source", str(self.source),
            "--limit", str(n), "--seed", str(GATE_SEED), "--json",
        ))  # fmt: skip

    def lines(self, *, compared: bool) -> Step:
        n = self.cases.lines
        against = ("--against", MODEL.name) if compared else ()
        more = ("--no-ngram", *against) if self.cases.quick else against
        ngram_minutes = 0 if self.cases.quick else 4
        return Step("lines", n / (100 if compared else 200) + ngram_minutes, (
            "eval", "lines", "--corpus", str(self.corpus), "--model", str(self.stage),
            "--limit", str(n), "--json", *more,
        ))  # fmt: skip

    def holes(self, whose: str, model: str) -> Step:
        return Step(f"holes-{whose}", self.cases.holes / 170, (
            "eval", "holes", "--source", str(self.source), "--model", model, "--no-baselines",
            "--seed", str(HOLES_SEED), "--limit", str(self.cases.holes), "--json",
        ))  # fmt: skip

    def repair(self) -> Step:
        n = self.cases.chunks
        return Step("repair", n / 33, (
            "eval", "repair", "--source", str(self.source), "--limit", str(n), "--json",
        ))  # fmt: skip

    def benchmarks(self) -> Iterator[tuple[str, Step]]:
        """By the names of `HUMANEVAL`; none where the data is not given."""
        if self.humaneval is None:
            return
        for (name, file), n in zip(HUMANEVAL.items(), self.cases.problems, strict=True):
            yield name, Step(f"humaneval-{name.replace(' ', '-')}", n / 25, (
                "eval", "humaneval-infilling", "--data", str(self.humaneval / file),
                "--limit", str(n), "--json",
            ))  # fmt: skip

    def scorecard(self) -> Step:
        n = self.cases.holes
        return Step("scorecard", n / 12, (
            "eval", "scorecard", "--source", str(self.source), "--seed", str(HOLES_SEED),
            "--limit", str(n), "--out",
        ), out="scorecard.json")  # fmt: skip

    def latency(self) -> Step:
        quick = ("--quick",) if self.cases.quick else ()
        return Step("latency", 1 if quick else 7, ("bench", *quick, "--out"), out="bench.json")
