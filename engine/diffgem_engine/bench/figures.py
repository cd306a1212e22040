"""What a measurement says: named figures, some with a target."""

import math
from collections.abc import Sequence
from statistics import median

from attrs import frozen


class BenchError(Exception):
    """What was to be measured did not work; the message says what to do."""


@frozen
class Figure:
    """One number.  `key` is its name in the JSON report; at most one bound is given."""

    key: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool | None:
        """None for a figure without a target."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return None if self.at_least is None else self.value >= self.at_least


@frozen
class Measurement:
    """The figures of one measurement, and in a few words what was measured.

    `groups` are beginnings of keys: figures that differ in them alone are told in one table.  A
    note says what has no figure here, and why.
    """

    title: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def met(self) -> bool:
        return all(figure.met is not False for figure in self.figures)


def p95(samples: Sequence[float]) -> float:
    """The smallest sample that 95% of the samples do not exceed."""
    return sorted(samples)[math.ceil(0.95 * len(samples)) - 1]


def spread(
    name: str,
    samples: Sequence[float],
    unit: str = "ms",
    *,
    median_at_most: float | None = None,
    p95_at_most: float | None = None,
) -> list[Figure]:
    """`[NAME_]median_UNIT` and `[NAME_]p95_UNIT`; a ratio (unit "x") has no unit in its key."""
    start = f"{name}_" if name else ""
    end = "" if unit == "x" else f"_{unit}"
    return [
        Figure(f"{start}median{end}", median(samples), unit, at_most=median_at_most),
        Figure(f"{start}p95{end}", p95(samples), unit, at_most=p95_at_most),
    ]
