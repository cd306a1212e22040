"""The chat template of a checkpoint: what it puts around one user message, as ids.

It is rendered by transformers, in jinja2's sandbox: it is a text of the checkpoint's, and nothing
else of it is run.  That happens once, for a stand-in: so no text of a user's can be taken for a
template's own mark.
"""

from pathlib import Path
from typing import Any

from transformers.utils.chat_template_utils import render_jinja_template

from diffgem_engine.checkpoint.files import CheckpointError, first_line, read_json
from diffgem_engine.checkpoint.tokenizer import CodeTokenizer

TEMPLATE_FILE = "chat_template.jinja"
TOKENIZER_FILE = "tokenizer_config.json"
STAND_IN = "\ue000the message\ue000"


def read_template(folder: Path) -> str | None:
    """None where the checkpoint has none.  Raises CheckpointError."""
    path = folder / TEMPLATE_FILE
    try:
        if path.exists():
            return path.read_text(encoding="utf-8")
    except (ValueError, OSError) as error:
        raise CheckpointError(f"{path} cannot be read ({error}); copy it again") from error
    return _template(_settings(folder).get("chat_template"))


def around_message(
    folder: Path, template: str, tokenizer: CodeTokenizer
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What stands before a user's message and between it and the model's turn, thinking off.

    Raises CheckpointError for a template that does not render, or not the message as it is.
    """
    around = _rendered(folder, template).split(STAND_IN)
    if len(around) != 2:
        raise CheckpointError(
            f"the chat template of {folder} does not show a user's message once, as it is; give "
            "--format pinned"
        )
    before, after = (tuple(tokenizer.encode_template(text)) for text in around)
    return before, after


def _rendered(folder: Path, template: str) -> str:
    try:
        rendered: Any = render_jinja_template(  # a pair: its annotation says otherwise
            conversations=[[{"role": "user", "content": STAND_IN}]],
            chat_template=template,
            add_generation_prompt=True,
            enable_thinking=False,
            **_names(_settings(folder)),
        )
        [text], _ = rendered
    except Exception as error:  # whatever a template may do wrong
        raise CheckpointError(
            f"the chat template of {folder} does not render ({first_line(error)}); copy it again, "
            "or give --format pinned"
        ) from error
    return str(text)


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / TOKENIZER_FILE
    return read_json(path) if path.exists() else {}


def _template(found: Any) -> str | None:
    """Of several named ones the default."""
    if isinstance(found, list):
        named = {each.get("name"): each.get("template") for each in found if isinstance(each, dict)}
        found = named.get("default")
    return found if isinstance(found, str) else None


def _names(settings: dict[str, Any]) -> dict[str, Any]:
    """The special tokens that a template may write: `bos_token` and others."""
    names = {}
    for key, value in settings.items():
        name = value.get("content") if isinstance(value, dict) else value
        if key.endswith("_token") and isinstance(name, str):
            names[key] = name
    return names
