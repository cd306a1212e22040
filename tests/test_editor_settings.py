"""The settings of editors come from the server's options, their one source."""

import json

import pytest
from script_files import script


@pytest.fixture(scope="module")
def vscode():
    return script("settings", "vscode.py")


def test_vs_codes_settings_are_up_to_date(vscode):
    """If not: scripts/settings/vscode.py."""
    manifest = vscode.MANIFEST.read_text(encoding="utf-8")
    assert vscode.written(manifest) == manifest


def test_what_decides_what_runs_needs_a_trusted_folder(vscode):
    manifest = json.loads(vscode.MANIFEST.read_text(encoding="utf-8"))
    restricted = manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    assert {"diffgem.engineCommand", "diffgem.engineSocket", "diffgem.model"} <= set(restricted)
    sections = manifest["contributes"]["configuration"]
    settings = {name: each for section in sections for name, each in section["properties"].items()}
    ours = {name for name in restricted if settings[name]["scope"] == "machine-overridable"}
    assert {*restricted} - ours == {*vscode.OF_THE_MACHINE}


def test_no_repository_says_who_gets_the_token(vscode):
    """Guards settings of a folder, however trusted, that name where DIFFGEM_TOKEN goes."""
    manifest = json.loads(vscode.MANIFEST.read_text(encoding="utf-8"))
    sections = manifest["contributes"]["configuration"]
    settings = {name: each for section in sections for name, each in section["properties"].items()}
    for name in ("engineSocket", "engineTokenFile", "engineCertificate"):
        assert settings[f"diffgem.{name}"]["scope"] == "machine"


def test_a_default_of_the_servers_is_nothing_in_the_settings_page(vscode):
    """Its page cannot leave out a text or a list: there an empty one stands for it."""
    option = {"default": None, "description": "where", "unset": "found", "minLength": 1}
    text = vscode.setting({**option, "type": ["string", "null"]}, 0)
    assert (text["type"], text["default"]) == ("string", "")
    assert text["markdownDescription"] == "Where. Not set: found."
    assert "minLength" not in text
    number = vscode.setting({**option, "type": ["integer", "null"]}, 0)
    assert (number["type"], number["default"]) == (["integer", "null"], None)
