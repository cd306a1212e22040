"""The terminal of who follows a page: one shell, which keeps variables, folder and what runs."""

import os
import re
import selectors
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

ENDED = 0x1E  # the record separator, which no command prints


class OutOfTime(Exception):
    """The page's time was up."""


class ShellEnded(Exception):
    """A command took the terminal with it."""


class Shell:
    """What its programs print comes in one stream, as on a screen.

    No command has a keyboard: what would ask a question reads an end of file.
    """

    def __init__(self, folder, environment, limit_s):
        self._until = time.monotonic() + limit_s
        self._scripts = Path(tempfile.mkdtemp(dir=environment["TMPDIR"]))
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=folder, env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._bash.stdout, selectors.EVENT_READ)
        self._heard = b""

    def run(self, command):
        """Exit status and what came.  Raises OutOfTime, ShellEnded."""
        script = self._scripts / "command"
        script.write_text(command)
        mark = uuid.uuid4().hex
        typed = f". {script} < /dev/null; printf '\\036{mark} %d\\036' $?\n"
        self._bash.stdin.write(typed.encode())
        self._bash.stdin.flush()
        ended = re.compile(rb"\x1e%s (\d+)\x1e" % mark.encode())
        while not (found := ended.search(self._heard)):
            self._hear()
        came = self._heard[: found.start()] + self._heard[found.end() :]
        self._heard = b""
        return int(found[1]), came.decode(errors="replace")

    def await_more(self, came, enough):
        """What came, once `enough(it)`: of what was left running in the background."""
        while not enough(came):
            self._hear()
            came, self._heard = came + self._heard.decode(errors="replace"), b""
        return came

    @property
    def heard(self):
        """What came of a command that has not ended."""
        return re.sub(rb"\x1e.*?\x1e", b"", self._heard).decode(errors="replace")

    def _hear(self):
        if not self._ready.select(max(0, self._until - time.monotonic())):
            raise OutOfTime
        if not (more := os.read(self._bash.stdout.fileno(), 1 << 16)):
            raise ShellEnded
        self._heard += more

    def end(self):
        """Of the shell alone: what it started is found by `walk_place.Place`."""
        self._bash.kill()
        self._bash.wait()
        self._ready.close()
        self._bash.stdin.close()
        self._bash.stdout.close()
