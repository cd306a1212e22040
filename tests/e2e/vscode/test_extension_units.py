"""Tests of the extension that need Node and no window: editors/vscode/test/unit."""

import subprocess
import sys

import pytest
from extension import node
from installed import ROOT

pytestmark = pytest.mark.editor


@pytest.fixture
def wheel(tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = tmp_path.glob("*.whl")
    return built


def test_the_units_of_the_extension(extension, wheel, monkeypatch):
    assert extension
    monkeypatch.setenv("DIFFGEM_TEST_WHEEL", str(wheel))
    monkeypatch.setenv("DIFFGEM_TEST_PYTHON", sys.executable)
    monkeypatch.setenv("PIP_NO_DEPS", "1")  # nothing is fetched
    node("npm", "test")
