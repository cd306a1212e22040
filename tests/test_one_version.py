"""One version, in one place; where it must stand as text, it is written by scripts/release."""

import re
import subprocess
import sys

import pytest
import stamping
from failures import DistError
from script_files import ROOT

# Records of what was, versions of other things, and tests that make up their own.
ELSEWHERE = ("CHANGELOG.md", "constraints.txt", "docs/scorecard/", "tests/", "editors/vscode/test/")


def test_every_copy_has_the_version():
    """If not: scripts/release/stamping.py."""
    assert list(stamping.outdated(ROOT)) == []


def test_nothing_else_has_it_as_text():
    """One more number to remember at a release."""
    known = {str(path) for path in (stamping.SOURCE, *(copy.path for copy in stamping.COPIES))}
    version = re.escape(stamping.version_of(ROOT))
    words = ["git", "grep", "-IlP", rf"(?<![\w.^~=]){version}(?![\w.])", "--", "."]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    assert known >= {name for name in found.splitlines() if not name.startswith(ELSEWHERE)}
    assert known <= set(found.splitlines())


@pytest.mark.parametrize("program", ["diffgem_lsp", "diffgem_engine"])
def test_both_programs_say_it(program):
    words = [sys.executable, "-m", program, "--version"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said == f"{program.replace('_', '-')} {stamping.version_of(ROOT)}\n"


@pytest.mark.parametrize("copy", stamping.COPIES, ids=lambda copy: copy.path.name)
def test_a_copy_changes_in_its_number_alone(copy):
    text = (ROOT / copy.path).read_text(encoding="utf-8")
    changed = copy.stamped(text, "12.34.56")
    assert changed.count("12.34.56") == copy.times
    assert copy.stamped(changed, stamping.version_of(ROOT)) == text


def test_a_copy_that_has_moved_is_told():
    """A pattern that finds nothing would leave the old number where users read it."""
    with pytest.raises(DistError, match=r"init\.lua has its version in 0 places"):
        stamping.COPIES[2].stamped("M.number = '0.1.0'", "0.2.0")


@pytest.mark.parametrize("line", ['__version__ = "1.0rc1"', "__version__ = '1.0.0'", ""])
def test_a_version_that_not_every_artifact_can_have_is_refused(tmp_path, line):
    """VS Code takes three numbers and nothing else."""
    source = tmp_path / stamping.SOURCE
    source.parent.mkdir(parents=True)
    source.write_text(line)
    with pytest.raises(DistError, match="three numbers"):
        stamping.version_of(tmp_path)
