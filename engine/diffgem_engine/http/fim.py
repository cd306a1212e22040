"""Mistral's `/v1/fim/completions`."""

from attrs import frozen

from diffgem_engine.http.answered import Answered, Text
from diffgem_engine.http.asked import Asked, checked_seed
from diffgem_engine.http.completions import deadline_ms, tokens, usage
from diffgem_engine.http.fields import Fields
from diffgem_engine.http.shapes import Json

DEFAULT_TOKENS = 64


@frozen
class FimCompletion:
    asked: Asked
    done: str = "[DONE]"

    def whole(self, answered: Answered) -> Json:
        [text] = answered.texts
        choice = _choice("message", text.cut.text, text)
        body = _body(answered.model, answered.trace, "chat.completion", choice, answered.at)
        return body | {"usage": usage(answered)}

    def piece(self, model: str, trace: str, text: str) -> Json:
        return _body(model, trace, "chat.completion.chunk", _choice("delta", text, None))

    def end(self, answered: Answered, text: str) -> list[Json]:
        choice = _choice("delta", text, answered.texts[0])
        body = _body(answered.model, answered.trace, "chat.completion.chunk", choice, answered.at)
        return [body | {"usage": usage(answered)}]


def read(fields: Fields) -> FimCompletion:
    """Raises BadField."""
    fields.refuse("min_tokens", "the model says where the middle ends")
    asked = Asked(
        prefix=fields.text("prompt"),
        suffix=fields.text("suffix"),
        tokens=tokens(fields, DEFAULT_TOKENS),
        stop=fields.stops(),
        seed=checked_seed("random_seed", fields.whole("random_seed")),
        deadline_ms=deadline_ms(fields, "deadline_ms"),
        stream=fields.flag("stream"),
    )
    return FimCompletion(asked)


def _choice(where: str, text: str, ended: Text | None) -> Json:
    said = {"role": "assistant", "content": text}
    return {"index": 0, where: said, "finish_reason": ended.finish_reason if ended else None}


def _body(model: str, trace: str, kind: str, choice: Json, at: int = 0) -> Json:
    return {
        "id": f"fim-{trace}",
        "object": kind,
        "created": at,
        "model": model,
        "choices": [choice],
    }
