"""What a checkpoint is judged by: each target beside what was found, and where it is missed, what
the same run's figures say limits it.  Pure functions on a scorecard's reports.
"""

from typing import Any

from attrs import frozen

from diffgem_engine.evaluation.scorecard import Scorecard

WORST = 2  # kinds of hole that are named


@frozen
class Target:
    """A share or ratio that is to be `aim` at least; `found` is None where it was not measured."""

    name: str
    aim: float
    found: float | None
    limit: str = ""

    @property
    def verdict(self) -> str:
        if self.found is None:
            return "-"
        if self.found >= self.aim:
            return "reached"
        return ": ".join(filter(None, (f"missed by {self.aim - self.found:.2f}", self.limit)))


def targets(card: Scorecard) -> list[Target]:
    """Those of a model that a CPU trained, in DiffGem's own development."""
    model, ratios = card.holes["model"], card.holes["ratios"]
    return [
        Target("whole lines exactly right", 0.05, _kind(card, "line"), _knowing("line", card)),
        Target("rests of a line exactly right", 0.15, _kind(card, "rest"), _knowing("rest", card)),
        Target("shown", 0.60, model["shown"]),
        Target("parses, before the filters", 0.85, model["syntax_valid"]["before_filters"],
               _parsing(card)),
        Target("adaptive length, of the oracle length's exact match", 0.85,
               ratios.get("adaptive_of_oracle_length"), _length(model)),
        Target("diffusion, of the same weights left to right", 0.70,
               ratios.get("diffusion_of_autoregressive")),
        Target("shipped path, of diffusion alone", 1.0, ratios.get("shipped_of_diffusion")),
        Target("shipped path, of the copy baseline", 1.0, ratios.get("shipped_of_copy")),
        Target("shipped path, of copying the line that starts alike", 1.0,
               ratios.get("shipped_of_copy_alike")),
        Target("four steps, of sixteen's exact match", 0.95, kept_by_four(card, "exact_match")),
        Target("four steps, of sixteen's, the canvas alone", 0.95, card.kept_by_four_steps,
               _parallel(model)),
    ]  # fmt: skip


def kept_by_four(card: Scorecard, key: str) -> float | None:
    """Of the share `key` at sixteen steps."""
    few, many = (card.by_steps.get(steps, {}).get(key) for steps in ("4", "16"))
    return few / many if many and few is not None else None


def _kind(card: Scorecard, name: str) -> float | None:
    kind = card.holes["kinds"].get(name)
    return kind["exact_match"]["share"] if kind else None


def _knowing(name: str, card: Scorecard) -> str:
    """Whether it is the length that it does not know."""
    oracle = card.holes["baselines"].get("oracle_length", {}).get("kinds", {}).get(name)
    return f"told the right length, the canvas alone has {oracle['share']:.2f}" if oracle else ""


def _parsing(card: Scorecard) -> str:
    """The kinds that parse least, and whether another way to decode would help."""
    kinds = card.holes["kinds"].items()
    found = ((kind["syntax_valid"]["before_filters"], name) for name, kind in kinds)
    known = sorted((value, name) for value, name in found if value is not None)
    said = [f"{name} {value:.2f}" for value, name in known[:WORST]]
    left = card.holes["baselines"].get("autoregressive", {}).get("syntax_valid")
    if left is not None:
        said.append(f"left to right on the same weights {left:.2f}")
    return ", ".join(said)


def _length(model: dict[str, Any]) -> str:
    ratio = model["length_error"]["ratio"]
    return "" if ratio is None else f"what is written has {ratio:.2f} of the right one's tokens"


def _parallel(model: dict[str, Any]) -> str:
    pace, steps = model["tokens_per_forward"], model["steps"]
    return "" if pace is None else f"sure of {pace:.1f} tokens a step, {steps:.1f} steps a hole"
