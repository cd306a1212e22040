"""One training at a time in a folder, and nothing left of one that did not begin."""

import subprocess
import sys

import pytest

from diffgem_engine.training.alone import alone_in
from diffgem_engine.training.errors import TrainError

HOLDING = """
import sys
from pathlib import Path
from diffgem_engine.training.alone import alone_in
with alone_in(Path(sys.argv[1])):
    print("in", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process with the folder `run`."""
    command = [sys.executable, "-c", HOLDING, str(tmp_path / "run")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"in\n"
        yield process
        process.kill()


def test_another_training_is_left_alone(tmp_path, other):
    """Guards the state of hours, which the second run would overwrite."""
    refused = pytest.raises(TrainError, match=r"another training runs in .*run; wait until it end")
    with refused, alone_in(tmp_path / "run"):
        pass
    other.kill()
    other.wait()
    with alone_in(tmp_path / "run"):
        (tmp_path / "run" / "state.pt").touch()
    assert (tmp_path / "run").exists()


def test_what_is_refused_leaves_no_folder(tmp_path):
    with pytest.raises(RuntimeError), alone_in(tmp_path / "run"):
        raise RuntimeError
    assert not (tmp_path / "run").exists()


def test_a_file_is_no_folder(train, source, tmp_path):
    """Guards an hour of collecting that ends in the same refusal."""
    (tmp_path / "run").touch()
    code, printed, error = train("--source", str(source))
    assert (code, printed) == (2, "")
    assert "cannot be a run's folder (File exists); give another --out" in error
