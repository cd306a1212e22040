"""Whether a candidate is measured on what it was not trained on."""

from collections.abc import Iterable
from pathlib import Path

from diffgem_engine.training.corpus.collecting import fingerprint
from diffgem_engine.training.corpus.documents import load_documents
from diffgem_engine.training.corpus.projects import find_projects
from shipping.weights import Unfit

SHORT = 200  # characters: many projects have the same `__init__.py`


def check_run(candidate: Path, corpus: Path) -> None:
    """Raises Unfit where the run of `candidate`, RUN/model, has a corpus that is not `corpus`."""
    own = candidate.parent / corpus.name
    if own.is_dir() and own.resolve() != corpus.resolve():
        raise Unfit(
            f"{candidate} was trained on {own}, so it may have seen what {corpus} holds out; give "
            f"--corpus {own}"
        )


def check_held_out(source: Path, corpus: Path) -> None:
    """Raises Unfit where a project of `source`, or a file that is held out, was trained on."""
    trained = load_documents(corpus / "train.jsonl")
    names = {document.project.lower() for document in trained}
    seen = [each.name for each in find_projects([source]) if each.name.lower() in names]
    texts = {fingerprint(document.text) for document in trained}
    held = load_documents(corpus / "held_out.jsonl")
    seen += [each.path for each in held if each.project.lower() in names or _long(each.text, texts)]
    if seen:
        raise Unfit(
            f"{_few(seen)} is in {corpus / 'train.jsonl'}: no figure may come from what was "
            "trained on; hold it out, or measure with other projects"
        )


def _long(text: str, texts: set[bytes]) -> bool:
    return len(text) >= SHORT and fingerprint(text) in texts


def _few(names: Iterable[str]) -> str:
    first, *others = names
    return f"{first} (and {len(others)} more)" if others else first
