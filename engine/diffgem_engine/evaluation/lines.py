"""Whole-line exact match on held-out projects: the diffusion path beside its baselines."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import frozen

from diffgem_engine.backends.local import LocalBackend
from diffgem_engine.checkpoint.loading import Checkpoint
from diffgem_engine.evaluation import baselines
from diffgem_engine.evaluation.cases import LineCase, NoCases, line_cases
from diffgem_engine.evaluation.scores import paired_difference, wilson
from diffgem_engine.protocol import Hole, Infill, Result, Sampling
from diffgem_engine.training.corpus.documents import load_documents

LINE_SLOTS = 22
AT_ONCE = 8
NGRAM_TOKENS = 40_000_000
SAMPLES = 12

Tick = Callable[[], None]


@frozen
class Against:
    """Another model on the same lines: its share, and by how much this one's is larger, paired."""

    model: str
    exact_match: float
    gain: float
    ci95: tuple[float, float]  # of `gain`; Agresti and Min's
    only_this: int  # lines that one of them alone has right
    only_other: int


@frozen
class LineReport:
    """Shares of exact matches, 0..1, with their 95% Wilson intervals."""

    cases: int
    exact_match: dict[str, float]
    ci95: dict[str, tuple[float, float]]
    mean_steps: float
    seconds: float
    samples: list[dict[str, str]]
    against: Against | None = None


async def fill_lines(
    backend: LocalBackend,
    cases: Sequence[LineCase],
    sampling: Sampling,
    slots: int = LINE_SLOTS,
    tick: Tick = lambda: None,
) -> list[Result]:
    """The model's line for every case, `AT_ONCE` at a time; a `tick` for each."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def fill(number: int, case: LineCase) -> Result:
        async with gate:
            hole = (Hole(slots),)
            request = Infill(number, case.prefix, case.suffix, hole, sampling=sampling)
            result = await backend.infill(request)
            tick()
            return result

    return await asyncio.gather(*(fill(i, case) for i, case in enumerate(cases)))


def evaluate_lines(
    checkpoint: Checkpoint,
    corpus: Path,
    count: int,
    sampling: Sampling,
    *,
    with_ngram: bool = True,
    other: Checkpoint | None = None,
    tick: Tick = lambda: None,
) -> LineReport:
    """`corpus` is a folder that `Corpus.save` wrote; `other` is compared with; a `tick` for each
    line that a model has filled.  Raises NoCases.
    """
    cases = line_cases(load_documents(corpus / "held_out.jsonl"), count)
    if not cases:
        raise NoCases(f"{corpus} holds no line out: train with --hold-out PROJECT ...")
    began = time.perf_counter()
    results, lines = _filled(checkpoint, cases, sampling, tick)
    seconds = time.perf_counter() - began
    methods = {"diffusion": lines, **_baselines(cases)}
    if with_ngram:
        methods["5-gram"] = _ngram(checkpoint, corpus, cases)
    right = {name: _right(cases, answers) for name, answers in methods.items()}
    against = None
    if other is not None:
        theirs = _right(cases, _filled(other, cases, sampling, tick)[1])
        against = _against(other.name, right["diffusion"], theirs)
    return LineReport(
        cases=len(cases),
        exact_match={name: sum(each) / len(cases) for name, each in right.items()},
        ci95={name: wilson(sum(each), len(cases)) for name, each in right.items()},
        mean_steps=statistics.fmean(result.steps for result in results),
        seconds=seconds,
        samples=[_sample(*each) for each in zip(cases[:SAMPLES], lines, strict=False)],
        against=against,
    )


def _baselines(cases: Sequence[LineCase]) -> dict[str, list[str]]:
    return {
        "repeat previous line": [baselines.repeat_previous(case) for case in cases],
        "copy following line": [baselines.copy_following(case) for case in cases],
    }


def _ngram(checkpoint: Checkpoint, corpus: Path, cases: Sequence[LineCase]) -> list[str]:
    texts = (document.text for document in load_documents(corpus / "train.jsonl"))
    model = baselines.NGram(checkpoint.tokenizer, texts, NGRAM_TOKENS)
    return [model.line(case) for case in cases]


def _sample(case: LineCase, line: str) -> dict[str, str]:
    before = baselines.repeat_previous(case)
    return {"before": before, "expected": case.expected, "filled": line}


def _right(cases: Sequence[LineCase], lines: Sequence[str]) -> list[bool]:
    return [line == case.expected for line, case in zip(lines, cases, strict=True)]


def _against(name: str, ours: Sequence[bool], theirs: Sequence[bool]) -> Against:
    pairs = Counter(zip(ours, theirs, strict=True))
    only_this, only_other, n = pairs[True, False], pairs[False, True], len(ours)
    return Against(
        model=name,
        exact_match=sum(theirs) / n,
        gain=(only_this - only_other) / n,
        ci95=paired_difference(only_this, only_other, n),
        only_this=only_this,
        only_other=only_other,
    )


def _filled(
    checkpoint: Checkpoint, cases: Sequence[LineCase], sampling: Sampling, tick: Tick
) -> tuple[list[Result], list[str]]:
    results = asyncio.run(_fill(checkpoint, cases, sampling, tick))
    return results, [result.candidates[0].texts[0].strip() for result in results]


async def _fill(
    checkpoint: Checkpoint, cases: Sequence[LineCase], sampling: Sampling, tick: Tick
) -> list[Result]:
    backend = LocalBackend(checkpoint)
    try:
        return await fill_lines(backend, cases, sampling, tick=tick)
    finally:
        await backend.close()


def table(report: LineReport) -> str:
    """One row a method, best first."""
    rows = sorted(report.exact_match.items(), key=lambda item: -item[1])
    body = [f"{name:24}{_percent(s)} %   ({_between(report.ci95[name])})" for name, s in rows]
    tail = f"{report.cases} lines, {report.mean_steps:.1f} steps a line, {report.seconds:.0f} s"
    return "\n".join(["whole-line exact match", *body, *_compared(report.against), tail])


def _compared(against: Against | None) -> list[str]:
    if against is None:
        return []
    low, high = against.ci95
    verdict = "better" if low > 0 else "worse" if high < 0 else "cannot be told apart on so few"
    return [
        f"{against.model:24}{_percent(against.exact_match)} %",
        f"gain over it            {100 * against.gain:+6.2f} points ({_between(against.ci95)}): "
        f"{verdict}",
    ]


def _percent(share: float) -> str:
    return f"{100 * share:6.2f}"


def _between(interval: tuple[float, float]) -> str:
    low, high = (f"{100 * end:.2f}" for end in interval)
    return f"{low} to {high}"
