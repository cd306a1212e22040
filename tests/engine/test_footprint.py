"""What a sequence takes of the device's memory, said before it takes any."""

import pytest
import torch
from test_continuing import long_request
from test_hypotheses import guessed
from test_seeds import seeded
from tiny import (
    VOCAB,
    continuation,
    open_canvas,
    pinned_canvas,
    request,
    submit,
    text_ids,
    tiny_engine,
    tiny_runner,
    to_review,
)

from diffgem_engine.core.failures import TooLarge
from diffgem_engine.core.footprint import FLOAT32, LEAST_CACHED, Footprint, cache_room, room
from diffgem_engine.core.scheduler import Scheduler
from diffgem_engine.core.sequence import Outcome

REQUESTS = [
    request(1, open_canvas(1)),
    request(1100, open_canvas(256)),
    request(90, pinned_canvas()),
    request(90, open_canvas(20), drafts=(text_ids(5), text_ids(12))),
    continuation(90, slots=40, drafts=(text_ids(5),)),
    continuation(600, slots=200),
    to_review(90, 33),
    long_request(slots=70),
    guessed(prompt=90),
    seeded(request(90, pinned_canvas()), 5),
    request(90, open_canvas(20), drafts=(text_ids(5), text_ids(12)), draft_enough=-1.0),
]


def taken(sequence):
    """Bytes of the tensors that it holds, and of the logits that its step makes."""
    held = sequence.kv.nbytes if sequence.kv is not None else 0
    logits = VOCAB * FLOAT32
    if sequence.writing is not None:
        return held + sum(k.nbytes + v.nbytes for k, v in sequence.writing.kv._layers) + logits
    rows = [trial.sequence for trial in sequence.trials] or [sequence]
    lives = [row.denoising for row in rows if row.denoising is not None]
    padded = {id(k): k.nbytes + v.nbytes for live in lives for k, v in live.prefix.layers}
    signals = sum(live.signal.nbytes for live in lives)
    return held + sum(padded.values()) + signals + len(lives) * rows[0].bucket.open_slots * logits


@pytest.mark.parametrize("wanted", REQUESTS, ids=range(len(REQUESTS)))
def test_no_sequence_takes_more(wanted):
    """Guards an estimate that forgets a part: the canvas, the prompt, all that is committed."""
    most = Footprint.of(tiny_runner())(wanted)
    engine = tiny_engine()
    sequence = submit(engine, wanted, [])
    assert sequence.nbytes == most
    while not engine.idle:
        engine.step()
        assert taken(sequence) + engine.cache.nbytes <= most
    assert most < 12 * (taken(sequence) + engine.cache.nbytes)


def test_what_never_fits_is_refused_at_once():
    """Guards a request that waits for memory that will never be free."""
    need = Footprint.of(tiny_runner())
    small, large = request(20, open_canvas(8)), request(900, open_canvas(200))
    ended = []
    engine = tiny_engine(scheduler=Scheduler(budget=need(large) - 1))
    refused = submit(engine, large, ended)
    assert [(end.sequence, end.outcome) for end in ended] == [(refused, Outcome.FAILED)]
    assert isinstance(ended[0].error, TooLarge)
    assert ended[0].error.code == "overloaded"
    assert "ask with fewer slots or with less text" in str(ended[0].error)
    submit(engine, small, ended)
    while not engine.idle:
        engine.step()
    assert ended[1].error is None


def test_who_has_no_room_now_waits():
    """Guards a refusal of what only has to wait, and a result that shows the wait."""
    wanted = [request(40 + s, seed=s, steps=3) for s in range(4)]
    budget = 2 * max(map(Footprint.of(tiny_runner()), wanted))
    engine, ended = tiny_engine(scheduler=Scheduler(budget=budget)), []
    order = [submit(engine, one, ended) for one in wanted]
    engine.step()
    assert [sequence.step for sequence in order] == [1, 1, 0, 0]
    while not engine.idle:
        engine.step()
    assert [end.sequence for end in ended] == order
    assert all(end.error is None for end in ended)


def test_a_device_keeps_some_of_its_memory():
    """Guards an engine that takes all of a machine that others work on."""
    assert room(torch.device("cpu"), 1000) == 500
    gpu, free = torch.device("cuda", 1), 28 * 2**30
    assert 0.8 * free < room(gpu, free) + cache_room(gpu, free) < 0.9 * free


def test_a_device_with_much_memory_keeps_many_prompts():
    """Guards a team's prompts of hundreds of megabytes each, read again at every key."""
    assert cache_room(torch.device("cpu"), 2**40) == LEAST_CACHED
    assert cache_room(torch.device("cuda"), 2**20) == LEAST_CACHED
    assert cache_room(torch.device("cuda"), 28 * 2**30) > 9 * 2**30
