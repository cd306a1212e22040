"""How much of a prompt a server with a prefix cache has already, while somebody types.

    python benchmarks/upstream_prefix.py [--places N]

Real code is retyped, key by key, through the language server's own choice of context.  Of every
prompt it counts the tokens that stand at the head of the prompt before it, in whole blocks of 16,
as vLLM's cache keeps them.  `reference` is the same text in the document's order: the task, the
code before the hole, a mark, the code behind it.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from statistics import mean

from diffgem_engine.backends.openai import chatting
from diffgem_engine.bench.sources import Place, places
from diffgem_engine.checkpoint.loading import embedded_model
from diffgem_engine.checkpoint.tokenizer import CodeTokenizer
from diffgem_engine.formats.base import latest_ids, latest_text
from diffgem_engine.protocol import Hole, Infill
from diffgem_lsp.prompt.anchors import Anchors
from diffgem_lsp.prompt.context import Context, Window, gather
from diffgem_lsp.snapshots import Snapshot

BLOCK = 16
KEYS = 40
PROMPT_TOKENS = 2048
TASK = "Write what is missing at <FILL>.\n"
Prompt = Callable[[CodeTokenizer, Context], list[int]]


def pinned(tokenizer: CodeTokenizer, context: Context) -> list[int]:
    known = tokenizer.encode(latest_text(context.prefix, PROMPT_TOKENS))
    return latest_ids(known, PROMPT_TOKENS - 1)


def chat(tokenizer: CodeTokenizer, context: Context) -> list[int]:
    request = Infill(1, context.prefix, context.suffix, (Hole(16),))
    asked, _ = chatting.lay_out(request, PROMPT_TOKENS)
    return tokenizer.encode(asked.message) + tokenizer.encode(asked.opening)


def reference(tokenizer: CodeTokenizer, context: Context) -> list[int]:
    return tokenizer.encode(f"{TASK}{context.prefix}<FILL>{context.suffix}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=40)
    count = parser.parse_args().places
    tokenizer = CodeTokenizer.load(embedded_model() / "tokenizer.json")
    print(f"{count} places, {KEYS} keys each; share of the prompt that is cached, and tokens read")
    for prompt in (pinned, chat, reference):
        keys = [key for place in places(count, KEYS) for key in _keys(tokenizer, place, prompt)]
        share = sum(cached for cached, _ in keys) / sum(tokens for _, tokens in keys)
        read = mean(tokens - cached for cached, tokens in keys)
        print(f"{prompt.__name__:10}  {share:6.1%}  {read:7.1f} tokens a key")
    return 0


def _keys(tokenizer: CodeTokenizer, place: Place, prompt: Prompt) -> Iterator[tuple[int, int]]:
    """Of each key the tokens that are cached, and all of them."""
    before: list[int] = []
    for number, context in enumerate(_contexts(place)):
        now = prompt(tokenizer, context)
        if number:
            yield _shared(before, now) // BLOCK * BLOCK, len(now)
        before = now


def _contexts(place: Place) -> Iterator[Context]:
    anchors, window = Anchors(), Window.of_tokens(PROMPT_TOKENS)
    snapshot = Snapshot.of(place.text, place.offset, "python")
    for character in ("", *place.removed):
        snapshot = snapshot.replaced(snapshot.offset, snapshot.offset, character)
        yield gather(snapshot, window, anchors.place(snapshot, window.prefix))


def _shared(before: list[int], now: list[int]) -> int:
    pairs = enumerate(zip(before, now, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(before), len(now)))


if __name__ == "__main__":
    sys.exit(main())
