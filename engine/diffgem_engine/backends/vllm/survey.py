"""What an upstream is able to do: asked and tried, not believed."""

from typing import TYPE_CHECKING, Any

from attrs import frozen

from diffgem_engine.backends.openai.chatting import FENCE_TOKENS
from diffgem_engine.backends.openai.errors import Garbled, Refused, Unserved
from diffgem_engine.backends.openai.said import in_words, whole_number
from diffgem_engine.backends.openai.server import Server
from diffgem_engine.backends.vllm.canvases import Denoising, Seeded, Widths, holds, read
from diffgem_engine.backends.vllm.words import BOS, PAD, AskedWords, OwnWords, Words
from diffgem_engine.core.canvas import LONGEST_CANVAS, Canvas

if TYPE_CHECKING:
    from diffgem_engine.checkpoint.tokenizer import CodeTokenizer

PROMPT_TOKENS = 4096  # where a server does not say
LEAST_PROMPT = 256
OF_ANSWERS = LONGEST_CANVAS + FENCE_TOKENS  # tokens of a model's length that are not the prompt's
PROBED = "def add(a, b):\n    return a + b\n"
WIDTHS = (Widths(), *(Widths(served, False) for served in (LONGEST_CANVAS, 128, 64, 32)))
PROBE_HOLE = 2  # slots


@frozen
class Ability:
    """Of one upstream."""

    model: str
    own_turn: bool  # it is vLLM, and goes on with a turn that has begun
    prompt_tokens: int  # beside a canvas
    words: Words | None = None  # None where it does not tokenize
    widths: Widths | None = None  # None where it has no pinned canvases

    @property
    def described(self) -> str:
        if self.widths is None:
            return "the chat format, for it has no pinned canvases"
        some = "up to " if self.widths.any_width else "always "
        return f"pinned canvases, {some}{self.widths.served} slots wide"


class Survey:
    """`model` is what it is to serve, or whatever it serves; `tokenizer` is the model's own."""

    def __init__(self, model: str | None, tokenizer: "CodeTokenizer | None") -> None:
        self._model, self._own = model, OwnWords(tokenizer) if tokenizer else None

    async def __call__(self, server: Server) -> Ability:
        """Raises UpstreamError."""
        card = self._card(server, await server.json("GET", "/v1/models"))
        model = self._model or str(card["id"])
        is_vllm = card.get("owned_by") == "vllm"
        longest = whole_number(card.get("max_model_len")) or PROMPT_TOKENS + OF_ANSWERS
        ability = Ability(model, is_vllm, max(LEAST_PROMPT, longest - OF_ANSWERS))
        return await self._probed(server, ability) if is_vllm else ability

    def _card(self, server: Server, answer: dict[str, Any]) -> dict[str, Any]:
        """Of our model, or of the first."""
        cards = answer.get("data")
        found = cards if isinstance(cards, list) else []
        named = [card for card in found if isinstance(card, dict) and "id" in card]
        if self._model is not None:
            return _card_of(server, self._model, named)
        if not named or named[0]["id"] != (in_words(named[0]["id"]) or None):
            raise Garbled(server.url, "does not say at /v1/models what it serves")
        return named[0]

    async def _probed(self, server: Server, ability: Ability) -> Ability:
        """By a canvas of which all but two slots are pinned: they must come back."""
        words = self._own or AskedWords(ability.model)
        try:
            ids = (await words.encode(server, [PROBED]))[PROBED]
        except Refused:  # no /tokenize: an older or a closed server
            return ability
        widths = await _widths(server, ability.model, words, ids)
        return Ability(ability.model, True, ability.prompt_tokens, words, widths)


def _card_of(server: Server, model: str, cards: list[dict[str, Any]]) -> dict[str, Any]:
    """An empty one where the list is not all that is served: vLLM's is."""
    card = next((card for card in cards if card["id"] == model), None)
    if card is None and any(card.get("owned_by") == "vllm" for card in cards):
        served = in_words(", ".join(str(card["id"]) for card in cards))
        raise Unserved(server.url, f"serves {served}, not {in_words(model)}")
    return card or {}


async def _widths(server: Server, model: str, words: Words, ids: tuple[int, ...]) -> Widths | None:
    open_slots = (False,) * PROBE_HOLE
    canvas = Canvas(
        (PAD,) * PROBE_HOLE + ids, open_slots + (True,) * len(ids), (range(PROBE_HOLE),)
    )
    for widths in WIDTHS:
        if len(canvas) > widths.served:
            continue
        seeded = Seeded.of(canvas, widths.of(len(canvas)), (0, words.vocab), PAD, 0)
        try:
            asked = Denoising(model, (BOS, *ids), widths, 1).body(seeded, 0)
            found = read(await server.json("POST", "/v1/completions", asked))
        except (Refused, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            continue  # not of this width, or not at all
        return widths if holds(found, seeded) else None
    return None
