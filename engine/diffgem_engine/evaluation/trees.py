"""The source files of any folder: what holes are cut out of."""

import os
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from diffgem_engine.evaluation.errors import BadInput
from diffgem_lsp.privacy.names import exclusion
from diffgem_lsp.syntax.grammars import grammar_of, language_of

SMALLEST, LARGEST = 200, 200_000  # characters of a file
LONGEST_LINE = 400  # what has longer ones is data, or minified
SKIPPED = frozenset(("node_modules", "__pycache__", "venv", "build", "dist"))


class NothingToCut(BadInput):
    """There is nothing to evaluate on; the message says what to do."""


@frozen
class SourceFile:
    """`path` relative to the folder that it was found in; line breaks are LF."""

    path: str
    language_id: str
    text: str


def source_files(folder: Path) -> list[SourceFile]:
    """Every file under `folder` in a language with a grammar, in the order of their paths.

    Raises NothingToCut where there is no such folder or file.
    """
    if not folder.is_dir():
        raise NothingToCut(f"{folder} is no folder; give --source the folder of a project")
    found = [file for path in _paths(folder) if (file := _read(path, folder)) is not None]
    if not found:
        raise NothingToCut(
            f"{folder} has no source file of {SMALLEST} to {LARGEST:,} characters in a language "
            "with a grammar; give another --source"
        )
    return found


def _paths(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if n not in SKIPPED and not n.startswith("."))
        yield from (Path(place, name) for name in sorted(names))


def _read(path: Path, folder: Path) -> SourceFile | None:
    language = language_of(path)
    if language is None or grammar_of(language) is None or exclusion(str(path.absolute())):
        return None
    try:
        if not path.is_file() or path.stat().st_size > 4 * LARGEST:
            return None
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not SMALLEST <= len(text) <= LARGEST or max(map(len, text.split("\n"))) > LONGEST_LINE:
        return None
    return SourceFile(path.relative_to(folder).as_posix(), language, text)
