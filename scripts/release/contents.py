"""What each artifact holds, by a rule: nothing missing, nothing extra.

The rule starts at what git tracks.  A rule maps a name in the artifact to the tracked file that it
is, or to None for what a packaging tool writes.
"""

import re
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from building import Artifacts
from failures import DistError, run

Rule = dict[str, str | None]
PACKAGES = ("diffgem_lsp/", "engine/diffgem_engine/")
PAGES = (
    "README.md", "LICENSE", "CHANGELOG.md", "ARCHITECTURE.md", "SECURITY.md", "engine/TRAINING.md",
)  # fmt: skip
BUILD = ("pyproject.toml", ".gitignore")
WHEEL_INFO = ("METADATA", "WHEEL", "RECORD", "entry_points.txt")
EXTENSION = "editors/vscode/"
# Junk, should git track it; what must be there, should git not.
NEVER = re.compile(r"(^|/)(tests?|node_modules|__pycache__|\..*_cache)/|\.(pyc|map|pem|token)$")
MODEL = "diffgem_engine/models/"
ALWAYS = {  # of the embedded model
    "weights": re.compile(rf"{MODEL}[^/]+/model.*\.safetensors"),
    "tokenizer": re.compile(rf"{MODEL}[^/]+/tokenizer\.json"),
    "card": re.compile(rf"{MODEL}[^/]+\.md"),
}


def tracked(root: Path) -> list[str]:
    return run("git", "ls-files", "-z", at=root).rstrip("\0").split("\0")


def wheel(files: Iterable[str], version: str) -> Rule:
    info = f"diffgem_lsp-{version}.dist-info"
    rule: Rule = {name.removeprefix("engine/"): name for name in files if name.startswith(PACKAGES)}
    rule |= {f"{info}/{name}": None for name in WHEEL_INFO}
    return rule | {f"{info}/licenses/LICENSE": "LICENSE"}


def sdist(files: Iterable[str], version: str) -> Rule:
    top = f"diffgem_lsp-{version}/"
    whole = (name for name in files if name.startswith(PACKAGES) or name in (*PAGES, *BUILD))
    return {f"{top}{name}": name for name in whole} | {f"{top}PKG-INFO": None}


def vsix(files: Iterable[str], version: str) -> Rule:
    """Vsce writes the manifest and the page anew; the bundle has all of `src`."""
    media = (name for name in files if name.startswith(f"{EXTENSION}media/"))
    rule: Rule = {f"extension/{name.removeprefix(EXTENSION)}": name for name in media}
    carried = f"bundled/diffgem_lsp-{version}-py3-none-any.whl"
    made = ("package.json", "readme.md", "dist/extension.js", carried)
    rule |= {f"extension/{name}": None for name in made}
    rule |= {"[Content_Types].xml": None, "extension.vsixmanifest": None}
    return rule | {"extension/LICENSE.txt": "LICENSE"}


def held(artifact: Path) -> dict[str, bytes]:
    """Name and bytes of each file; what is neither file nor folder has none."""
    if artifact.suffix == ".gz":
        with tarfile.open(artifact) as archive:
            members = [each for each in archive.getmembers() if not each.isdir()]
            streams = ((each.name, archive.extractfile(each)) for each in members)
            return {name: stream.read() if stream else b"" for name, stream in streams}
    with zipfile.ZipFile(artifact) as packed:
        return {name: packed.read(name) for name in packed.namelist() if not name.endswith("/")}


def complaints(artifact: Path, rule: Rule, root: Path) -> list[str]:
    """What is wrong with it, a line each."""
    inside = held(artifact)
    found = [f"lacks {name}" for name in rule if name not in inside]
    found += [f"has {name}, which git does not track" for name in inside if name not in rule]
    for name, content in inside.items():
        path, source = PurePosixPath(name), rule.get(name)
        if NEVER.search(name) or path.is_absolute() or ".." in path.parts:
            found.append(f"has {name}, which nobody needs")
        elif source is not None and content != (root / source).read_bytes():
            found.append(f"has another {name} than {source}")
        if str(root).encode() in content:
            found.append(f"names this checkout, {root}, in {name}")
    return [f"{artifact.name} {each}" for each in found]


def packages(made: Artifacts, root: Path, files: list[str]) -> list[str]:
    """What is wrong with wheel and sdist."""
    return [
        *model(made.wheel),
        *complaints(made.wheel, wheel(files, made.version), root),
        *complaints(made.sdist, sdist(files, made.version), root),
    ]


def model(artifact: Path) -> list[str]:
    """What it lacks of an embedded model, whatever git tracks."""
    names = held(artifact)
    return [
        f"{artifact.name} lacks the embedded model's {what}"
        for what, pattern in ALWAYS.items()
        if not any(map(pattern.fullmatch, names))
    ]


def extension(made: Artifacts, root: Path, files: list[str]) -> list[str]:
    """What is wrong with the .vsix."""
    found = complaints(made.vsix, vsix(files, made.version), root)
    carried = held(made.vsix).get(f"extension/bundled/{made.wheel.name}")
    if carried != made.wheel.read_bytes():
        found.append(f"{made.vsix.name} carries another wheel than {made.wheel.name}")
    return found


def check(made: Artifacts, root: Path) -> None:
    """DistError where one of the three is not what the rule says."""
    files = tracked(root)
    found = packages(made, root, files) + extension(made, root, files)
    if found:
        raise DistError("\n".join(found))
