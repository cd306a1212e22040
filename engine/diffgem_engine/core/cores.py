"""Which of this machine's cores the engine uses: one less than there are, while one user is there.

The editor needs one too, and threads that wait for one another at every product lose more to a busy
core than they gain: on two cores a step of 32 slots takes 26 ms with one thread and 25 ms with two,
but 44 ms with two beside another busy process.  Halves of a batch wait for each other once a step.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

import torch

S = TypeVar("S")
R = TypeVar("R")


def leave_a_core() -> None:
    """One thread less than there are cores for us, unless OMP_NUM_THREADS says otherwise.

    torch counts physical cores, the system those that this process may run on: the fewer count.
    """
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, min(torch.get_num_threads(), allowed_cores()) - 1))


def allowed_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS binds no process to cores


class Halves:
    """Looks at both halves of a batch at once where there are cores for two: several users wait
    then, and it is a server that they share.
    """

    def __init__(self, at_once: bool) -> None:
        self._other = ThreadPoolExecutor(1, "diffgem-half") if at_once else None

    @classmethod
    def of(cls, device: torch.device) -> "Halves":
        """A GPU looks at all of a batch as fast as at half of it; and OMP_NUM_THREADS is obeyed."""
        enough = allowed_cores() >= 2 * torch.get_num_threads()
        free = enough and "OMP_NUM_THREADS" not in os.environ
        return cls(at_once=device.type == "cpu" and free)

    def look(self, look: Callable[[list[S]], list[R]], batch: list[S]) -> list[R]:
        """`look(batch)`, which changes nothing, and to which no row depends on the others.

        Where both halves fail it raises what the first one raised.
        """
        if self._other is None or len(batch) < 2:
            return look(batch)
        half = len(batch) // 2
        theirs = self._other.submit(torch.inference_mode()(look), batch[half:])
        try:
            ours = look(batch[:half])
        finally:
            wait([theirs])
        return ours + theirs.result()
