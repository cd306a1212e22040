"""Where a page is followed: a fresh home, and an end to all that was started from it."""

import contextlib
import functools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from installed import CACHE_HOME

PATIENCE_S = 10
# how this machine reaches package indexes, and what any program needs
KEPT = ("PATH", "LANG", "LC_ALL", "USER", "LOGNAME", "TORCH_INDEX", "OMP_NUM_THREADS",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY",
        "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")  # fmt: skip
FOLDERS = {"XDG_RUNTIME_DIR": "run", "TMPDIR": "tmp"}  # what else XDG has follows from HOME


class Place:
    """A home of its own; its name is short, for a socket's path may have 100 bytes."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="dg-", dir="/tmp"))
        for name in FOLDERS.values():
            (self.home / name).mkdir(0o700, parents=True)

    @property
    def environment(self):
        kept = {k: v for k, v in os.environ.items() if k in KEPT or k.startswith("PIP_")}
        folders = {name: str(self.home / folder) for name, folder in FOLDERS.items()}
        return {**kept, "PATH": path_without_ours(), "HOME": str(self.home), **folders,
                **pip_of_the_user()}  # fmt: skip

    def end_all(self):
        """By its id each, whatever has the home or a folder below it as its own."""
        ours = [process for process in psutil.process_iter() if self._is_ours(process)]
        for end in (psutil.Process.terminate, psutil.Process.kill):
            for process in ours:
                with contextlib.suppress(psutil.Error):
                    end(process)
            until = time.monotonic() + PATIENCE_S
            while (ours := [each for each in ours if lives(each)]) and time.monotonic() < until:
                time.sleep(0.02)

    def _is_ours(self, process):
        with contextlib.suppress(psutil.Error):
            return f"{process.environ().get('TMPDIR', '')}/".startswith(f"{self.home}/")
        return False


def lives(process):
    """A zombie does not: who began it may never ask after it."""
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def path_without_ours():
    """An environment that happens to be active is none of the reader's."""
    found = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(each for each in found if Path(each) != Path(sys.prefix, "bin"))


def pip_of_the_user():
    """Its cache and its settings, which a fresh home would lose."""
    kept = {"PIP_CACHE_DIR": _pip("cache", "dir")}
    settings = Path.home() / ".config" / "pip" / "pip.conf"
    if settings.exists():
        kept["PIP_CONFIG_FILE"] = os.environ.get("PIP_CONFIG_FILE", str(settings))
    return kept


@functools.cache
def _pip(*words):
    """As the user has it: the tests have given themselves another cache by now."""
    command = [sys.executable, "-m", "pip", *words]
    there = {**os.environ, "XDG_CACHE_HOME": str(CACHE_HOME)}
    done = subprocess.run(command, env=there, capture_output=True, text=True, check=True)
    return done.stdout.strip()
