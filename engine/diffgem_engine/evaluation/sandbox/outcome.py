"""How a program ended."""

from enum import StrEnum

from attrs import frozen


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    REFUSED = "refused"  # it tried what it may not do
    CRASHED = "crashed"  # a signal ended it


@frozen
class Outcome:
    """`detail` says more, in a line: an exception, what was refused, a signal; "" when passed.

    `output` is the beginning of what was printed, standard error included.
    """

    verdict: Verdict
    detail: str = ""
    output: str = ""

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASSED


class SandboxUnavailable(Exception):
    """No program can be run here, whatever it does; the message says why."""
