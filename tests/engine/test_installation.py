"""The command that installs more, from where this came: never by a name that is not ours."""

import json
import re
import shlex
import subprocess
import sys

import pytest
from script_files import ROOT

from diffgem_engine.installation import install_command

BY_NAME = re.compile(r"pip install (?:-\S+ )*['\"]?diffgem")
SAID = ("*.py", "*.lua", "*.ts", "*.el", "*.md", "*.txt", "*.json")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """As pip notes it, and this alone is installed."""
    folder = tmp_path / "site" / "diffgem_lsp-0.1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: diffgem-lsp\nVersion: 0.1.0\n")
    monkeypatch.setattr(sys, "path", [str(folder.parent)])

    def note(url, **fields):
        noted = {"url": url, **fields}
        (folder / "direct_url.json").write_text(json.dumps(noted))
        return shlex.split(install_command("engine"))

    return note


def test_a_clone_in_use_stays_in_use(installed, tmp_path):
    """Guards a copy that no longer follows the clone."""
    clone = tmp_path / "a clone"
    clone.mkdir()
    words = installed(clone.as_uri(), dir_info={"editable": True})
    assert words == [sys.executable, "-m", "pip", "install", "-e", f"{clone}[engine]"]
    words = installed(clone.as_uri(), dir_info={})
    assert words == [sys.executable, "-m", "pip", "install", f"{clone}[engine]"]


def test_a_wheel(installed, tmp_path):
    wheel = tmp_path / "diffgem_lsp-0.1.0-py3-none-any.whl"
    wheel.touch()
    assert installed(wheel.as_uri(), archive_info={})[-1] == f"{wheel}[engine]"


@pytest.mark.parametrize("url", ["file:///no/such/a.whl", "https://git.example/diffgem.git"])
def test_what_is_not_there_is_asked_for(installed, url):
    """The wheel that an extension carried goes with the extension's next version."""
    assert "'/path/to/it[engine]' with the clone or wheel" in shlex.join(installed(url))


def test_where_nothing_is_noted(installed):
    assert "'/path/to/it[train]' with the clone or wheel" in install_command("train")


def test_the_brackets_are_quoted(installed, tmp_path):
    """A shell took them for a pattern."""
    installed(tmp_path.as_uri(), dir_info={})
    assert install_command("engine").endswith(f" '{tmp_path}[engine]'")


def test_nothing_says_to_install_it_by_name():
    """No index has it: whoever registers the name would be installed on our advice."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *SAID]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in names.split("\0") if name and not name.startswith("tests/")]
    found = [path for path in paths if path.is_file() and BY_NAME.search(path.read_text())]
    assert len(paths) > 500
    assert found == []
