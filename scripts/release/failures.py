"""What ends `make dist`, in words for who runs it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

SHOWN = 4000  # characters of what a command said


class DistError(Exception):
    """A message that says what to do."""


def run(*command: str | Path, at: Path, env: Mapping[str, str] | None = None) -> str:
    """Its standard output.  Another exit code than 0 is a DistError with what it said."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, cwd=at, env=env, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise DistError(f"{words[0]} is not here; install it") from error
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-SHOWN:]
        raise DistError(f"{' '.join(words)} ended with {done.returncode}:\n{said}")
    return done.stdout
