"""llama.cpp's `/infill`, as llama.vim and llama.vscode use it.

What is not named here is taken and ignored, as llama.cpp does.
"""

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from diffgem_engine.http.answered import Answered
from diffgem_engine.http.asked import Asked, checked_seed
from diffgem_engine.http.completions import deadline_ms
from diffgem_engine.http.fields import BadField, Fields, as_text
from diffgem_engine.http.shapes import Json

DEFAULT_TOKENS = 64  # for an n_predict of -1, which is "until it ends"
MOST_INDENT = 1024  # columns
MOST_EXTRAS = 256
MOST_WANTED = 64  # fields of a reply
LONGEST_PATH = 256  # characters, of one of them


@frozen
class LlamaInfill:
    asked: Asked
    response_fields: tuple[str, ...] = ()  # those that are wanted; none: all
    done: str = ""

    def whole(self, answered: Answered) -> Json:
        [text] = answered.texts
        body = _ended(self.asked, answered) | {"content": text.cut.text}
        return _picked(body, self.response_fields) if self.response_fields else body

    def piece(self, model: str, trace: str, text: str) -> Json:
        return {"index": 0, "content": text, "stop": False}

    def end(self, answered: Answered, text: str) -> list[Json]:
        return [_ended(self.asked, answered) | {"content": text}]


def read(fields: Fields) -> LlamaInfill:
    """Raises BadField.  The extra context stands before the prefix, the nearest last."""
    extra = "".join(_extra(each) for each in fields.objects("input_extra")[-MOST_EXTRAS:])
    own = fields.text("input_prefix") + fields.text("prompt")
    suffix = fields.text("input_suffix")
    limit = fields.whole("n_predict", -1)
    asked = Asked(
        prefix=extra + own if own or suffix else "",  # by extras alone there is nothing to fill
        suffix=suffix,
        tokens=DEFAULT_TOKENS if limit is None or limit < 0 else limit,
        stop=fields.stops(),
        least_indent=max(0, min(fields.whole("n_indent", 0) or 0, MOST_INDENT)),
        seed=checked_seed("seed", fields.whole("seed")),
        deadline_ms=_time(fields),
        stream=fields.flag("stream"),
    )
    return LlamaInfill(asked, _wanted(fields.texts("response_fields")))


def _wanted(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Each is looked up while nobody else is served."""
    if len(paths) > MOST_WANTED or any(len(path) > LONGEST_PATH for path in paths):
        raise BadField(
            "response_fields",
            f"response_fields must be at most {MOST_WANTED} texts of {LONGEST_PATH} characters",
        )
    return paths


def _time(fields: Fields) -> float | None:
    """0 is no limit there."""
    return deadline_ms(fields, "t_max_predict_ms") or None


def _extra(chunk: dict[str, Any]) -> str:
    text = as_text("input_extra.text", chunk.get("text") or "")
    name = as_text("input_extra.filename", chunk.get("filename") or "")
    if "\n" in name:
        raise BadField("input_extra", "input_extra.filename must be one line")
    ended = text if text.endswith("\n") or not text else text + "\n"
    return f"# {name}\n{ended}" if name and text else ended


def _ended(asked: Asked, answered: Answered) -> Json:
    [text] = answered.texts
    prompt, result = answered.prompt_tokens, answered.result
    return {
        "index": 0,
        "content": "",
        "stop": True,
        "model": answered.model,
        "tokens_predicted": text.tokens,
        "tokens_evaluated": prompt,
        "tokens_cached": prompt - result.prefilled_tokens if result else 0,
        "truncated": False,
        "has_new_line": "\n" in text.cut.text,
        "stop_type": "word"
        if text.cut.by
        else "limit"
        if text.finish_reason == "length"
        else "eos",
        "stopping_word": text.cut.by,
        "generation_settings": _settings(asked),
        "timings": _timings(answered),
    }


def _settings(asked: Asked) -> Json:
    return {
        "n_predict": asked.tokens,
        "n_indent": asked.least_indent,
        "seed": asked.seed,
        "stop": list(asked.stop),
        "stream": asked.stream,
        "t_max_predict_ms": asked.deadline_ms or 0,
    }


def _timings(answered: Answered) -> Json:
    result = answered.result
    read_ = _pace("prompt", result.prefilled_tokens, result.prefill_ms) if result else {}
    written = _pace("predicted", answered.tokens, result.denoise_ms) if result else {}
    return read_ | written


def _pace(name: str, tokens: int, ms: float) -> Json:
    return {
        f"{name}_n": tokens,
        f"{name}_ms": ms,
        f"{name}_per_token_ms": ms / tokens if tokens else 0.0,
        f"{name}_per_second": 1000 * tokens / ms if ms > 0 else 0.0,
    }


def _picked(body: Json, names: Iterable[str]) -> Json:
    """A name may be a path: `timings/prompt_n` is under that very name in the reply."""
    found = {name: _at(body, name.split("/")) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def _at(value: Any, steps: list[str]) -> Any:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value
