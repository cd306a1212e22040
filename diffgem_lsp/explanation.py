"""Snapshot -> what the engine would be sent for it, where each part is from, and what is left out.

It goes the way of a completion, so what it shows is what is sent; see `site_and_prompt`.
"""

from collections.abc import Sequence
from typing import Any

from diffgem_engine.protocol import Hole, Welcome
from diffgem_lsp.engine.api import Counting
from diffgem_lsp.engine.errors import RequestRefused, Withheld
from diffgem_lsp.holes.site import HoleSite
from diffgem_lsp.inline.completion import Memory, site_and_prompt
from diffgem_lsp.options import Options
from diffgem_lsp.privacy.eligibility import Eligibility, unsuitable
from diffgem_lsp.privacy.guarded import around, harmless
from diffgem_lsp.privacy.redaction import MARK
from diffgem_lsp.prompt.assembly import Preamble, Prompt, budget_of
from diffgem_lsp.prompt.context import CHARACTERS_A_TOKEN
from diffgem_lsp.prompt.snippets import LeftOut, Snippet
from diffgem_lsp.snapshots import Snapshot

Explanation = dict[str, Any]  # JSON


async def explain(
    snapshot: Snapshot,
    engine: Counting,
    options: Options,
    memory: Memory,
    eligibility: Eligibility | None = None,
) -> Explanation:
    """Raises what the engine client raises; where it refuses to count, tokens are guessed."""
    refusal = unsuitable(snapshot, options, eligibility)
    if refusal:
        return {"sent": False, "reason": refusal}
    welcome = await engine.ready()
    site, prompt = site_and_prompt(snapshot, welcome, options, memory)
    hole = site.hole
    try:
        before, after = around(prompt.prefix, prompt.suffix, (Hole(hole.slots, hole.starts_with),))
    except Withheld as error:
        return {"sent": False, "reason": str(error)}
    tokens, snippets = await _counted(engine, before, after, prompt.preamble)
    return {
        "sent": True,
        "model": welcome.model,
        "tokens": tokens,
        "budget": _budget(prompt, welcome, options),
        "hole": _hole(hole),
        "prefix": before,
        "suffix": after,
        "redactions": max(0, _marks(before, after) - _marks(snapshot.text)),
        "drafts": list(harmless(prompt.drafts, prompt.prefix)),
        "snippets": snippets,
        "leftOut": [_left_out(one) for one in prompt.preamble.choice.left_out],
    }


async def _counted(
    engine: Counting, before: str, after: str, preamble: Preamble
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What takes how many tokens: of all, and snippet by snippet."""
    kept = preamble.choice.kept
    texts = [before, after, preamble.text, *(each.text for each in kept)]
    (prefix, suffix, of_preamble, *each), counted = await _counts(engine, texts)
    tokens = {"counted": counted, "prefix": prefix, "suffix": suffix, "preamble": of_preamble}
    return tokens, [_snippet(one, count) for one, count in zip(kept, each, strict=True)]


def _marks(*texts: str) -> int:
    """How often something was taken out, but where a text speaks of that itself."""
    return sum(text.count(MARK) for text in texts)


async def _counts(engine: Counting, texts: Sequence[str]) -> tuple[list[int], bool]:
    """Of each text, and whether somebody has counted them."""
    try:
        return list(await engine.count(texts)), True
    except RequestRefused:  # they are too long
        return [round(len(text) / CHARACTERS_A_TOKEN) for text in texts], False


def _budget(prompt: Prompt, welcome: Welcome, options: Options) -> dict[str, int]:
    """In characters, but for `promptTokens` and `contextTokens`."""
    return {
        "promptTokens": welcome.prompt_tokens,
        "contextTokens": budget_of(welcome, options),
        "prefix": prompt.window.prefix,
        "suffix": prompt.window.suffix,
        "preamble": prompt.preamble.budget,
    }


def _hole(hole: HoleSite) -> dict[str, Any]:
    return {"kind": hole.kind.value, "slots": hole.slots, "startsWith": hole.starts_with}


def _snippet(snippet: Snippet, tokens: int) -> dict[str, Any]:
    return {**_about(snippet), "tokens": tokens, "text": snippet.text}


def _left_out(left: LeftOut) -> dict[str, Any]:
    return {**_about(left.snippet), "why": left.why, "text": left.snippet.text}


def _about(snippet: Snippet) -> dict[str, Any]:
    return {
        "source": snippet.source,
        "file": snippet.file,
        "score": round(snippet.score, 3),
        "reason": snippet.reason,
    }
