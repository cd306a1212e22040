"""What a path is chosen by."""

import time
from collections import defaultdict
from collections.abc import Callable

from attrs import frozen

from diffgem_engine.backends.lately import Lately
from diffgem_engine.protocol import Hole, Infill

CLASS = 16  # holes whose slots fill the same multiple of it take about as long


@frozen
class Facts:
    """Of one request, and of what is here to fill it."""

    asked: str  # its own path
    task: str
    slots: int  # of its one hole; 0 where it is of several parts
    seeds: int
    ends_line: bool  # nothing but white space follows the hole on its line
    one_canvas: bool
    second: bool  # there is a second model
    deadline_ms: float | None
    diffusion_ms: float | None  # what such a hole takes of late; None where too few were filled
    autoregressive_ms: float | None


class Paces:
    """How long each path takes for holes of about one size."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._found: dict[tuple[str, int], Lately] = defaultdict(lambda: Lately(clock))

    def note(self, path: str, slots: int, took_ms: float) -> None:
        self._found[path, _class(slots)].note(took_ms)

    def of(self, path: str, slots: int) -> float | None:
        return self._found[path, _class(slots)].median


def facts_of(request: Infill, paces: Paces, one_canvas: int, second: bool) -> Facts:
    hole = hole_of(request)
    slots = hole.slots if hole else 0
    rest, _, _ = request.suffix.partition("\n")
    return Facts(
        asked=request.path,
        task=request.task,
        slots=slots,
        seeds=request.seeds,
        ends_line=not rest.strip(),
        one_canvas=0 < slots <= one_canvas,
        second=second,
        deadline_ms=request.deadline_ms,
        diffusion_ms=paces.of("diffusion", slots),
        autoregressive_ms=paces.of("autoregressive", slots),
    )


def hole_of(request: Infill) -> Hole | None:
    """The one that is all of the request."""
    match request.canvas:
        case (Hole() as hole,):
            return hole
    return None


def _class(slots: int) -> int:
    return -(-slots // CLASS)
