"""The unit in deploy/systemd, by systemd's own tools."""

import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "diffgem-engine.service"
PROXIED = UNIT.with_name("behind-a-proxy.conf")
PROGRAM = "/opt/diffgem/bin/diffgem-engine"
MOST_EXPOSED = 20  # tenths, of systemd's 100
ANALYZE = shutil.which("systemd-analyze")

needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not here")


def analyzed(*words):
    return subprocess.run(
        [ANALYZE, *map(str, words)], capture_output=True, text=True, check=False, timeout=60
    )


def here(file, place):
    place.parent.mkdir(exist_ok=True)
    place.write_text(file.read_text().replace(PROGRAM, shutil.which("true")))
    return place


@needs_systemd
def test_systemd_finds_nothing_wrong(tmp_path):
    """But that there is no such program here: it is put in its place."""
    unit = here(UNIT, tmp_path / UNIT.name)
    found = analyzed("verify", unit)
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


@needs_systemd
def test_the_service_is_confined():
    found = analyzed("security", "--offline=yes", f"--threshold={MOST_EXPOSED}", UNIT)
    assert found.returncode == 0, found.stdout


@needs_systemd
def test_behind_a_proxy_it_is_the_same_service_without_tls(tmp_path):
    """A second ExecStart beside the first is an error that shows at the next start."""
    unit = here(UNIT, tmp_path / UNIT.name)
    here(PROXIED, tmp_path / f"{UNIT.name}.d" / "proxy.conf")
    found = analyzed("verify", unit)
    assert (found.returncode, found.stdout + found.stderr) == (0, "")
    assert PROXIED.read_text().count("ExecStart=") == 2
    assert "--tls" not in PROXIED.read_text()
