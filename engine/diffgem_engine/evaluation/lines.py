"""Whole-line exact match on held-out projects: the diffusion path beside its baselines."""

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import frozen

from diffgem_engine.backends.local import LocalBackend
from diffgem_engine.checkpoint import Checkpoint
from diffgem_engine.evaluation import baselines
from diffgem_engine.evaluation.cases import LineCase, NoCases, line_cases
from diffgem_engine.protocol import Hole, Infill, Result, Sampling
from diffgem_engine.training.corpus.documents import load_documents

LINE_SLOTS = 22
AT_ONCE = 8
NGRAM_TOKENS = 40_000_000


@frozen
class LineReport:
    """Shares of exact matches, 0..1, with the half width of their 95% interval."""

    cases: int
    exact_match: dict[str, float]
    interval: dict[str, float]
    mean_steps: float
    seconds: float
    samples: list[dict[str, str]]


async def fill_lines(
    backend: LocalBackend, cases: Sequence[LineCase], sampling: Sampling, slots: int = LINE_SLOTS
) -> list[Result]:
    """The model's line for every case, `AT_ONCE` at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def fill(number: int, case: LineCase) -> Result:
        async with gate:
            hole = (Hole(slots),)
            request = Infill(number, case.prefix, case.suffix, hole, sampling=sampling)
            return await backend.infill(request)

    return await asyncio.gather(*(fill(i, case) for i, case in enumerate(cases)))


def _share(cases: Sequence[LineCase], answer: Callable[[LineCase], str]) -> float:
    return sum(answer(case) == case.expected for case in cases) / len(cases)


def evaluate_lines(
    checkpoint: Checkpoint, corpus: Path, count: int, sampling: Sampling, *, with_ngram: bool = True
) -> LineReport:
    """`corpus` is a folder that `Corpus.save` wrote.  Raises NoCases."""
    cases = line_cases(load_documents(corpus / "held_out.jsonl"), count)
    if not cases:
        raise NoCases(f"{corpus} holds no line out: train with --hold-out PROJECT ...")
    began = time.perf_counter()
    results = asyncio.run(_fill(checkpoint, cases, sampling))
    seconds = time.perf_counter() - began
    lines = [result.candidates[0].texts[0].strip() for result in results]
    right = sum(line == case.expected for line, case in zip(lines, cases, strict=True))
    scores = {
        "diffusion": right / len(cases),
        "repeat previous line": _share(cases, baselines.repeat_previous),
        "copy following line": _share(cases, baselines.copy_following),
    }
    if with_ngram:
        texts = (document.text for document in load_documents(corpus / "train.jsonl"))
        model = baselines.NGram(checkpoint.tokenizer, texts, NGRAM_TOKENS)
        scores["5-gram"] = _share(cases, model.line)
    margin = {name: 1.96 * (s * (1 - s) / len(cases)) ** 0.5 for name, s in scores.items()}
    samples = [
        {"before": repeat, "expected": case.expected, "filled": line}
        for case, line in list(zip(cases, lines, strict=True))[:12]
        for repeat in [baselines.repeat_previous(case)]
    ]
    steps = statistics.fmean(result.steps for result in results)
    return LineReport(len(cases), scores, margin, steps, seconds, samples)


async def _fill(
    checkpoint: Checkpoint, cases: Sequence[LineCase], sampling: Sampling
) -> list[Result]:
    backend = LocalBackend(checkpoint)
    try:
        return await fill_lines(backend, cases, sampling)
    finally:
        await backend.close()


def table(report: LineReport) -> str:
    """One row a method, best first."""
    rows = sorted(report.exact_match.items(), key=lambda item: -item[1])
    body = [f"{name:24}{100 * s:7.2f} % ± {100 * report.interval[name]:.2f}" for name, s in rows]
    tail = f"{report.cases} lines, {report.mean_steps:.1f} steps a line, {report.seconds:.0f} s"
    return "\n".join(["whole-line exact match", *body, tail])
