"""An environment of Python's with nothing in it, outside the checkout."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from failures import run

CONSTRAINTS = Path(__file__).resolve().parents[2] / "constraints.txt"
OURS = ("PYTHON", "DIFFGEM_", "XDG_", "VIRTUAL_ENV")  # what would lead a program elsewhere


def clean(home: Path) -> dict[str, str]:
    """The variables for a program that shall find nothing of the user who runs it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "HOME": str(home)}


@dataclass(frozen=True, slots=True)
class Environment:
    """`folder` is new; `bare` is what was in it before anything was installed, in bytes."""

    folder: Path
    bare: int

    @classmethod
    def fresh(cls, folder: Path) -> "Environment":
        run(sys.executable, "-m", "venv", folder, at=folder.parent)
        return cls(folder, _bytes(folder))

    def install(self, *words: str | Path) -> None:
        """In the versions that the tests passed with."""
        self._pip("install", "-q", "-c", CONSTRAINTS, *words)

    def check(self) -> None:
        """DistError where something that is installed lacks what it requires."""
        self._pip("check")

    def _pip(self, *words: str | Path) -> None:
        """With the user's own settings and cache: torch is fetched once."""
        kept = {name: each for name, each in os.environ.items() if not name.startswith("PYTHON")}
        pip = (self.folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
        run(*pip, *words, at=self.folder, env=kept)

    def run(self, program: str, *words: str | Path) -> str:
        """What it prints; for its home it has the environment's own folder."""
        return run(self.folder / "bin" / program, *words, at=self.folder, env=clean(self.folder))

    @property
    def packages(self) -> Path:
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found

    @property
    def added(self) -> int:
        """What has been installed, in bytes."""
        return _bytes(self.folder) - self.bare


def _bytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
