"""Source to evaluate on; and programs are run, and looked at for what they leave behind."""

import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from checkpoints import python_files

from diffgem_engine.evaluation.sandbox.limits import ALL, Limits
from diffgem_engine.evaluation.sandbox.running import run_program

collect_ignore_glob = [] if sys.platform == "linux" else ["test_sandbox*"]

GENEROUS = Limits(seconds=30.0)  # only what never ends by itself takes as long


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    for path in python_files(4):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture
def run(tmp_path, monkeypatch):
    """`run_program` in a place of its own: afterwards no folder, process or descriptor is left."""
    place = tmp_path / "runs"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))

    def runs(source, limits=GENEROUS, layers=ALL):
        before = descriptors()
        outcome = run_program(source, limits, layers)
        assert list(place.iterdir()) == []
        assert descriptors() == before
        assert [child.pid for child in psutil.Process().children() if is_program(child)] == []
        return outcome

    return runs


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def is_program(process):
    return any("evaluation.sandbox.inside" in word for word in process.cmdline())
