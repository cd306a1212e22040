"""Which format a checkpoint is run in: the one its files speak of, or the one that is asked for.

A checkpoint that was taught to infill is `native`, one with a chat template `chat`, any other
`pinned`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

from diffgem_engine.checkpoint.chat_template import around_message, read_template
from diffgem_engine.checkpoint.files import CheckpointError, read_json, whole_number
from diffgem_engine.checkpoint.infill_json import FORMAT_FILE, read_format
from diffgem_engine.checkpoint.lengths_json import read_length_bias
from diffgem_engine.checkpoint.tokenizer import CodeTokenizer
from diffgem_engine.core.canvas import LONGEST_CANVAS
from diffgem_engine.formats.base import Format
from diffgem_engine.formats.chat import FENCE, LEAST_ROOM, ChatFormat
from diffgem_engine.formats.pinned import PinnedFormat

FormatName = Literal["native", "pinned", "chat"]
NAMES: tuple[FormatName, ...] = get_args(FormatName)
# Once the tokenizer is there; the second says whether the device is this machine's processor.
Chosen = Callable[[CodeTokenizer, bool], Format]

# A row or a slot more is nearly free on a GPU, whose time goes into reading weights; a processor
# pays for each.
GUESSES, GUESSES_ON_CPU = 8, 4
HEAD_TOKENS, HEAD_TOKENS_ON_CPU = LONGEST_CANVAS, 32


def choose(folder: Path, config: dict[str, Any], name: str, wanted: FormatName | None) -> Chosen:
    """`config` is the config.json of `folder`, `name` what the user calls it.

    Needs no file but `hub.DESCRIPTION`.  Raises CheckpointError, as does what comes back.
    """
    taught = (folder / FORMAT_FILE).exists()
    if wanted is None:
        wanted = "native" if taught else "pinned" if read_template(folder) is None else "chat"
    if wanted == "native":
        form = read_format(folder, config, name)
        return lambda *_: form
    if wanted == "chat":
        return _chat(folder, config, name)
    return _pinned(folder, config, name)


def _pinned(folder: Path, config: dict[str, Any], name: str) -> Chosen:
    """What a checkpoint was taught about noise, order and drafts stays true of it."""
    text = config["text_config"]
    taught = read_format(folder, config, name) if (folder / FORMAT_FILE).exists() else None
    length_bias = read_length_bias(folder)

    def made(tokenizer: CodeTokenizer, on_cpu: bool) -> PinnedFormat:
        vocab = whole_number(text, "vocab_size", folder)
        pad, bos, eos = (_token(text, name, folder) for name in ("pad", "bos", "eos"))
        return PinnedFormat(
            vocab=vocab,
            prompt_tokens=_prompt_tokens(config, folder),
            head_tokens=HEAD_TOKENS_ON_CPU if on_cpu else HEAD_TOKENS,
            guesses=GUESSES_ON_CPU if on_cpu else GUESSES,
            pad=pad,
            bos=bos,
            eos=eos,
            marks=tuple(sorted({pad, bos, eos, *tokenizer.special_ids})),
            noise_range=taught.noise_range if taught else (0, vocab),
            mark=taught.mark if taught else None,
            order=taught.order if taught else "entropy",
            draft_bonus=taught.draft_bonus if taught else 0.0,
            length_bias=length_bias,
        )

    return made


def _chat(folder: Path, config: dict[str, Any], name: str) -> Chosen:
    template = read_template(folder)
    if template is None:
        raise CheckpointError(
            f"{name} has no chat template; give its instruction-tuned sibling, or --format pinned"
        )
    text = config["text_config"]

    def made(tokenizer: CodeTokenizer, _on_cpu: bool) -> ChatFormat:
        pad = _token(text, "pad", folder)
        turn_ends = _turn_ends(folder, text)
        before, after = around_message(folder, template, tokenizer)
        form = ChatFormat(
            vocab=whole_number(text, "vocab_size", folder),
            prompt_tokens=_prompt_tokens(config, folder),
            pad=pad,
            ends=tuple(sorted({pad, *turn_ends, *_fences(tokenizer)})),
            closing=tuple(tokenizer.encode(f"\n{FENCE}")),
            marks=tuple(sorted({pad, *turn_ends, *tokenizer.special_ids})),
            before_message=before,
            after_message=after,
        )
        if (room := form.spare(tokenizer.encode)) < LEAST_ROOM:
            raise CheckpointError(
                f"{name} has prompts of {form.prompt_tokens} tokens, of which the chat format "
                f"leaves {room} for code; give --format pinned"
            )
        return form

    return made


def _prompt_tokens(config: dict[str, Any], folder: Path) -> int:
    positions = whole_number(config["text_config"], "max_position_embeddings", folder)
    if positions < 2 * LONGEST_CANVAS:
        raise CheckpointError(
            f"{folder} has {positions} positions, too few for a prompt beside a canvas of "
            f"{LONGEST_CANVAS}; give another checkpoint"
        )
    return positions - LONGEST_CANVAS


def _turn_ends(folder: Path, text: dict[str, Any]) -> list[int]:
    """The generation config's; without one the text config's."""
    path = folder / "generation_config.json"
    found = read_json(path).get("eos_token_id") if path.exists() else None
    ids: list[Any] = found if isinstance(found, list) else [found]
    vocab = whole_number(text, "vocab_size", folder)
    if found is None:
        return [_token(text, "eos", folder)]
    if not all(type(i) is int and 0 <= i < vocab for i in ids):
        raise CheckpointError(
            f"{path}: eos_token_id must be ids in 0..{vocab - 1}, not {found!r}; copy it again"
        )
    return ids


def _token(text: dict[str, Any], name: str, folder: Path) -> int:
    """An id that prompts and canvases have: on a GPU a wrong one would end the engine."""
    token, vocab = (whole_number(text, key, folder) for key in (f"{name}_token_id", "vocab_size"))
    if not 0 <= token < vocab:
        raise CheckpointError(
            f"{folder / 'config.json'}: {name}_token_id must be in 0..{vocab - 1}, not {token}; "
            "copy it again"
        )
    return token


def _fences(tokenizer: CodeTokenizer) -> list[int]:
    """Those with nothing but white space before the fence: what stands there is lost with it."""
    every = tokenizer.ids_with(FENCE)
    return [i for i in every if not tokenizer.decode([i]).partition(FENCE)[0].strip()]
