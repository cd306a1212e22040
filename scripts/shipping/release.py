"""From a candidate to weights in place and figures on record."""

import json
import shutil
from pathlib import Path
from typing import Any

from attrs import frozen

from diffgem_engine.bench import machine
from shipping import verdict
from shipping.measurements import GATE_SEED, HOLES_SEED, Measurements
from shipping.record import FIGURES, LATENCY, MODEL, ROOT, SCORECARD, SCORECARD_JSON, digest
from shipping.steps import Step, minutes_left, run
from shipping.weights import put_in_place

AGAINST = "against.txt"  # the digest of what shipped, as the candidate was compared


class NotBetter(Exception):
    """The candidate is no better than what ships; nothing was changed."""


@frozen
class Release:
    """What is measured is kept in `folder`, one for each candidate's weights."""

    what: Measurements
    folder: Path

    def ship(self, *, force: bool) -> None:
        """Raises NotBetter, and StepFailed."""
        self._note_what_ships()
        self._estimate()
        gate, lines = run([self.what.gate(), self.what.lines(compared=self._is_new())], self.folder)
        said = self._verdict(lines, force=force)
        put_in_place(self.what.stage, ROOT)
        self._record(gate, lines, said)

    def _note_what_ships(self) -> None:
        """Where other weights ship than the candidate was compared with, it is compared again."""
        now, noted = digest(ROOT / MODEL), self.folder / AGAINST
        if now == digest(self.what.stage) or (noted.exists() and noted.read_text() == now):
            return
        for name in ("lines.json", "holes-shipped.json", self._said.name):
            (self.folder / name).unlink(missing_ok=True)
        noted.write_text(now)

    def _is_new(self) -> bool:
        """Whether other weights shipped as this candidate was looked at."""
        return (self.folder / AGAINST).exists()

    @property
    def _said(self) -> Path:
        return self.folder / "verdict.txt"

    def _verdict(self, lines: dict[str, Any], *, force: bool) -> str:
        """Made once, while what shipped before is still in place."""
        if not self._is_new():
            return str(json.loads((ROOT / FIGURES).read_text())["verdict"])
        if self._said.exists():
            return self._said.read_text()
        ours, theirs = run(self._compared(), self.folder)
        found = verdict.of(lines, ours["model"], theirs["model"])
        print(found.said, flush=True)
        if not (found.better or force):
            raise NotBetter(
                "that is not better, so nothing was changed; train longer, or give --force to ship "
                "it all the same"
            )
        said = found.said if found.better else f"Shipped though it is not better. {found.said}"
        self._said.write_text(said)
        return said

    def _compared(self) -> list[Step]:
        stage = str(self.what.stage)
        return [self.what.holes("candidate", stage), self.what.holes("shipped", MODEL.name)]

    def _record(self, gate: dict[str, Any], lines: dict[str, Any], said: str) -> None:
        """Measures what is left, and writes all of it, pages aside."""
        benchmarks = dict(self.what.benchmarks())
        repair, *passed = run([self.what.repair(), *benchmarks.values()], self.folder)
        [scorecard] = run([self.what.scorecard()], self.folder)
        [latency] = run([self.what.latency()], self.folder)
        scorecard["about"]["seed"] = HOLES_SEED
        figures = {
            "weights": digest(ROOT / MODEL),
            "machine": latency["machine"],
            "quick": self.what.cases.quick,
            "verdict": said,
            "lines": {name: lines[name] for name in ("cases", "exact_match", "ci95", "mean_steps")},
            "gate": _gate(gate),
            "repair": _repair(repair),
            "humaneval": dict(zip(benchmarks, map(_scores, passed), strict=True)),
        }
        self._keep(scorecard, latency, figures)

    def _keep(self, *reports: dict[str, Any]) -> None:
        """Scorecard, latency and figures; the plots of the first two beside them.

        The figures last: their digest says that the others are of the weights in place.
        """
        _copy_plots(self.folder / "scorecard", ROOT / SCORECARD)
        _copy_plots(self.folder / "latency", (ROOT / LATENCY).parent)
        for place, report in zip((SCORECARD_JSON, LATENCY, FIGURES), reports, strict=True):
            text = json.dumps(report, indent=1) + "\n"
            (ROOT / place).write_text(text, encoding="utf-8")

    def _estimate(self) -> None:
        groups = [
            [self.what.gate(), self.what.lines(compared=self._is_new())],
            self._compared() if self._is_new() else [],
            [self.what.repair(), *dict(self.what.benchmarks()).values()],
            [self.what.scorecard()], [self.what.latency()],
        ]  # fmt: skip
        left = sum(minutes_left(group, self.folder) for group in groups)
        load = machine.describe()["load"]
        print(f"about {left:.0f} minutes of measuring, in {self.folder}; load now {load}")
        print("times are worth most on a machine that has nothing else to do", flush=True)


def _gate(report: dict[str, Any]) -> dict[str, Any]:
    shown = {name: report[name] for name in ("price", "open", "gated", "kinds")}
    return {"seed": GATE_SEED, **shown}


def _repair(report: dict[str, Any]) -> dict[str, Any]:
    names = ("n", "found", "clean_left_alone", "auc", "rank1")
    found = {name: report["model"][name] for name in names}
    return {**found, "rarest": report["baselines"]["rarest"]["rank1"]}


def _scores(report: dict[str, Any]) -> dict[str, Any]:
    return {name: report[name] for name in ("model", "baselines")}


def _copy_plots(source: Path, target: Path) -> None:
    for plot in source.glob("*.svg"):
        shutil.copyfile(plot, target / plot.name)
