"""All that a process gives up before it runs what nobody has read."""

import gc
import os
import sys

from diffgem_engine.evaluation.sandbox.inside import audit, landlock, process, seccomp
from diffgem_engine.evaluation.sandbox.inside.job import Job
from diffgem_engine.evaluation.sandbox.inside.kernel import Kernel
from diffgem_engine.evaluation.sandbox.inside.paths import readable

OWN = ("ctypes", "_ctypes", "diffgem_engine")


def lock(job: Job, report: int) -> bytes:
    """Everything that the job asks for and this machine has; a line that says which that is.

    The order matters: without the privileges that go first the filters would need root, and the
    filter of system calls refuses what the locks before it are made with.
    """
    folder, kernel, roots = os.getcwd(), Kernel(), readable()  # noqa: PTH109 - less to import
    process.limit(job.memory, job.seconds, job.file_bytes)
    process.give_up_privileges(kernel, job.parent)
    alone = process.no_more_processes()
    version = landlock.confine(kernel, folder, roots) if job.landlock else 0
    filtered = seccomp.confine(kernel) if job.seccomp else False
    del kernel
    _forget()
    if job.audit:
        sys.addaudithook(audit.hook(folder, roots, report))
    return b"enforced %d %d %d\n" % (filtered, version, alone)


def _forget() -> None:
    """What the locks were made with is no module that the program could import or find."""
    sys.dont_write_bytecode = True
    sys.path[:] = [entry for entry in sys.path if entry != sys.argv[1]]
    for name in list(sys.modules):
        if name.partition(".")[0] in OWN:
            del sys.modules[name]
    sys.argv = [""]
    gc.collect()
