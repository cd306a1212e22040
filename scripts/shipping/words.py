"""Figures as words and tables."""

import textwrap
from collections.abc import Sequence
from typing import Any

Share = dict[str, Any]  # as the evaluations report one: `share`, `ci95`, `n`


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def paragraph(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 100, break_long_words=False)


def percent(share: float | None, digits: int = 0) -> str:
    return "not measured" if share is None else f"{100 * share:.{digits}f}%"


def with_interval(score: Share, digits: int = 0) -> str:
    """Such as `14% (7 to 26)`."""
    low, high = (f"{100 * end:.{digits}f}" for end in score["ci95"])
    return f"{percent(score['share'], digits)} ({low} to {high})"


def machine(described: dict[str, Any]) -> str:
    """One line, of what `diffgem_engine.bench.machine.describe` says; no version of its kernel."""
    cpu, system = described["cpu"], described["system"].partition("-")[0]
    return f"{described['cores']} cores of {'an' if cpu[0] in 'AEIO' else 'a'} {cpu}, {system}"
