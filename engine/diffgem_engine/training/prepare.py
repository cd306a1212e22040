"""A run's corpus and vocabulary: what is there is not made again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import evolve

from diffgem_engine.checkpoint.files import first_line
from diffgem_engine.checkpoint.tokenizer import CodeTokenizer
from diffgem_engine.output import mention
from diffgem_engine.training import vocabulary
from diffgem_engine.training.corpus.collecting import collect
from diffgem_engine.training.corpus.documents import (
    MANIFEST_FILE,
    Corpus,
    Document,
    check_manifest,
    load_documents,
)
from diffgem_engine.training.corpus.left_out import described
from diffgem_engine.training.errors import NothingToTrainOn, TrainError
from diffgem_engine.training.files import remove_partials, restore, write_text
from diffgem_engine.training.origin import Origin, resumed_origin, write_origin
from diffgem_engine.training.recipe import Recipe, write_recipe

VOCABULARY_SAMPLE = 50_000_000  # characters
SHOWN_PROJECTS = 5


def prepare(
    run: Path, options: dict[str, Any], recipe: Recipe, tokenizer: CodeTokenizer | None = None
) -> tuple[list[Document], CodeTokenizer]:
    """What to train on, and its tokenizer; `options` are those of `origin.given`.

    With a `tokenizer` none is learned.  The `recipe` is written before what is made here.

    Raises TrainError; a first slice that does has saved nothing.
    """
    folder, path = run / "corpus", run / "tokenizer.json"
    if (folder / MANIFEST_FILE).exists():
        origin = resumed_origin(folder, options)
        _clean(run)
        documents = _saved_documents(folder)
        write_recipe(recipe, run)
        learned = None if path.exists() else tokenizer or _learn(documents, origin.vocab)
    else:
        origin = Origin(**options)
        if tokenizer is not None:
            origin = evolve(origin, vocab=tokenizer.size)
        found = _collect(origin)
        documents = found.train
        learned = None if path.exists() else tokenizer or _learn(documents, origin.vocab)
        write_recipe(recipe, run)
        write_origin(origin, folder)
        found.save(folder)
    if learned is not None:
        write_text(path, learned.to_str())
    return documents, _tokenizer(path)


def _collect(origin: Origin) -> Corpus:
    sources = [Path(source) for source in origin.source]
    if not sources:
        raise TrainError("give --source DIR ...")
    if missing := [str(source) for source in sources if not source.is_dir()]:
        raise TrainError(f"no such folder: {', '.join(missing)}; give another --source")
    mention("collecting the corpus ...")
    found = collect(sources, origin.hold_out, origin.exclude, origin.cap)
    counts = described(found.left_out)
    left_out = f"; left out: {counts}" if counts else ""
    sides = f"{len(found.train):,} files to train on, {len(found.held_out):,} held out"
    mention(sides + left_out)
    _say_licences(found)
    return found


def _say_licences(corpus: Corpus) -> None:
    """Where some are unknown: what was trained on code without a licence may not be given away."""
    unknown = corpus.without_licence()
    if unknown:
        more = len(unknown) - SHOWN_PROJECTS
        names = ", ".join(unknown[:SHOWN_PROJECTS]) + (f" and {more} more" if more > 0 else "")
        mention(f"to train on without a licence that was found: {names}")


def _clean(run: Path) -> None:
    """What a slice that was killed while it wrote has left."""
    try:
        for folder in (run / "model", run / "adapter"):
            restore(folder)
        for folder in (run, run / "corpus"):
            remove_partials(folder)
    except OSError as error:
        raise TrainError(
            f"{error.filename} cannot be removed ({error.strerror}); "
            "remove it, or give another --out"
        ) from error


def _saved_documents(folder: Path) -> list[Document]:
    check_manifest(folder)
    path = folder / "train.jsonl"
    documents = load_documents(path)
    if not documents:
        raise NothingToTrainOn(f"nothing to train on: {path} is empty; give another --out")
    return documents


def _learn(documents: Sequence[Document], size: int) -> CodeTokenizer:
    mention("learning the vocabulary ...")
    learned = vocabulary.learn(vocabulary.sample(documents, VOCABULARY_SAMPLE), size)
    if (pieces := learned.get_vocab_size()) < size:
        mention(f"the text is short: it gives {pieces} of {size} pieces")
    return CodeTokenizer(learned)


def _tokenizer(path: Path) -> CodeTokenizer:
    try:
        return CodeTokenizer.load(path)
    except Exception as error:  # the library raises nothing narrower
        raise TrainError(
            f"{path} is no tokenizer ({first_line(error)}); copy it back, or give another --out"
        ) from error
