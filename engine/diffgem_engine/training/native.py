"""An infill format for a checkpoint that has none, as the published one: its own tokenizer has
ids to spare.
"""

import re
from pathlib import Path
from typing import Any

from diffgem_engine.canvas import LONGEST_CANVAS, InfillFormat, SpecialIds
from diffgem_engine.checkpoint_files import CheckpointError, read_json
from diffgem_engine.infill_json import check_agrees, format_complaint

UNUSED = re.compile(r"<unused(\d+)>")
NEEDED = ("hole", "eom", "suffix", "prefix")
LONGEST_PROMPT, HEAD_TOKENS = 1024, 16


def native_format(folder: Path, config: dict[str, Any]) -> InfillFormat:
    """The `native` format over the lowest `<unusedN>` ids, with the noise and the order that the
    checkpoint was trained with.

    Raises CheckpointError where the tokenizer has not enough of them, or the model no room for a
    prompt.
    """
    text = config["text_config"]
    free = _unused(folder / "tokenizer.json")
    if len(free) < len(NEEDED):
        raise CheckpointError(
            f"{folder} has no infill format, and its tokenizer {len(free)} of the {len(NEEDED)} "
            "<unusedN> tokens that one needs; give a checkpoint that `diffgem-engine train` wrote"
        )
    prompt = min(LONGEST_PROMPT, _number(text, "max_position_embeddings", folder) - LONGEST_CANVAS)
    form = InfillFormat(
        vocab=_number(text, "vocab_size", folder),
        prompt_tokens=prompt,
        suffix_tokens=prompt // 4,
        head_tokens=HEAD_TOKENS,
        noise="uniform",
        order="entropy",
        ids=SpecialIds(
            **{name: _number(text, f"{name}_token_id", folder) for name in ("pad", "eos", "bos")},
            **dict(zip(NEEDED, free, strict=False)),
        ),
    )
    if complaint := format_complaint(form):
        raise CheckpointError(f"{folder} has no infill format, and takes none: {complaint}")
    check_agrees(form, config, folder)
    return form


def _number(text: dict[str, Any], name: str, folder: Path) -> int:
    """Of the text config; of several ids the first."""
    value = text.get(name)
    value = value[0] if isinstance(value, list) and value else value
    if type(value) is not int:
        raise CheckpointError(f"{folder / 'config.json'} has no {name} in its text_config")
    return value


def _unused(path: Path) -> list[int]:
    """The ids of `<unused0>`, `<unused1>`, ... in this order."""
    raw = read_json(path)
    model = raw.get("model")
    known = model.get("vocab") if isinstance(model, dict) else None
    ids = dict(known) if isinstance(known, dict) else {}
    for token in raw.get("added_tokens") or ():
        if isinstance(token, dict):
            ids[token.get("content")] = token.get("id")
    found = {
        int(match[1]): i
        for name, i in ids.items()
        if isinstance(name, str) and (match := UNUSED.fullmatch(name)) and type(i) is int
    }
    return [found[number] for number in sorted(found)]
