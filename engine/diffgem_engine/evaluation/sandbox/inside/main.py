"""The sandboxed process, from its first line to its last."""

import os
import sys
import types

from diffgem_engine.evaluation.sandbox.inside import locks
from diffgem_engine.evaluation.sandbox.inside.endings import OUT_OF_MEMORY, of_error
from diffgem_engine.evaluation.sandbox.inside.job import NONCE_BYTES, Job

JOB = 0  # the descriptor to read from: the job and the nonce
NAME = "program"
RESERVE = 4 << 20  # bytes that are let go of when memory is out, so that this can be told


def main(report: int) -> None:
    """Run the job's program and report to the descriptor `report`, in lines.

    First what `locks` holds, then the nonce when the program ran to its end, or else one line of
    `endings`, if any.
    """
    write, leave = os.write, os._exit
    job = Job.from_bytes(_read(int.from_bytes(_read(8), "big")))
    write(report, locks.lock(job, report))
    reserve = [bytearray(RESERVE)]
    try:
        # While the program runs, the nonce is on this frame's stack alone: in no variable and in
        # no container, and the pipe that it came from is closed.
        write(report, _nonce() + _ran(job.source))
    except MemoryError:
        reserve.clear()
        write(report, OUT_OF_MEMORY)
    except BaseException as error:
        write(report, of_error(error))
    leave(0)


def _read(size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = os.read(JOB, size - len(data))
        if not part:
            raise EOFError("the job is cut short")
        data += part
    return data


def _nonce() -> bytes:
    nonce = _read(NONCE_BYTES)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, JOB)
    os.close(nothing)
    return nonce


def _ran(source: str) -> bytes:
    """A line's end, once all of `source` has run."""
    module = types.ModuleType(NAME)
    sys.modules[NAME] = module
    exec(compile(source, NAME, "exec", dont_inherit=True), module.__dict__)
    return b"\n"
