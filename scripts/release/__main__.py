"""`make dist`: wheel, sdist and .vsix of one version, in dist.

They are built, compared with what git tracks and installed into empty environments; what fails on
the way leaves dist as it was.
"""

import sys
import tempfile
from pathlib import Path

import building
import contents
import installing
import sizes
from building import Artifacts
from failures import DistError

ROOT = Path(__file__).resolve().parents[2]


def build(folder: Path) -> Artifacts:
    made = building.packages(ROOT, folder)
    building.extension(ROOT, made)
    contents.check(made, ROOT)
    return made


def install(made: Artifacts, folder: Path) -> list[sizes.Row]:
    """Each where nothing else is; the sizes that they have there."""
    tell("installing it: the wheel …")
    rows = [sizes.installed("installed, the wheel", installing.base(made, folder / "base").added)]
    tell("the sdist …")
    installing.from_source(made, folder / "source")
    tell("the wheel with the engine (torch: minutes) …")
    whole = installing.whole(made, folder / "whole")
    rows.append(sizes.installed("installed, the wheel with [engine]", whole.added))
    tell("the extension …")
    installing.in_vscode(made, folder / "vscode")
    return rows


def tell(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    try:
        with tempfile.TemporaryDirectory(prefix="diffgem-dist-") as name:
            folder = Path(name)
            tell("building …")
            made = build(folder)
            rows = install(made, folder)
            published = building.publish(made, ROOT / "dist")
            tell(sizes.table([*map(sizes.artifact, published), *rows]))
    except DistError as error:
        print(f"make dist: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
