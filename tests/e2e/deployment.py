"""docs/deployment.md, done as it stands there, but for places, the host's name and the port."""

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from installed import ROOT
from team_engine import ENGINE, started

PAGE = (ROOT / "docs" / "deployment.md").read_text()
UNIT = (ROOT / "deploy" / "systemd" / "diffgem-engine.service").read_text()
LSP = Path(sys.executable).with_name("diffgem-lsp")
HERE = os.pathsep.join(sys.path)


class Deployment:
    """What the page leaves on the workstation and on a desk, below `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.log = folder / "engine.log"
        self.port = 7475
        (folder / "etc").mkdir(0o700)

    def block(self, kind, beginning):
        """The block of the page that has a line which begins so."""
        blocks = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.M | re.S)
        (found,) = [each for each in blocks if re.search(f"^{beginning}", each, re.M)]
        return self.here(found)

    def here(self, text):
        engine = " ".join(map(shlex.quote, ENGINE))
        lsp = f"{shlex.quote(sys.executable)} -m diffgem_lsp"
        for theirs, ours in (
            ("sudo -u diffgem ", ""),
            ("/opt/diffgem/bin/diffgem-engine", engine),
            ("/path/to/diffgem/.venv/bin/diffgem-lsp", str(LSP)),
            (".venv/bin/diffgem-engine", engine),
            (".venv/bin/diffgem-lsp doctor", f"{lsp} doctor"),
            ("\ndiffgem-lsp doctor", f"\n{lsp} doctor"),
            ("/etc/diffgem", str(self.folder / "etc")),
            ("~/.config/diffgem", str(self.folder / "desk")),
            ("workstation.example", "localhost"),
            (":7475", f":{self.port}"),
        ):
            text = text.replace(theirs, ours)
        return text

    def run(self, script, text=""):
        """What it prints; the page's commands work, or the test fails."""
        done = subprocess.run(
            ["bash", "-euc", script], input=text, capture_output=True, text=True, check=False,
            cwd=self.folder / "etc", env={**os.environ, "PYTHONPATH": HERE},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextlib.contextmanager
    def engine(self):
        """The certificate, a token, the unit's command, and a desk that has both."""
        self.run(self.block("", "sudo -u diffgem openssl"))
        token = self.run(self.block("", "sudo -u diffgem .* token add ada"))
        with started(self.command()) as engine:
            self.port = engine.port
            self.doctor = self.run(self.block("", "mkdir -p ~/.config/diffgem"), token)
            yield engine

    def command(self):
        (found,) = re.findall(r"^ExecStart=(.*?[^\\])$", UNIT, re.M | re.S)
        words = shlex.split(self.here(found.replace("\\\n", " ").replace("$DIFFGEM_OPTIONS", "")))
        words[words.index("0.0.0.0")] = "127.0.0.1"
        words[words.index("7475")] = "0"
        return (*words, "--log-format", "json", "--log-file", str(self.log))

    def settings(self):
        """Those of VS Code, as its extension gives them to the server."""
        found = json.loads(self.block("json", "{"))
        return {name.removeprefix("diffgem."): value for name, value in found.items()}
