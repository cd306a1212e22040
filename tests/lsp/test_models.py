from pathlib import Path

import pytest

from diffgem_lsp.engine.models import complaint, resolved, serve_options


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    (tmp_path / "org" / "local").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    return tmp_path


@pytest.mark.parametrize("model", ["org/local", "./org/local", "models/deep/one", "one", "../one"])
def test_a_folder_becomes_absolute(folder, model):
    """The engine, which works in another folder, did not find it."""
    assert serve_options(model) == ("--model", str((folder / model).absolute()))


def test_home():
    """No shell expands what stands in an editor's settings."""
    assert resolved("~/models/one") == "/home/me/models/one"
    assert resolved("~nobody-at-all/x") == "~nobody-at-all/x"


def test_a_name_that_no_file_can_have():
    """It ended the server's start with a traceback."""
    assert resolved("a" * 300 + "/b") == "a" * 300 + "/b"


def test_a_hub_id_stays_as_it_is():
    assert resolved("google/diffusiongemma-26B") == "google/diffusiongemma-26B"
    assert serve_options(None) == ()


@pytest.mark.parametrize(
    ("wanted", "running", "another"),
    [
        ("/m/large", "/m/large", False),
        ("/m/large", "/n/large", True),
        ("/m/large", "models/large", False),
        ("/m/large", "python-small", True),
        ("google/large", "google/large", False),
        ("google/large", "google/small", True),
        ("org/local", "org/local", False),
    ],
)
def test_another_model(wanted, running, another):
    """A warning where there is nothing to warn of, or none where the option has no effect."""
    said = complaint(wanted, running)
    assert bool(said) is another
    if another:
        assert f"has the model {running}, not {wanted}: stop it" in said


def test_a_link_is_the_same_model(folder):
    (folder / "link").symlink_to(folder / "org")
    assert complaint("link/local", str(Path("org/local").absolute())) == ""
    assert complaint(None, "anything") == ""
