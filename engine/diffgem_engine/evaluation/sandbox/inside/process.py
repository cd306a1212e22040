"""Limits on what one process may use, and the privileges that it gives up."""

import os
import resource

from diffgem_engine.evaluation.sandbox.inside import kernel

OPEN_FILES = 64
STACK = 8 << 20  # bytes
SIGKILL = 9


def limit(memory: int, seconds: int, file_bytes: int) -> None:
    """Soft and hard alike, so that none can be raised again."""
    _set(resource.RLIMIT_AS, memory)
    _set(resource.RLIMIT_CPU, seconds, seconds + 1)  # a signal that names its cause, then the end
    _set(resource.RLIMIT_FSIZE, file_bytes)
    _set(resource.RLIMIT_NOFILE, OPEN_FILES)
    _set(resource.RLIMIT_STACK, STACK)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_NPROC, 0)


def _set(which: int, soft: int, hard: int | None = None) -> None:
    """Never above what the process was started with."""
    _, most = resource.getrlimit(which)
    ceiling = [value for value in (hard or soft, most) if value != resource.RLIM_INFINITY]
    resource.setrlimit(which, (min(soft, *ceiling), min(ceiling)))


def no_more_processes() -> bool:
    """Whether the limit on them holds: found by trying, for root's and some others' are not."""
    try:
        child = os.fork()
    except OSError:
        return True
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    return False


def give_up_privileges(calls: kernel.Kernel, parent: int) -> None:
    """And live no longer than `parent`."""
    calls.control(kernel.NO_NEW_PRIVILEGES, 1)
    calls.control(kernel.DUMPABLE, 0)
    calls.control(kernel.PARENT_DEATH_SIGNAL, SIGKILL)
    calls.drop_capabilities()
    if os.getppid() != parent:  # it ended before it was said that this should follow
        os._exit(1)
