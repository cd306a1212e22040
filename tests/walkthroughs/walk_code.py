"""VS Code of who follows a page: an empty profile in the page's home, a window, a keyboard."""

import contextlib
import json
import os
import shlex
from pathlib import Path

from attrs import frozen
from browsing import Page, browser
from installed import ROOT, cache
from sandbox import sandbox
from serving import SETTINGS, command, served
from walk_place import path_without_ours
from window import Window

KEPT = ".code"  # of the home, where VS Code has links to its folders on a desktop
LINKS = {"user": ".config/Code", "extensions": ".vscode/extensions", "server": ".vscode/server"}
OF_NODE = ("npm_config_", "NODE_EXTRA_CA_CERTS")
HOME = Path.home()  # the user's own, before a page has another
# quiet for a test; but whether a folder is trusted VS Code asks, as it asks anybody
PROFILE = {
    **{name: value for name, value in SETTINGS.items() if "trust" not in name},
    "editor.fontSize": 17,
    "editor.minimap.enabled": False,
    "workbench.colorTheme": "Default Dark Modern",
    **({"diffgem.server.torchIndex": index} if (index := os.environ.get("TORCH_INDEX")) else {}),
}


@frozen
class Desk:
    """What starts VS Code asks for this."""

    folder: Path
    environment: dict


def environment(programs):
    """For the page's shell: `code`, and what npm has on this machine, as pip's is given."""
    write_program(programs / "code")
    npm = {"npm_config_cache": str(HOME / ".npm"), "npm_config_userconfig": str(HOME / ".npmrc")}
    given = {name: value for name, value in os.environ.items() if name.startswith(OF_NODE)}
    path = os.pathsep.join([str(programs), path_without_ours()])
    return {**npm, **given, "DIFFGEM_E2E_CACHE": str(cache()), "PATH": path}


def write_program(path):
    """What a terminal knows as `code`."""
    lines = [f'mkdir -p "$HOME/{KEPT}"']
    for name, folder in LINKS.items():
        lines.append(f'mkdir -p "$HOME/{folder}"; ln -sfn "../{folder}" "$HOME/{KEPT}/{name}"')
    words = map(shlex.quote, map(str, command(Path("@HOME@", KEPT))))
    lines.append(f'exec {" ".join(words)} "$@"'.replace("@HOME@", '"$HOME"'))
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


@contextlib.contextmanager
def window_of(place, folder, screen):
    """A new window on that folder; VS Code ends with it."""
    # the versions that `make setup` takes, for the server's own environment as well
    pinned = {"PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    desk = Desk(place.home, {**place.environment, **pinned})
    with served(desk, place.home / KEPT, PROFILE) as code:
        page = Page(screen, "walk")
        window = Window(page)
        window.open(code.url(folder))
        yield window
        page.close()


@contextlib.contextmanager
def screens():
    """A browser to see VS Code in; what it writes is not in the page's home."""
    with sandbox() as box, browser(box) as screen:
        yield screen


def settings_with(block):
    """The text of the user's settings once a page's are among them."""
    return json.dumps({**PROFILE, **json.loads(block)})
