"""The values a request may have; its types are the wire's business."""

import math
import re
from typing import get_args

from diffgem_engine.backends.base import LONGEST_TOKEN, RequestError
from diffgem_engine.core.canvas import FillPath, Order
from diffgem_engine.core.request import Priority
from diffgem_engine.protocol import Count, Hole, Infill, Review, Sampling, Segment, Welcome

MAX_STEPS = 256
MAX_SEED = 2**63 - 1
MAX_DRAFTS = 8
MAX_SEEDS = 16
MOST_COUNTED = 2**17  # characters of texts to count: a second's work, which nobody can cancel
LONGEST_DRAFT = 4096  # characters: more than code has in the longest canvas
LONGEST_INSTRUCTION = 4096  # characters
ORDERS = get_args(Order)
PATHS = (*get_args(FillPath), "auto")
PRIORITIES = get_args(Priority)
TASKS = ("completion", "action", "next-edit")
TRACE = re.compile(r"[A-Za-z0-9._-]{0,64}")


def check(request: Infill, welcome: Welcome) -> None:
    """Raise RequestError("bad-request") for a value out of the range that the engine welcomes.

    Pinned text is measured in tokens, so only a backend can tell whether it fits beside the holes;
    text that cannot fit is refused here, as nobody else is served while its tokens are counted.
    """
    _one_of("path", request.path, PATHS)
    _one_of("priority", request.priority, PRIORITIES)
    _one_of("task", request.task, TASKS)
    _check_trace(request.trace)
    _check_canvas(request, welcome)
    _check_drafts(request, welcome.max_slots)
    _check_seeds(request, welcome.max_slots)
    _check_scored(request, welcome.max_slots)
    _check_sampling(request.sampling)
    _within("seed", request.seed, 0, MAX_SEED)
    _within("characters of an instruction", len(request.instruction), 0, LONGEST_INSTRUCTION)
    _finite("deadline_ms", request.deadline_ms)


def check_review(request: Review, welcome: Welcome) -> None:
    """The same for code; only a backend can tell how many tokens it has."""
    _one_of("priority", request.priority, PRIORITIES)
    _check_trace(request.trace)
    max_slots = welcome.max_slots
    if not request.code:
        raise RequestError("bad-request", "there is no code to review")
    most = LONGEST_TOKEN * max_slots
    if len(request.code) > most:
        raise RequestError(
            "bad-request",
            f"{len(request.code)} characters of code do not fit a canvas of {max_slots} tokens; "
            f"review at most {most} at a time",
        )


def check_count(request: Count) -> None:
    """The same for texts whose tokens are to be counted."""
    _within("characters of all texts", sum(map(len, request.texts)), 0, MOST_COUNTED)


def _check_trace(trace: str) -> None:
    """It goes into logs as it is."""
    if not TRACE.fullmatch(trace):
        raise RequestError(
            "bad-request", "trace must be at most 64 letters, digits and signs of -_."
        )


def _check_canvas(request: Infill, welcome: Welcome) -> None:
    """A hole that takes several canvases stands alone."""
    canvas = request.canvas
    holes = [segment for segment in canvas if isinstance(segment, Hole)]
    if not holes:
        raise RequestError("bad-request", "canvas has no hole: give one")
    alone = len(canvas) == 1 and request.path != "autoregressive"
    max_slots = welcome.hole_slots if alone else welcome.max_slots
    _within("number of canvas segments", len(canvas), 1, 2 * welcome.max_slots + 1)
    for hole in holes:
        _within("slots of a hole", hole.slots, 1, max_slots)
    _within("slots of the canvas", sum(hole.slots for hole in holes), 1, max_slots)
    pinned = sum(len(_pinned(segment)) for segment in canvas)
    _within("characters of pinned text", pinned, 0, LONGEST_TOKEN * max_slots)


def _pinned(segment: Segment) -> str:
    return segment.starts_with if isinstance(segment, Hole) else segment.text


def _check_drafts(request: Infill, max_slots: int) -> None:
    if not request.drafts:
        return
    if len(request.canvas) != 1:
        raise RequestError("bad-request", "drafts fill one hole and no more: send just that")
    for hole in request.canvas:
        if isinstance(hole, Hole) and hole.slots > max_slots:
            raise RequestError(
                "bad-request", f"drafts fill one canvas: give the hole {max_slots} slots at most"
            )
    _within("number of drafts", len(request.drafts), 0, MAX_DRAFTS)
    for draft in request.drafts:
        _within("characters of a draft", len(draft), 0, LONGEST_DRAFT)


def _check_seeds(request: Infill, max_slots: int) -> None:
    _within("seeds", request.seeds, 1, MAX_SEEDS)
    if request.seeds == 1:
        return
    if request.path == "autoregressive":
        raise RequestError("bad-request", "the autoregressive path draws nothing: give one seed")
    if request.drafts:
        raise RequestError("bad-request", "drafts compete with one text: give one seed")
    if any(isinstance(each, Hole) and each.slots > max_slots for each in request.canvas):
        raise RequestError(
            "bad-request", f"several seeds fill one canvas: give the hole {max_slots} slots at most"
        )


def _check_scored(request: Infill, max_slots: int) -> None:
    if not request.scored:
        return
    if request.seeds > 1:
        raise RequestError("bad-request", "several seeds are not scored: give one seed")
    match request.canvas:
        case [Hole(slots=slots)] if slots <= max_slots:
            return
    raise RequestError(
        "bad-request", f"one hole of at most {max_slots} slots is scored: send just that"
    )


def _check_sampling(sampling: Sampling) -> None:
    _within("sampling.steps", sampling.steps, 1, MAX_STEPS)
    _within("sampling.stability", sampling.stability, 0, MAX_STEPS)
    for name in (
        "temperature_start",
        "temperature_end",
        "entropy_bound",
        "confidence",
        "draft_bonus",
    ):
        _finite(f"sampling.{name}", getattr(sampling, name))
    enough = sampling.draft_enough
    if enough is not None and not (math.isfinite(enough) and enough <= 0):
        raise RequestError(
            "bad-request", f"sampling.draft_enough must be a number up to 0, not {enough}"
        )
    if sampling.order is not None:
        _one_of("sampling.order", sampling.order, ORDERS)


def _one_of(name: str, value: str, names: tuple[str, ...]) -> None:
    if value not in names:
        raise RequestError("bad-request", f"{name} must be {', '.join(names[:-1])} or {names[-1]}")


def _within(name: str, value: int | None, least: int, most: int) -> None:
    if value is not None and not least <= value <= most:
        raise RequestError("bad-request", f"{name} must be {least}..{most}, not {value}")


def _finite(name: str, value: float | None) -> None:
    if value is not None and not (math.isfinite(value) and value >= 0):
        raise RequestError("bad-request", f"{name} must be a number from 0 up, not {value}")
