"""The texts of a run, as they lie in its `corpus` folder."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import field, frozen

from diffgem_engine.training.corpus.left_out import LeftOut
from diffgem_engine.training.corpus.licences import UNKNOWN
from diffgem_engine.training.errors import CorpusDamaged
from diffgem_engine.training.files import replacing, write_text

MANIFEST_FILE = "manifest.json"  # written last: where it is, the corpus is whole
SUMMARY_FILE = "summary.json"


@frozen
class Document:
    """One source file."""

    project: str
    path: str
    text: str


@frozen
class Corpus:
    """Documents to train on and documents of held-out projects."""

    train: list[Document] = field(factory=list)
    held_out: list[Document] = field(factory=list)
    licences: dict[str, str] = field(factory=dict)
    left_out: Counter[LeftOut] = field(factory=Counter)

    def manifest(self) -> dict[str, object]:
        """Projects, their characters, licence and side: what the model card records."""
        sizes: dict[str, int] = defaultdict(int)
        for document in (*self.train, *self.held_out):
            sizes[document.project] += len(document.text)
        held = {document.project for document in self.held_out}
        return {
            project: {
                "characters": sizes[project],
                "licence": self.licences.get(project, UNKNOWN),
                "held_out": project in held,
            }
            for project in sorted(sizes)
        }

    def without_licence(self) -> list[str]:
        """The projects to train on that do not say theirs, by name."""
        projects = {document.project for document in self.train}
        return sorted(p for p in projects if self.licences.get(p, UNKNOWN) == UNKNOWN)

    def summary(self) -> dict[str, object]:
        """How many files are on which side, and how many were left out, by reason."""
        left_out = {str(reason): self.left_out[reason] for reason in LeftOut}
        return {
            "train": len(self.train), "held_out": len(self.held_out), "left_out": left_out,
        }  # fmt: skip

    def save(self, folder: Path) -> None:
        """Write `train.jsonl`, `held_out.jsonl`, the summary and the manifest into `folder`.

        Raises CannotWrite.
        """
        for name, documents in (("train", self.train), ("held_out", self.held_out)):
            with (
                replacing(folder / f"{name}.jsonl") as partial,
                partial.open("w", encoding="utf-8") as out,
            ):
                out.writelines(json.dumps([d.project, d.path, d.text]) + "\n" for d in documents)
        for name, described in ((SUMMARY_FILE, self.summary()), (MANIFEST_FILE, self.manifest())):
            write_text(folder / name, json.dumps(described, indent=1) + "\n")


def load_documents(path: Path) -> list[Document]:
    """The documents of one `.jsonl` that `Corpus.save` wrote.  Raises CorpusDamaged."""
    return [Document(*parts) for parts in _lines(path)]


def _lines(path: Path) -> Iterator[list[str]]:
    number = 0
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                match json.loads(line):
                    case [str(), str(), str()] as parts:
                        yield parts
                    case _:
                        raise _damaged(path, f"line {number} is no document")
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:  # no UTF-8, or no JSON
        raise _damaged(path, f"line {number or 1} is no document") from error


def check_manifest(folder: Path) -> None:
    """Raises CorpusDamaged where `folder` has no manifest that `Corpus.save` wrote."""
    path = folder / MANIFEST_FILE
    try:
        manifest: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "it is no JSON") from error
    if not isinstance(manifest, dict):
        raise _damaged(path, "it names no projects")


def _damaged(path: Path, why: str) -> CorpusDamaged:
    return CorpusDamaged(f"{path} is damaged ({why}); copy it back, or give another --out")
