"""From a checkout to three files of one version."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import stamping
from failures import DistError, run


@dataclass(frozen=True, slots=True)
class Artifacts:
    version: str
    sdist: Path
    wheel: Path
    vsix: Path

    def __iter__(self) -> Iterator[Path]:
        return iter((self.sdist, self.wheel, self.vsix))


def named(folder: Path, version: str) -> Artifacts:
    """What they are called in that folder."""
    return Artifacts(
        version,
        folder / f"diffgem_lsp-{version}.tar.gz",
        folder / f"diffgem_lsp-{version}-py3-none-any.whl",
        folder / f"diffgem-{version}.vsix",
    )


def packages(root: Path, folder: Path) -> Artifacts:
    """The sdist, and the wheel from what the sdist has; the extension is not there yet."""
    version = stamping.stamp(root)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, root, at=root)
    return named(folder, version)


def extension(root: Path, made: Artifacts) -> None:
    """The .vsix, which carries that wheel."""
    env = {**os.environ, "DIFFGEM_PYTHON": sys.executable}
    run(root / "scripts" / "vsix", made.wheel, made.vsix, at=root, env=env)


def publish(made: Artifacts, folder: Path) -> Artifacts:
    """Moves them where users look; those that were there before, of whatever version, are gone.

    What else lies there stays.
    """
    try:
        folder.mkdir(exist_ok=True)
        for path in made:
            shutil.move(path, folder / path.name)
        published = named(folder, made.version)
        for pattern in named(folder, "*"):
            for path in set(folder.glob(pattern.name)) - set(published):
                path.unlink()
    except OSError as error:
        raise DistError(
            f"{error.filename}: {error.strerror}; make room, or remove it, and run make dist again"
        ) from error
    return published
