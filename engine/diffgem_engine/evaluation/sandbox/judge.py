"""What was seen of a process -> how its program ended."""

import signal

from diffgem_engine.evaluation.sandbox.limits import Limits
from diffgem_engine.evaluation.sandbox.outcome import Outcome, SandboxUnavailable, Verdict
from diffgem_engine.evaluation.sandbox.watch import Ending

# what a program may say of itself: it needs no proof
TOLD = {
    b"failed": Verdict.FAILED,
    b"refused": Verdict.REFUSED,
    b"out-of-memory": Verdict.OUT_OF_MEMORY,
}
LONGEST = 500  # characters of a detail

SIGNALS = {
    signal.SIGXCPU: (Verdict.TIMED_OUT, "out of processor time"),
    signal.SIGKILL: (Verdict.OUT_OF_MEMORY, "killed by the kernel"),
    signal.SIGSYS: (Verdict.REFUSED, "a system call of another architecture"),
}


def judge(ending: Ending, nonce: bytes, limits: Limits) -> Outcome:
    """Passed is what has told the nonce, and nothing else.

    Raises SandboxUnavailable when the process ended before it came to the program.
    """
    verdict, detail = _verdict(ending, nonce, limits)
    return Outcome(verdict, detail[:LONGEST], ending.output.decode(errors="replace"))


def enforced(ending: Ending) -> tuple[int, ...]:
    """What the process said of its locks: seccomp, Landlock's version, the limit on processes.

    Raises SandboxUnavailable where it did not come to say so.
    """
    word, *values = ending.report.partition(b"\n")[0].split() or [b""]
    if word != b"enforced":
        said = ending.output.decode(errors="replace").strip().split("\n")[-1]
        raise SandboxUnavailable(
            f"the sandbox's process ended before it ran anything, with status {ending.status}: "
            f"{said[:LONGEST]}; run it again"
        )
    return tuple(map(int, values))


def _verdict(ending: Ending, nonce: bytes, limits: Limits) -> tuple[Verdict, str]:
    lines = ending.report.split(b"\n")
    if nonce in lines:
        return Verdict.PASSED, ""
    if ending.timed_out:
        return Verdict.TIMED_OUT, f"after {limits.seconds:g} s"
    enforced(ending)
    if ending.too_large:
        return Verdict.REFUSED, f"more than {limits.folder_bytes} bytes of files"
    for line in reversed(lines):
        word, _, detail = line.partition(b" ")
        if word in TOLD:
            return TOLD[word], detail.decode(errors="replace")
    return _by_status(ending.status)


def _by_status(status: int) -> tuple[Verdict, str]:
    if status >= 0:
        return Verdict.FAILED, f"exited before its end, with status {status}"
    if -status in SIGNALS:
        return SIGNALS[signal.Signals(-status)]
    return Verdict.CRASHED, signal.strsignal(-status) or f"signal {-status}"
