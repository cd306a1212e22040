"""OpenAI's `/v1/completions`, with `suffix`."""

from typing import Any

from attrs import frozen

from diffgem_engine.http.answered import Answered, Text
from diffgem_engine.http.asked import Asked, checked, checked_seed, checked_texts
from diffgem_engine.http.fields import BadField, Fields
from diffgem_engine.http.shapes import Json

DEFAULT_TOKENS = 16  # OpenAI's own
MOST_TOKENS = 2**31


@frozen
class Completion:
    asked: Asked
    with_usage: bool = False  # as a stream's last piece
    done: str = "[DONE]"

    def whole(self, answered: Answered) -> Json:
        choices = [_choice(i, text.cut.text, text) for i, text in enumerate(answered.texts)]
        return _body(answered.model, answered.trace, choices, answered.at) | {
            "usage": usage(answered)
        }

    def piece(self, model: str, trace: str, text: str) -> Json:
        return _body(model, trace, [_choice(0, text, None)])

    def end(self, answered: Answered, text: str) -> list[Json]:
        last = [_choice(0, text, answered.texts[0])]
        pieces = [_body(answered.model, answered.trace, last, answered.at)]
        if self.with_usage:
            total = {"usage": usage(answered)}
            pieces.append(_body(answered.model, answered.trace, [], answered.at) | total)
        return pieces


def read(fields: Fields) -> Completion:
    """Raises BadField.  What steers the sampling of tokens one by one means nothing here."""
    fields.refuse("echo", "put the prompt before the text yourself")
    fields.refuse("logprobs", "a diffusion model has none per token")
    fields.refuse("logit_bias", "tokens are not drawn one by one")
    texts = checked_texts("n", fields.whole("n"))
    drawn = checked_texts("best_of", fields.whole("best_of", texts))
    stream = fields.flag("stream")
    if drawn < texts:
        raise BadField("best_of", f"best_of must be no less than n, which is {texts}")
    if stream and drawn > 1:
        raise BadField("stream", "one text is streamed: leave out n and best_of, or stream")
    asked = Asked(
        prefix=_prompt(fields),
        suffix=fields.text("suffix"),
        tokens=tokens(fields, DEFAULT_TOKENS),
        stop=fields.stops(),
        seed=checked_seed("seed", fields.whole("seed")),
        texts=texts,
        drawn=drawn,
        deadline_ms=deadline_ms(fields, "deadline_ms"),
        stream=stream,
    )
    return Completion(asked, bool(fields.part("stream_options").get("include_usage")))


def tokens(fields: Fields, default: int) -> int:
    found = checked("max_tokens", fields.whole("max_tokens"), 0, MOST_TOKENS)
    return default if found is None else found


def deadline_ms(fields: Fields, name: str) -> float | None:
    found = fields.number(name)
    if found is not None and found < 0:
        raise BadField(name, f"{name} must be a number from 0 up")
    return found


def usage(answered: Answered) -> dict[str, Any]:
    prompt, written = answered.prompt_tokens, answered.tokens
    cached = prompt - answered.result.prefilled_tokens if answered.result else 0
    return {
        "prompt_tokens": prompt,
        "completion_tokens": written,
        "total_tokens": prompt + written,
        "prompt_tokens_details": {"cached_tokens": max(cached, 0)},
    }


def _prompt(fields: Fields) -> str:
    """Several prompts would be several requests, which the queue does not see as such."""
    prompts = fields.texts("prompt")
    if len(prompts) != 1:
        raise BadField("prompt", "prompt must be one text: send several requests for several")
    return prompts[0]


def _choice(index: int, text: str, ended: Text | None) -> Json:
    reason = ended.finish_reason if ended else None
    return {"index": index, "text": text, "logprobs": None, "finish_reason": reason}


def _body(model: str, trace: str, choices: list[Json], at: int = 0) -> Json:
    return {
        "id": f"cmpl-{trace}",
        "object": "text_completion",
        "created": at,
        "model": model,
        "choices": choices,
    }
