"""What a sandboxed process is started with and told."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from attrs import asdict

from diffgem_engine.evaluation.sandbox.inside.job import Job
from diffgem_engine.evaluation.sandbox.limits import Layers, Limits

ROOT = str(Path(__file__).resolve().parents[3])  # where `diffgem_engine` is imported from
START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from diffgem_engine.evaluation.sandbox.inside.main import main; main(int(sys.argv[2]))"
)
# No `site`, no script's folder, no user's packages; unbuffered, UTF-8.
COMMAND = (sys.executable, "-S", "-P", "-s", "-u", "-X", "utf8", "-c", START, ROOT)


def job_file(source: str, nonce: bytes, limits: Limits, layers: Layers) -> IO[bytes]:
    """A file without a name, at its beginning: the job, then the nonce."""
    job = Job(
        source=source,
        parent=os.getpid(),
        memory=limits.memory,
        seconds=int(limits.seconds) + 1,
        file_bytes=limits.file_bytes,
        **asdict(layers),
    )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(job.to_bytes() + nonce)
    file.seek(0)
    return file


def start(job: IO[bytes], report: int, folder: Path) -> "subprocess.Popen[bytes]":
    """In a session of its own, and with nothing of this process's environment."""
    home = str(folder)
    return subprocess.Popen(
        [*COMMAND, str(report)],
        stdin=job,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=home,
        env={"HOME": home, "TMPDIR": home, "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"},
        pass_fds=(report,),
        start_new_session=True,
        bufsize=0,
    )
