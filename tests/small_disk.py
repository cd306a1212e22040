"""A disk that is full: no file may grow beyond a few bytes."""

import resource
from contextlib import contextmanager


@contextmanager
def full_disk(left=4096):
    """Every write that makes a file longer than `left` bytes fails, whoever does it here."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (left, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
