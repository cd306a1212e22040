"""The command that installs more of this DiffGem, from where it came.

Never by its name alone: no index of packages has it, and whoever put one of that name there would
run code on our advice.
"""

import importlib.metadata
import json
import shlex
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

DISTRIBUTION = "diffgem-lsp"
UNKNOWN = "/path/to/it"  # a clone or wheel that is not known, or not there any more


def install_command(extra: str) -> str:
    """For a shell, by the Python that runs: another's pip would install it in vain."""
    origin, editable = _origin()
    words = [sys.executable, "-m", "pip", "install", *(["-e"] if editable else [])]
    command = " ".join([*map(shlex.quote, words), _quoted(f"{origin or UNKNOWN}[{extra}]")])
    return command if origin else f"{command} with the clone or wheel that it came from"


def _quoted(text: str) -> str:
    """In quotes always: a shell may take the brackets for a pattern."""
    quoted = shlex.quote(text)
    return quoted if quoted != text else f"'{text}'"


def _origin() -> tuple[Path | None, bool]:
    """The clone or wheel that pip took, where it is there still; whether it is used in place."""
    for found in importlib.metadata.distributions(name=DISTRIBUTION):
        if noted := found.read_text("direct_url.json"):  # a clone's own metadata has none
            return _noted(json.loads(noted))
    return None, False


def _noted(origin: dict[str, object]) -> tuple[Path | None, bool]:
    """PEP 610's record."""
    url = urlsplit(str(origin.get("url", "")))
    place = Path(url2pathname(url.path))
    folder = origin.get("dir_info")
    if url.scheme != "file" or not place.exists():
        return None, False
    return place, isinstance(folder, dict) and bool(folder.get("editable"))
