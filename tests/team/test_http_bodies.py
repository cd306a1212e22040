"""Whatever the body: a request that the engine takes, or a refusal that names what is wrong."""

import contextlib
import json

import pytest
from fakes import FakeBackend
from hypothesis import given
from hypothesis import strategies as st

from diffgem_engine.http import completions, fim, infill
from diffgem_engine.http.asked import infill_of
from diffgem_engine.http.fields import BadField, Fields
from diffgem_engine.serving.validation import check

NAMES = (
    *("prompt", "suffix", "max_tokens", "stop", "n", "best_of", "seed", "random_seed", "stream"),
    *("stream_options", "deadline_ms", "echo", "logprobs", "input_prefix", "input_suffix"),
    *("input_extra", "n_predict", "n_indent", "t_max_predict_ms", "response_fields", "text"),
)
PLAIN = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8)
VALUES = st.recursive(
    PLAIN | st.integers(-1, 20) | st.just("x"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    ),
    max_leaves=5,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)


@pytest.mark.parametrize("read", [completions.read, fim.read, infill.read])
@given(body=BODIES, prompt=st.text(max_size=4))
def test_every_body_is_read_or_refused(read, body, prompt):
    """A value of another type was an internal error, and so was one that the engine refuses."""
    welcome = FakeBackend().welcome
    with contextlib.suppress(BadField):
        asked = read(Fields(json.dumps({"prompt": prompt, **body}).encode())).asked
        if not asked.nothing:
            check(infill_of(asked, welcome, "t"), welcome)


@pytest.mark.parametrize("read", [completions.read, fim.read, infill.read])
@given(st.binary(max_size=64))
def test_every_string_of_bytes_is_refused(read, body):
    """Bytes that are no JSON object were an internal error."""
    with pytest.raises(BadField, match="not JSON"):
        read(Fields(b"!" + body))
