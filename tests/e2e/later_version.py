"""What git tracks of this checkout, copied, as a later version: changed in the one place alone."""

import shutil

import contents
import stamping
from attrs import frozen
from installed import ROOT

VERSION = "9.9.9"


@frozen
class Copy:
    root: object
    files: list[str]


def copied(root):
    """Into that folder, which is new; everything else of the working tree stays behind."""
    files = [name for name in contents.tracked(ROOT) if (ROOT / name).is_file()]
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, root / name)
    source, now = root / stamping.SOURCE, stamping.version_of(ROOT)
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace(f'"{now}"', f'"{VERSION}"'), encoding="utf-8")
    return Copy(root, files)
