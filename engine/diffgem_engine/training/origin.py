"""What a run's corpus and vocabulary were made of, recorded in the corpus folder.

A later slice that is given something else is another run; what it is not given is as before.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import cattrs
from attrs import evolve, fields, frozen

from diffgem_engine.training.corpus.held_out import is_path
from diffgem_engine.training.errors import PlanChanged, TrainError
from diffgem_engine.training.files import write_text

ORIGIN_FILE = "origin.json"
OPTIONS = {"checkpoint": "--from"}  # where a field has another name


@frozen
class Origin:
    """The options of the first slice: sources and paths are absolute, projects in lower case."""

    source: tuple[str, ...] = ()
    hold_out: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    cap: int = 9_000_000
    vocab: int = 4096


def given(options: argparse.Namespace) -> dict[str, Any]:
    """The fields of an Origin that are on the command line: those that are not None there."""
    found = {each.name: getattr(options, each.name) for each in fields(Origin)}
    found = {name: value for name, value in found.items() if value is not None}
    if "source" in found:
        found["source"] = tuple(str(path.resolve()) for path in found["source"])
    if "hold_out" in found:
        found["hold_out"] = tuple(map(_held_out, found["hold_out"]))
    if "exclude" in found:
        found["exclude"] = tuple(project.lower() for project in found["exclude"])
    return found


def _held_out(word: str) -> str:
    return str(Path(word).resolve()) if is_path(word) else word.lower()


def write_origin(origin: Origin, corpus: Path) -> None:
    """Raises CannotWrite."""
    described = json.dumps(cattrs.unstructure(origin), indent=1)
    write_text(corpus / ORIGIN_FILE, described + "\n")


def resumed_origin(corpus: Path, changes: dict[str, Any]) -> Origin:
    """What `corpus` was made of.  Raises PlanChanged where `changes`, of `given`, say otherwise.

    A corpus without a record, as the first runs made it, agrees with everything.
    """
    path = corpus / ORIGIN_FILE
    if not path.exists():
        return Origin(**changes)
    try:
        begun = cattrs.structure(json.loads(path.read_text(encoding="utf-8")), Origin)
    except Exception as error:  # a JSON error, or a group of those of the fields
        raise TrainError(
            f"{path} is damaged; remove it to go on without checking what the corpus was made of"
        ) from error
    check_same(corpus.parent, begun, evolve(begun, **changes))
    return begun


def check_same(run: Path, begun: Any, now: Any) -> None:
    """Raises PlanChanged for the first field in which two records of one class differ."""
    for each in fields(type(begun)):
        before, after = (getattr(record, each.name) for record in (begun, now))
        if _unordered(before) != _unordered(after):
            raise PlanChanged(
                f"{run} was begun with {option(each.name)} {_words(before)}, not {_words(after)}; "
                "give that, or another --out"
            )


def option(name: str) -> str:
    """The command line's, for a field of a record."""
    return OPTIONS.get(name, "--" + name.replace("_", "-"))


def _unordered(value: Any) -> Any:
    return frozenset(value) if isinstance(value, tuple) else value


def _words(value: Any) -> str:
    said = " ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return said or "(nothing)"
