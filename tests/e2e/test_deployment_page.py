"""An engine and an editor as docs/deployment.md has them: commands, unit, settings; and
as the README has them, in short."""

import json
import re

import pytest
from deployment import PAGE, Deployment
from installed import ROOT
from sandbox import sandbox
from team_engine import completed, outcomes, started

from diffgem_engine.protocol import PROTOCOL_VERSION

README = (ROOT / "README.md").read_text()


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


def test_the_readmes_five_commands(deployed, monkeypatch):
    """What a newcomer tries first."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(deployed.folder / "config"))
    (block,) = re.findall(r"^```\n(\(umask 077; .*?)^```$", README, re.M | re.S)
    lines = deployed.here(block).replace("\\\n", " ").splitlines()
    token, certificate, serve, doctor, revoke = lines
    deployed.run(f"{token}\n{certificate}")
    with started(in_folder(deployed, serve)) as engine:
        assert "ok    completion: " in deployed.run(doctor.replace("7475", str(engine.port)))
        assert deployed.run(revoke).startswith("revoked ")
        with pytest.raises(AssertionError, match="the engine does not know this token"):
            deployed.run(doctor.replace("7475", str(engine.port)))


def in_folder(deployed, command):
    here = command.replace("0.0.0.0", "127.0.0.1").replace("7475", "0")
    return ("bash", "-c", f"cd {deployed.folder / 'etc'} && exec {here}")


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
