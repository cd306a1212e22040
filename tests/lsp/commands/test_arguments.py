"""The command line's own: arguments, the version, the log, the options there are."""

import json

import pytest

from diffgem_lsp import __version__
from diffgem_lsp.__main__ import main


@pytest.mark.parametrize(
    "arguments",
    [
        ["complete"],
        ["complete", "a:1:1", "--steps", "0"],
        ["complete", "a:1:1", "--steps", "many"],
        ["complete", "a:1:1", "--seed", "-1"],
        ["complete", "a:1:1", "--seed", "9" * 5_000],
        ["no-such"],
    ],
)
def test_bad_arguments(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"diffgem-lsp {__version__}\n")


def test_a_log_that_cannot_be_written(capsys, monkeypatch):
    monkeypatch.setattr("logging.root.handlers", [])
    assert main(["--log-file", "/no/such/folder/log", "doctor"]) == 2
    assert "cannot log to /no/such/folder/log" in capsys.readouterr().err


def test_options_are_printed(capsys):
    """`diffgem-lsp options --markdown` is what the editors' settings pages are made from."""
    assert main(["options", "--markdown"]) == 0
    assert "| `maxLines` | `12` | the longest completion, in lines |" in capsys.readouterr().out
    assert main(["options"]) == 0
    assert "maxLines = 12\n    the longest completion" in capsys.readouterr().out


def test_options_for_the_settings_of_editors(capsys):
    """Their bounds and defaults were written anew for each editor, and differed."""
    assert main(["options", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    about = "the longest completion, in lines"
    whole = {"type": "integer", "minimum": 1, "maximum": 200}
    assert found["maxLines"] == {**whole, "default": 12, "description": about}
    assert found["trigger"]["enum"] == ["automatic", "manual"]
    assert found["languages"]["default"] == {}
    assert found["model"]["type"] == ["string", "null"]
    assert found["model"]["unset"] == "the embedded one"
    ran = {name for name, about in found.items() if "decidesWhatRuns" in about}
    access = {"engineTokenFile", "engineCertificate"}
    assert ran == {"engineSocket", "engineCommand", "model", *access}
