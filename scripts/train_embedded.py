"""Train the embedded model again: fetch its corpus, then train on it.

    scripts/train_embedded.py --out DIR [--minutes N] [--slice N]

Gets the projects of `python-small.corpus.json` from the package index in the versions that are
recorded there, and adds this Python's own library.  What is there is not fetched again, and the
training goes on where it stopped: the same command does the next slice.
"""

import argparse
import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "engine/diffgem_engine/models/python-small.corpus.json"
NOT_PACKAGES = ("python3.13", "site-packages")  # this machine's own, at the time


class Project(NamedTuple):
    name: str
    version: str
    held_out: bool


def main() -> int:
    options = _options()
    projects = list(_projects())
    sources = options.out / "sources"
    lost = [project for project in projects if not _fetch(project, sources)]
    if lost:
        names = ", ".join(f"{project.name} {project.version}" for project in lost)
        print(
            f"not fetched: {names}. Run the command again; where a version is gone, put another "
            f"one's files into a folder of the project's name in {sources}",
            file=sys.stderr,
        )
        return 1
    print(f"{len(projects)} projects in {sources}", flush=True)
    return subprocess.call(_training(options, projects, sources))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", required=True, type=Path, help="the run's folder, and its corpus'")
    parser.add_argument("--minutes", default="480", help="of training, all in all (default: 480)")
    parser.add_argument("--slice", help="minutes of this call (default: all that are left)")
    return parser.parse_args()


def _projects() -> Iterator[Project]:
    for entry in json.loads(CORPUS.read_text()):
        if entry["project"] not in NOT_PACKAGES:
            yield Project(entry["project"], entry["version"], entry["held_out"])


def _fetch(project: Project, sources: Path) -> bool:
    """Into a folder of the project's name, which is whole or not there."""
    target = sources / project.name
    if target.exists():
        return True
    sources.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=sources.parent) as folder:
        print(f"fetching {project.name} {project.version} ...", flush=True)
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", folder]
        if subprocess.call([*pip, f"{project.name}=={project.version}"]):
            return False
        (archive,) = Path(folder).iterdir()
        unpacked = Path(folder) / "unpacked"
        _unpack(archive, unpacked)
        shutil.move(unpacked, target)
    return True


def _unpack(archive: Path, target: Path) -> None:
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(target)
    else:
        with tarfile.open(archive) as packed:
            packed.extractall(target, filter="data")


def _training(options: argparse.Namespace, projects: Sequence[Project], sources: Path) -> list[str]:
    sliced = ["--slice", options.slice] if options.slice else []
    return [
        sys.executable, "-m", "diffgem_engine", "train", "--out", str(options.out / "run"),
        "--source", str(sources), sysconfig.get_path("stdlib"),
        "--hold-out", *(project.name for project in projects if project.held_out),
        "--minutes", options.minutes, *sliced,
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
