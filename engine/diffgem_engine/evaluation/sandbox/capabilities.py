"""What this machine's kernel holds of what a sandbox asks for."""

from functools import cache

from attrs import frozen

from diffgem_engine.evaluation.sandbox.inside.job import NONCE_BYTES
from diffgem_engine.evaluation.sandbox.judge import enforced
from diffgem_engine.evaluation.sandbox.limits import ALL, ORDINARY, Layers
from diffgem_engine.evaluation.sandbox.running import run_watched


@frozen
class Capabilities:
    """As a sandboxed process found it, not as a version number promises it.

    `landlock` is its version, 0 for none.  `process_limit` is false for root, whose processes the
    kernel does not count; seccomp refuses them all the same.
    """

    seccomp: bool
    landlock: int
    process_limit: bool

    def missing(self) -> list[str]:
        """A sentence for each thing that only the interpreter's audit hook holds here."""
        sentences = []
        if not self.seccomp and not self.process_limit:
            sentences.append("No seccomp and run as root: new processes are not held.")
        if not self.seccomp:
            sentences.append("No seccomp: the network is not held.")
        if not self.landlock:
            sentences.append("No Landlock: files outside of the program's folder are not held.")
        return sentences


@cache
def capabilities(layers: Layers = ALL) -> Capabilities:
    """Found by a run of an empty program.  Raises SandboxUnavailable."""
    nonce = bytes(NONCE_BYTES)
    filtered, version, alone = enforced(run_watched("", nonce, ORDINARY, layers))
    return Capabilities(bool(filtered), version, bool(alone))
