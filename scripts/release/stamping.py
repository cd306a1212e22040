"""One version for everything: that of engine/diffgem_engine/__init__.py.

hatchling and both command lines read it there.  An editor's side cannot, and has it as text:
scripts/release/stamping.py [--check] writes it into those files; with --check it only says whether
they have it.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from failures import DistError

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path("engine", "diffgem_engine", "__init__.py")
WRITTEN = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
RELEASE = re.compile(r"\d+\.\d+\.\d+")  # VS Code takes no other kind


@dataclass(frozen=True, slots=True)
class Copy:
    """A file with the version, as the group of `pattern`, so many times."""

    path: Path
    pattern: str
    times: int = 1

    def stamped(self, text: str, version: str) -> str:
        found = list(re.finditer(self.pattern, text, re.MULTILINE))
        if len(found) != self.times:
            message = f"{self.path} has its version in {len(found)} places, not in {self.times}"
            raise DistError(f"{message}; say in scripts/release/stamping.py where it is now")
        for match in reversed(found):
            text = text[: match.start(1)] + version + text[match.end(1) :]
        return text


VSCODE = Path("editors", "vscode")
COPIES = (
    Copy(VSCODE / "package.json", r'^  "version": "(.*)"'),
    Copy(VSCODE / "package-lock.json", r'"name": "diffgem",\n +"version": "(.*)"', times=2),
    Copy(Path("editors", "nvim", "lua", "diffgem", "init.lua"), r'^M\.version = "(.*?)"'),
    Copy(Path("editors", "emacs", "diffgem.el"), r"^;; Version: (.*)$"),
)


def version_of(root: Path) -> str:
    """What the one place of that checkout says."""
    found = WRITTEN.findall((root / SOURCE).read_text(encoding="utf-8"))
    if len(found) != 1 or not RELEASE.fullmatch(found[0]):
        raise DistError(f'{SOURCE} needs one line __version__ = "X.Y.Z", three numbers')
    return str(found[0])


def outdated(root: Path) -> dict[Path, str]:
    """The copies that have another version, and their text with this one."""
    version = version_of(root)
    found = {}
    for copy in COPIES:
        text = (root / copy.path).read_text(encoding="utf-8")
        if (stamped := copy.stamped(text, version)) != text:
            found[copy.path] = stamped
    return found


def stamp(root: Path) -> str:
    """Writes the version into every copy that has another; the version."""
    for path, text in outdated(root).items():
        (root / path).write_text(text, encoding="utf-8")
    return version_of(root)


def main() -> int:
    try:
        if "--check" not in sys.argv[1:]:
            print(stamp(ROOT))
            return 0
        for path in (late := outdated(ROOT)):
            print(f"{path} has another version than {SOURCE}; run scripts/release/stamping.py")
    except DistError as error:
        print(f"stamping: {error}", file=sys.stderr)
        return 1
    return int(bool(late))


if __name__ == "__main__":
    sys.exit(main())
