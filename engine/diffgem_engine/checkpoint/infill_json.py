"""`infill.json`: the infill format that a checkpoint was taught, checked before it is believed."""

import math
from pathlib import Path
from typing import Any

import cattrs
from attrs import astuple

from diffgem_engine.checkpoint.files import CheckpointError, read_json
from diffgem_engine.core.canvas import LONGEST_CANVAS
from diffgem_engine.formats.native import LAYOUT_VERSION, TOKENIZER_VERSION, InfillFormat

FORMAT_FILE = "infill.json"
MARKS = 4  # ids of a prompt besides its suffix: <bos>, <suffix>, <prefix> and one of the prefix


def read_format(folder: Path, config: dict[str, Any], name: str) -> InfillFormat:
    """The format of the checkpoint in `folder`; `config` is its config.json, `name` what the user
    calls it.
    """
    path = folder / FORMAT_FILE
    if not path.exists():
        raise CheckpointError(
            f"{name} has no native infill format ({FORMAT_FILE}): give a checkpoint that "
            "`diffgem-engine train` wrote (with all its files), leave --model out for the embedded "
            "one, or leave --format out"
        )
    raw = read_json(path)
    _check_versions(folder, raw)
    form = _structure(path, raw)
    if complaint := format_complaint(form):
        raise CheckpointError(f"{path}: {complaint}; copy it again")
    check_agrees(form, config, folder)
    return form


def check_agrees(form: InfillFormat, config: dict[str, Any], folder: Path) -> None:
    """Raises CheckpointError for a format that the model of `config` cannot have."""
    text = config["text_config"]
    if text.get("vocab_size") != form.vocab:
        raise CheckpointError(
            f"{folder}: {FORMAT_FILE} speaks of {form.vocab} token ids, config.json of "
            f"{text.get('vocab_size')}; copy both from one checkpoint"
        )
    positions = text.get("max_position_embeddings")
    if isinstance(positions, int) and form.prompt_tokens + LONGEST_CANVAS > positions:
        raise CheckpointError(
            f"{folder}: {FORMAT_FILE} has prompts of {form.prompt_tokens} tokens and canvases of "
            f"{LONGEST_CANVAS}, more than the {positions} positions of config.json; copy both from "
            "one checkpoint"
        )


def _check_versions(folder: Path, raw: dict[str, Any]) -> None:
    versions = raw.get("layout"), raw.get("tokenizer")
    if versions != (LAYOUT_VERSION, TOKENIZER_VERSION):
        raise CheckpointError(
            f"{folder} has canvas layout {versions[0]} and tokenizer {versions[1]}; this engine "
            f"has {LAYOUT_VERSION} and {TOKENIZER_VERSION}: update DiffGem or the weights"
        )


def _structure(path: Path, raw: dict[str, Any]) -> InfillFormat:
    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.register_structure_hook(int, _whole)
    converter.register_structure_hook(float, _number)
    try:
        return converter.structure(raw, InfillFormat)
    except Exception as error:
        reasons = "; ".join(cattrs.transform_error(error, path=FORMAT_FILE))
        raise CheckpointError(f"{path}: {reasons}; copy it again") from error


def _whole(value: Any, _: type) -> int:
    """Cattrs would make 1 of 1.9, of "1" and of true."""
    if type(value) is not int:
        raise TypeError(f"{value!r} is no whole number")
    return value


def _number(value: Any, _: type) -> float:
    if type(value) not in (int, float):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def format_complaint(form: InfillFormat) -> str | None:
    """What no canvas or prompt could be laid out with."""
    ids = astuple(form.ids)
    ranges = {
        "vocab": (form.vocab, len(ids), 2**31),
        "head_tokens": (form.head_tokens, 0, LONGEST_CANVAS - 1),
        "suffix_tokens": (form.suffix_tokens, 0, 2**31),
        "prompt_tokens": (form.prompt_tokens, form.suffix_tokens + MARKS, 2**31),
    }
    for name, (value, least, most) in ranges.items():
        if not least <= value <= most:
            return f"{name} must be {least}..{most}, not {value}"
    if not (math.isfinite(form.draft_bonus) and form.draft_bonus >= 0):
        return f"draft_bonus must be a number from 0 up, not {form.draft_bonus}"
    if not (math.isfinite(form.draft_enough) and form.draft_enough <= 0):
        return f"draft_enough must be a number up to 0, not {form.draft_enough}"
    if len(set(ids)) < len(ids) or not all(0 <= i < form.vocab for i in ids):
        return f"ids must be distinct and in 0..{form.vocab - 1}, not {', '.join(map(str, ids))}"
    return None
