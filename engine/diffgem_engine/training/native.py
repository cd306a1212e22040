"""An infill format for a checkpoint that has none, as the published one: its own tokenizer has
ids to spare.
"""

import re
from pathlib import Path
from typing import Any

from diffgem_engine.checkpoint.files import CheckpointError, read_json, whole_number
from diffgem_engine.checkpoint.infill_json import check_agrees, format_complaint
from diffgem_engine.core.canvas import LONGEST_CANVAS
from diffgem_engine.formats.native import InfillFormat, SpecialIds

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
    positions = whole_number(text, "max_position_embeddings", folder)
    prompt = min(LONGEST_PROMPT, positions - LONGEST_CANVAS)
    form = InfillFormat(
        vocab=whole_number(text, "vocab_size", folder),
        prompt_tokens=prompt,
        suffix_tokens=prompt // 4,
        head_tokens=HEAD_TOKENS,
        noise="uniform",
        order="entropy",
        ids=SpecialIds(
            **{key: whole_number(text, f"{key}_token_id", folder) for key in ("pad", "eos", "bos")},
            **dict(zip(NEEDED, free, strict=False)),
        ),
    )
    if complaint := format_complaint(form):
        raise CheckpointError(f"{folder} has no infill format, and takes none: {complaint}")
    check_agrees(form, config, folder)
    return form


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
