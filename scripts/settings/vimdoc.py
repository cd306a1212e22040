"""The server's options as a section of the Neovim plugin's help file, and that file's tags.

scripts/settings/vimdoc.py [--check]: writes it into editors/nvim/doc/diffgem.txt, behind the tag
`diffgem-options`, from `diffgem-lsp options --json`, their one source; and beside it what
`:helptags` would, so that `:help` works however the plugin came there.  With --check it only says
whether they are up to date.
"""

import json
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

from diffgem_lsp.options import page

HELP = Path(__file__).parents[2] / "editors" / "nvim" / "doc" / "diffgem.txt"
TAGS = HELP.with_name("tags")
WIDTH = 78
BEGIN, END = "*diffgem-options*\n", "=" * WIDTH + "\n"  # END is that of every section
Property = dict[str, Any]


def written(help_file: str) -> str:
    """The file with the options as they are now."""
    before, _, rest = help_file.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{HELP.name} lacks the tag {BEGIN.strip()} or a section behind it")
    return before + BEGIN + section() + END + after


def section() -> str:
    options: dict[str, Property] = json.loads(page.schema())
    return "\n" + "".join(entry(name, option) for name, option in options.items())


def entry(name: str, option: Property) -> str:
    """A tag at the right margin, then what the option may be and what it means."""
    tag = f"*diffgem-{name}*"
    head = f"{name}{tag:>{WIDTH - len(name)}}\n"
    return head + _filled(f"{_kind(option)}, default {_default(option)}.") + _meaning(option) + "\n"


def _meaning(option: Property) -> str:
    meaning = option["description"].replace("… ", "show the model ")
    return _filled(f"{meaning[:1].upper()}{meaning[1:]}.")


def _kind(option: Property) -> str:
    if "enum" in option:
        return " or ".join(f'"{each}"' for each in option["enum"])
    kind = option["type"]
    words = {
        "boolean": "true or false",
        "integer": f"Whole number, {option.get('minimum')} to {option.get('maximum')}",
        "number": f"Number, {option.get('minimum')} to {option.get('maximum')}",
        "string": "Text",
        "array": "List of texts",
        "object": "Table of names, each true or false",
    }
    found = words[kind[0] if isinstance(kind, list) else kind]
    return found[:1].upper() + found[1:]


def _default(option: Property) -> str:
    if option["default"] is None:
        return str(option["unset"])
    return json.dumps(option["default"])


def _filled(text: str) -> str:
    indent = " " * 4
    lines = textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
    return "\n".join(lines) + "\n"


def tags(help_file: str) -> str:
    """The file `tags` of that help file, byte for byte as Neovim writes it."""
    found = re.findall(r"(?<!\S)\*([^*|\s]+)\*(?!\S)", help_file)
    return "".join(f"{tag}\t{HELP.name}\t/*{tag}*\n" for tag in sorted(found))


def main() -> int:
    help_file = written(HELP.read_text(encoding="utf-8"))
    files = {HELP: help_file, TAGS: tags(help_file)}
    stale = [path for path, text in files.items() if _is_stale(path, text)]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"editors/nvim/doc/{path.name} is out of date; run scripts/settings/vimdoc.py")
        return int(bool(stale))
    for path in stale:
        path.write_text(files[path], encoding="utf-8")
    return 0


def _is_stale(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text(encoding="utf-8") != text


if __name__ == "__main__":
    sys.exit(main())
