"""What the device can do at most, measured in the run: bytes read and products, a second."""

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from diffgem_engine.bench.driving import wait_for

LEAST_BYTES = 2**20
MOST_BYTES = {"cuda": 2**32}
MOST_BYTES_HERE = 2**28  # on a CPU: far beyond its caches
SIDES = {"cuda": 8192}  # of the matrices multiplied
SIDE = 1024
WIDTH = 1024  # of the matrix that a vector is multiplied with
TRIES = 9


def bandwidth(device: torch.device, dtype: torch.dtype, nbytes: int) -> float:
    """Bytes a second, read again and again from a buffer of `nbytes`: the best of several tries
    and of several ways to read.

    What fits a cache is read from there, as weights that fit it are.
    """
    most = MOST_BYTES.get(device.type, MOST_BYTES_HERE)
    values = min(max(nbytes, LEAST_BYTES), most) // dtype.itemsize // WIDTH * WIDTH
    buffer = torch.ones(values, dtype=dtype, device=device)
    return max(read / _best(run, device) for run, read in _readings(buffer))


def _readings(buffer: Tensor) -> Iterator[tuple[Callable[[], object], int]]:
    """Ways to read all of it, and the bytes that go through."""
    matrix = buffer.view(-1, WIDTH)
    vector, column = matrix[0].clone(), matrix[:, 0].clone()
    yield lambda: torch.mv(matrix, vector), buffer.nbytes
    yield lambda: torch.mv(matrix.T, column), buffer.nbytes
    yield buffer.sum, buffer.nbytes
    if buffer.is_cuda:  # elsewhere what is written is read first, and nobody knows how often
        other = torch.empty_like(buffer)
        yield lambda: other.copy_(buffer), 2 * buffer.nbytes


def rate(device: torch.device, dtype: torch.dtype) -> float:
    """Floating-point operations a second, of a large product: the best of several tries."""
    side = SIDES.get(device.type, SIDE)
    # of numbers that differ: equal ones cost a GPU less power, and it would run faster than it can
    one, other = (torch.rand(side, side, device=device).to(dtype) for _ in range(2))
    return 2 * side**3 / _best(lambda: one @ other, device)


def _best(run: Callable[[], object], device: torch.device) -> float:
    """Seconds."""
    run()
    wait_for(device)
    times = []
    for _ in range(TRIES):
        began = time.perf_counter()
        run()
        wait_for(device)
        times.append(time.perf_counter() - began)
    return min(times)
