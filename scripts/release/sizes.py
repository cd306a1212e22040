"""The table that `make dist` ends with."""

import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

MB = 1_000_000
Row = tuple[str, str, str]


def artifact(path: Path) -> Row:
    return path.name, str(_files(path)), _mb(path.stat().st_size)


def installed(what: str, size: int) -> Row:
    return what, "", _mb(size)


def table(rows: Iterable[Row]) -> str:
    whole = [("", "files", "MB"), *rows]
    widths = [max(len(row[column]) for row in whole) for column in range(3)]
    return "\n".join(
        f"{name:{widths[0]}}  {files:>{widths[1]}}  {size:>{widths[2]}}"
        for name, files, size in whole
    )


def _files(path: Path) -> int:
    if path.suffix == ".gz":
        with tarfile.open(path) as archive:
            return sum(each.isfile() for each in archive)
    with zipfile.ZipFile(path) as packed:
        return sum(not each.is_dir() for each in packed.infolist())


def _mb(size: int) -> str:
    return f"{size / MB:,.1f}"
