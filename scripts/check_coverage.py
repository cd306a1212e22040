"""Says how much of both packages the tests ran, and fails where that is too little.

`make coverage` calls it, behind the tests.
"""

import sys
from pathlib import Path
from typing import NamedTuple

from coverage import Coverage

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("diffgem_lsp", "engine/diffgem_engine")
LEAST_OF_A_PACKAGE = 90.0  # percent of its lines
LEAST_OF_A_FILE = 70.0
LOWEST = 5  # files that are shown, however well they do


class File(NamedTuple):
    path: str  # below the repository
    lines: int  # that could run
    run: int

    @property
    def percent(self) -> float:
        return percent([self])


def percent(files: list[File]) -> float:
    lines = sum(file.lines for file in files)
    return 100 * sum(file.run for file in files) / lines if lines else 100.0


def measured(coverage: Coverage) -> list[File]:
    """Every file of both packages, those too that no test imports."""
    coverage.load()
    files = []
    for name in sorted(coverage.get_data().measured_files()):
        _, lines, _, missing, _ = coverage.analysis2(name)
        path = Path(name).relative_to(ROOT).as_posix()
        files.append(File(path, len(lines), len(lines) - len(missing)))
    return files


def complaints(files: list[File]) -> list[str]:
    """What is too low; none where all is well."""
    found = []
    for package in PACKAGES:
        share = percent([file for file in files if file.path.startswith(f"{package}/")])
        if share < LEAST_OF_A_PACKAGE:
            found.append(f"{package}: {share:.1f}%, and {LEAST_OF_A_PACKAGE:.0f}% is the least")
    for file in files:
        if file.percent < LEAST_OF_A_FILE:
            least = f"{LEAST_OF_A_FILE:.0f}% is the least"
            found.append(f"{file.path}: {file.percent:.1f}%, and {least} of a file")
    return found


def main() -> int:
    files = measured(Coverage(config_file=ROOT / "pyproject.toml"))
    for package in PACKAGES:
        own = [file for file in files if file.path.startswith(f"{package}/")]
        lines = sum(file.lines for file in own)
        print(f"{package}: {percent(own):.1f}% of {lines:,} lines in {len(own)} files")
    for file in sorted(files, key=lambda file: file.percent)[:LOWEST]:
        print(f"  {file.percent:5.1f}%  {file.path}")
    found = complaints(files)
    for complaint in found:
        print(f"too low: {complaint}; write the test that is missing", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
