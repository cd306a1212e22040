"""An engine and an editor as docs/deployment.md has them: its commands, its unit, its settings."""

import json

import pytest
from deployment import PAGE, Deployment
from installed import ROOT
from sandbox import sandbox
from team_engine import completed, outcomes

from diffgem_engine.protocol import PROTOCOL_VERSION


@pytest.fixture
def deployed(tmp_path):
    return Deployment(tmp_path)


async def test_the_page_leads_to_a_completion(deployed):
    """A guide whose third command fails."""
    with deployed.engine() as engine, sandbox() as box:
        assert engine.endpoint.startswith("tls://")
        assert "ok    engine: " in deployed.doctor
        assert json.loads(deployed.run(ready(deployed)))["ready"] is True
        del box.options["engineSocket"]
        async with box.edited(**deployed.settings()) as (editor, _server):
            assert await completed(editor)
        assert box.engines() == []
    assert ("ada", "ok") in outcomes(deployed.log)


def ready(deployed):
    (line,) = [line for line in deployed.block("", "curl").splitlines() if "curl" in line]
    return line


def test_its_settings_are_vs_codes(deployed):
    manifest = json.loads((ROOT / "editors" / "vscode" / "package.json").read_text())
    known = {
        name
        for section in manifest["contributes"]["configuration"]
        for name in section["properties"]
    }
    assert {f"diffgem.{name}" for name in deployed.settings()} <= known


def test_it_names_the_protocol_of_today():
    """A page about upgrades that is a version behind."""
    assert f"({PROTOCOL_VERSION}\ntoday" in PAGE
    assert f"speaks protocol {PROTOCOL_VERSION}, the client {PROTOCOL_VERSION - 1}:" in PAGE
