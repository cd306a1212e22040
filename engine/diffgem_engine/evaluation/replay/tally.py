"""What came of typing: counted on the way, figures in the end."""

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Any

from attrs import define, field, frozen

from diffgem_engine.evaluation.replay.judging import Judged


@frozen
class Shown:
    """A suggestion that was seen; `retained` is None where it was not accepted."""

    judged: Judged
    retained: bool | None = None


@define
class Tally:
    """Of one way to set the server up."""

    characters: int = 0  # to be typed, if nothing helped
    keys: int = 0  # that were pressed, Tab among them
    asked: int = 0
    to_engine: int = 0
    unanswered: int = 0  # before the next key
    shown: list[Shown] = field(factory=list)
    unfiltered: list[Judged] = field(factory=list)  # what the engine held for best
    reused: int = 0  # answers that went on with what was shown
    quiet: "Counter[str]" = field(factory=Counter)
    ms: list[float] = field(factory=list)
    engine_ms: list[float] = field(factory=list)  # of answers for which the engine was asked

    def figures(self) -> dict[str, Any]:
        """JSON."""
        accepted = [each for each in self.shown if each.judged.right]
        saved = sum(len(each.judged.text) - 1 for each in accepted)
        return {
            "characters": self.characters,
            "keys": self.keys,
            "asked": self.asked,
            "to_engine": self.to_engine,
            "unanswered": self.unanswered,
            "reused": self.reused,
            **_verdicts([each.judged for each in self.shown]),
            "saved_share": _share(saved, self.characters),
            "retained_share": _share(sum(bool(each.retained) for each in accepted), len(accepted)),
            "unfiltered": _verdicts(self.unfiltered),
            "quiet": dict(self.quiet.most_common()),
            "latency_ms": _latency(self.ms),
            "engine_latency_ms": _latency(self.engine_ms),
        }


def _verdicts(judged: Sequence[Judged]) -> dict[str, Any]:
    """`begun_characters`: of those that are right at their beginning alone."""
    right = [each for each in judged if each.right]
    return {
        "shown": len(judged),
        "accepted": len(right),
        "accepted_share": _share(len(right), len(judged)),
        "accepted_characters": sum(len(each.text) for each in right),
        "partly": sum(each.partly for each in judged),
        "begun_characters": sum(each.begun for each in judged if each.partly),
        "wrong": sum(each.wrong for each in judged),
    }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _latency(ms: Sequence[float]) -> dict[str, float | None]:
    ordered = sorted(ms)
    upper = ordered[max(0, -(-95 * len(ordered) // 100) - 1)] if ordered else None
    return {"p50": median(ordered) if ordered else None, "p95": upper}
