"""What `make dist` compares: a rule that lets anything through finds nothing."""

import os
import zipfile

import contents
import pytest
from failures import DistError, run

VERSION = "1.2.3"
FILES = {
    "diffgem_lsp/server.py": b"serve()",
    "engine/diffgem_engine/models/big.md": b"# a card",
    "engine/diffgem_engine/models/big/model-00001-of-00002.safetensors": b"weights",
    "engine/diffgem_engine/models/big/tokenizer.json": b"{}",
    "editors/vscode/media/icon.png": b"drawn",
    "editors/vscode/src/extension.ts": b"activate()",
    "tests/test_server.py": b"assert True",
    "LICENSE": b"Apache",
}


@pytest.fixture
def root(tmp_path):
    for name, content in FILES.items():
        path = tmp_path / "checkout" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "checkout"


@pytest.fixture
def whole():
    """All that the wheel should have, and no more."""
    rule = contents.wheel(FILES, VERSION)
    return {name: FILES.get(source, b"made") for name, source in rule.items()}


@pytest.fixture
def said(root, tmp_path):
    """What is wrong with a wheel that has these."""

    def of(inside):
        path = tmp_path / "made.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in inside.items():
                archive.writestr(name, content)
        return contents.complaints(path, contents.wheel(FILES, VERSION), root)

    return of


def test_a_whole_wheel_is_fine(said, whole):
    assert "diffgem_engine/models/big.md" in whole
    assert not [name for name in whole if name.startswith(("engine/", "editors/", "tests/"))]
    assert said(whole) == []


def test_what_is_missing_is_told(said, whole):
    del whole["diffgem_lsp/server.py"]
    assert said(whole) == ["made.whl lacks diffgem_lsp/server.py"]


def test_what_is_extra_is_told(said, whole):
    whole["diffgem_lsp/scratch.py"] = b""
    (line,) = said(whole)
    assert line == "made.whl has diffgem_lsp/scratch.py, which git does not track"


def test_another_content_is_told(said, whole):
    whole["diffgem_lsp/server.py"] = b"serve(old=True)"
    assert said(whole) == ["made.whl has another diffgem_lsp/server.py than diffgem_lsp/server.py"]


@pytest.mark.parametrize("name", ["/etc/passwd", "../up.py", "diffgem_lsp/__pycache__/a.pyc"])
def test_a_name_that_leads_elsewhere_and_junk_are_told(said, whole, name):
    whole[name] = b""
    assert f"made.whl has {name}, which nobody needs" in said(whole)


def test_a_path_of_the_builders_machine_is_told(said, whole, root):
    whole[f"diffgem_lsp-{VERSION}.dist-info/METADATA"] = f"Home: {root}".encode()
    (line,) = said(whole)
    assert "names this checkout" in line


def test_an_extension_has_the_bundle_and_not_its_sources():
    rule = contents.vsix(FILES, VERSION)
    assert {"extension/dist/extension.js", "extension/media/icon.png"} <= set(rule)
    assert not [name for name in rule if "src" in name]


@pytest.mark.parametrize("what", contents.ALWAYS)
def test_a_wheel_without_its_model_is_told(tmp_path, whole, what):
    """A model that git does not track is in no rule that starts there."""
    path = tmp_path / "made.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in whole.items():
            if not contents.ALWAYS[what].fullmatch(name):
                archive.writestr(name, content)
    assert contents.model(path) == [f"made.whl lacks the embedded model's {what}"]


def test_a_failed_command_is_told_with_what_it_said(tmp_path):
    with pytest.raises(DistError, match=r"ls /nowhere ended with \d:\n.*No such file"):
        run("ls", "/nowhere", at=tmp_path, env={"LC_ALL": "C", "PATH": os.defpath})
    with pytest.raises(DistError, match="no-such-program is not here; install it"):
        run("no-such-program", at=tmp_path)
