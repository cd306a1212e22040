"""The server's options as settings of the VS Code extension, in its manifest.

scripts/settings/vscode.py [--check]: writes them into editors/vscode/package.json, from what
`diffgem-lsp options --json` prints, their one source; with --check it only says whether they are
up to date.
"""

import json
import sys
from pathlib import Path
from typing import Any

from diffgem_lsp.options import page

MANIFEST = Path(__file__).parents[2] / "editors" / "vscode" / "package.json"
SECTION = "options"  # the extension reads the options' names from there
OWN = ("diffgem.server.path", "diffgem.server.python", "diffgem.server.torchIndex")  # decide, too
# With whom the engine's client talks, and with what token: no repository says, however trusted.
OF_THE_MACHINE = ("diffgem.engineSocket", "diffgem.engineTokenFile", "diffgem.engineCertificate")
EMPTY = {"string": "", "array": []}  # stands for null, which the settings' page cannot write
Property = dict[str, Any]


def written(manifest: str) -> str:
    """The manifest with the options as they are now."""
    whole = json.loads(manifest)
    options: dict[str, Property] = json.loads(page.schema())
    for section in whole["contributes"]["configuration"]:
        if section.get("id") == SECTION:
            section["properties"] = {
                f"diffgem.{name}": setting(option, order, _scope(f"diffgem.{name}", option))
                for order, (name, option) in enumerate(options.items())
            }
    restricted = [f"diffgem.{name}" for name, each in options.items() if _decides(each)]
    trust = whole["capabilities"]["untrustedWorkspaces"]
    trust["restrictedConfigurations"] = [*OWN, *restricted]
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def setting(option: Property, order: int, scope: str = "window") -> Property:
    """As VS Code wants it; `order` keeps the options' own, which is by what belongs together."""
    schema = {
        name: value for name, value in option.items() if name not in ("unset", "decidesWhatRuns")
    }
    meaning = schema.pop("description")
    if option["default"] is None:
        schema |= _without_null(option["type"][0])
        meaning = f"{meaning}. Not set: {option['unset']}"
    if schema["type"] == "string" and "enum" not in schema:
        schema.pop("minLength", None)
    if schema["type"] == "array":
        schema.pop("minItems", None)
    return {
        **schema,
        "scope": scope,
        "order": order,
        "markdownDescription": f"{_sentence(meaning)}.",
    }


def _scope(name: str, option: Property) -> str:
    if name in OF_THE_MACHINE:
        return "machine"
    return "machine-overridable" if _decides(option) else "window"


def _decides(option: Property) -> bool:
    return bool(option.get("decidesWhatRuns"))


def _without_null(kind: str) -> Property:
    if kind in EMPTY:
        return {"type": kind, "default": EMPTY[kind]}
    return {"type": [kind, "null"]}


def _sentence(meaning: str) -> str:
    """Of those that go on with the one before, the settings' page shows each alone."""
    whole = meaning.replace("… ", "show the model ")
    return whole[:1].upper() + whole[1:]


def main() -> int:
    before = MANIFEST.read_text(encoding="utf-8")
    now = written(before)
    if "--check" in sys.argv[1:]:
        if now != before:
            print("editors/vscode/package.json is out of date; run scripts/settings/vscode.py")
        return int(now != before)
    MANIFEST.write_text(now, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
