"""`diffgem-lsp doctor`, where all is well and where something is missing."""

import sys

import pytest

from diffgem_engine.endpoint import TlsEndpoint
from diffgem_engine.installation import install_command
from diffgem_lsp.__main__ import main
from diffgem_lsp.commands import doctor
from diffgem_lsp.syntax import grammars


def test_doctor(capsys, socket):
    """Each line ok, or what to do."""
    assert main(["doctor", "--socket", socket]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok  ") for line in lines)
    found = [line[6:].partition(":")[0] for line in lines]
    assert found == [
        *("installed", "grammars", "engine"),
        *("model", "device", "completion", "engine packages"),
    ]


def test_doctor_without_torch(capsys, monkeypatch, socket):
    """A laptop whose engine runs elsewhere was told that it is broken."""
    monkeypatch.setattr(doctor, "_version", lambda name: None)
    assert main(["doctor", "--socket", socket]) == 0
    assert "ok    engine packages: torch, " in capsys.readouterr().out


def test_doctor_knows_the_model(capsys, socket):
    assert main(["doctor", "--socket", socket, "--model", "/models/large"]) == 1
    out = capsys.readouterr().out
    assert "FAIL  model: the engine that runs has the model fake-" in out
    assert "stop it first (diffgem-lsp doctor says its pid), or name a socket of its own" in out
    assert "ok    completion" in out


@pytest.mark.parametrize("text", ["boom", "refuse", "wait a moment"])
def test_doctor_says_what_to_do_about_a_completion_that_fails(capsys, monkeypatch, socket, text):
    """ "FAIL" and a refusal in the engine's own words."""
    monkeypatch.setattr(doctor, "SAMPLE", text)
    fails = text in ("boom", "refuse")
    assert main(["doctor", "--socket", socket]) == int(fails)
    out = capsys.readouterr().out
    assert ("FAIL  completion: " in out) == fails
    assert ("stop the engine, look into " in out) == fails


def test_doctor_says_that_a_copy_won(capsys, monkeypatch, socket):
    """Its steps were told for a text that the sample has elsewhere."""
    monkeypatch.setattr(doctor, "SAMPLE", "copied")
    assert main(["doctor", "--socket", socket]) == 0
    assert "'COPIED', " in (out := capsys.readouterr().out)
    assert " ms, 2 steps, then a text of the document\n" in out


def test_doctor_names_the_grammars_that_do_not_load(capsys, monkeypatch, socket):
    """As after an update that broke off."""
    monkeypatch.setitem(sys.modules, "tree_sitter_ruby", None)
    grammars._load.cache_clear()
    try:
        assert main(["doctor", "--socket", socket]) == 1
    finally:
        grammars._load.cache_clear()
    assert "FAIL  grammars: ruby do not load; reinstall diffgem-lsp\n" in capsys.readouterr().out


def test_doctor_says_what_to_do(capsys, monkeypatch):
    """ "FAILED" alone helps nobody."""
    monkeypatch.setattr(doctor, "_version", lambda name: None)
    monkeypatch.setattr(doctor.grammars, "parser_for", lambda name: None)
    assert main(["doctor", "--socket", "tcp://127.0.0.1:1"]) == 1
    out = capsys.readouterr().out
    assert "FAIL  engine packages: torch" in out
    assert f"missing; run {install_command('engine')}" in out
    assert "FAIL  grammars: " in out
    assert "FAIL  engine: no engine listens" in out
    assert main(["doctor", "--socket", "tcp://example.org:1"]) == 1


def test_the_way_to_install_is_of_this_python(capsys, monkeypatch):
    """`pip` of another environment said that all is there."""
    monkeypatch.setattr(doctor, "_version", lambda name: None)
    assert main(["doctor", "--socket", "tcp://127.0.0.1:1"]) == 1
    assert f"run {sys.executable} -m pip install " in capsys.readouterr().out


def test_doctor_asks_for_no_engine_where_it_is_elsewhere(capsys, monkeypatch):
    """A desk without its token was told to install torch."""
    monkeypatch.setattr(doctor, "_version", lambda name: None)
    assert main(["doctor", "--socket", "tls://127.0.0.1:1"]) == 1
    out = capsys.readouterr().out
    assert "ok    engine packages: torch" in out
    assert "pip install" not in out


def test_advice_is_for_the_machine_of_the_engine(capsys, monkeypatch, socket):
    """Who uses a team's engine was told to stop it, and to read a log of another machine here."""
    monkeypatch.setattr(doctor, "SAMPLE", "refuse")
    monkeypatch.setattr(doctor, "endpoint_for", lambda _: TlsEndpoint("gpu.example", 7475))
    assert main(["doctor", "--socket", socket]) == 1
    out = capsys.readouterr().out
    assert "who runs this engine finds more in its log" in out
    assert "stop the engine" not in out
