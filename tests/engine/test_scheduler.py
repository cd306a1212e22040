"""Admission, batches and cancellation: never a tensor."""

import subprocess
import sys

import pytest

from diffgem_engine.core.canvas import Canvas
from diffgem_engine.core.request import InfillIds
from diffgem_engine.core.scheduler import OVERTAKEN, PAUSE, Scheduler
from diffgem_engine.core.sequence import Sequence

TORCH_FREE = (
    "protocol",
    *(f"core.{name}" for name in ["canvas", "prefix_cache", "scheduler", "sequence", "stopping"]),
)


def sequence(slots=8, prompt=10, path="diffusion", priority="interactive", nbytes=0):
    """Its prompt is read already."""
    canvas = Canvas((0,) * slots, (False,) * slots, (range(slots),))
    ids = InfillIds((1,) * prompt, canvas, None, 0, path, priority=priority)
    return Sequence(ids, generator=None, nbytes=nbytes, ready=True)


def background(**fields):
    return sequence(priority="background", **fields)


def filled(sequences, **limits):
    scheduler = Scheduler(**limits)
    for one in sequences:
        scheduler.add(one)
    return scheduler


def stepped(scheduler):
    """Who takes a step in the next engine step, in order."""
    scheduler.begin_step()
    return [one for batch in scheduler.batches() for one in batch]


def test_admission_is_first_come_first_served():
    """Guards a newcomer that overtakes who has waited longer."""
    order = [sequence() for _ in range(5)]
    scheduler = filled(order, max_live=3)
    assert stepped(scheduler) == order[:3]
    assert stepped(scheduler) == order[:3]
    scheduler.remove(order[1])
    assert stepped(scheduler) == [order[0], order[2], order[3]]


def test_interactive_goes_first():
    """Guards somebody who waits behind a background job that came earlier."""
    early, late = background(), sequence()
    scheduler = filled([early, late], budget=1)
    early.nbytes = late.nbytes = 1
    assert stepped(scheduler) == [late]
    scheduler.remove(late)
    assert stepped(scheduler) == [early]


def test_each_priority_has_places_of_its_own():
    """Guards background work that fills the engine."""
    jobs, typist = [background() for _ in range(5)], sequence()
    scheduler = filled(jobs, max_live=3)
    assert stepped(scheduler) == jobs[:3]
    scheduler.add(typist)
    assert typist in stepped(scheduler)


def test_background_pauses_but_not_for_good():
    """Guards typists who wait for a background job's steps, and jobs that never end."""
    job, typist = background(slots=16), sequence()
    scheduler = filled([job])
    assert stepped(scheduler) == [job]
    scheduler.add(typist)
    turns = [stepped(scheduler) for _ in range(3 * PAUSE)]
    assert turns == 3 * [*[[typist]] * (PAUSE - 1), [typist, job]]
    scheduler.remove(typist)
    assert stepped(scheduler) == [job]


def test_a_background_job_is_overtaken_so_often_and_no_more():
    """Guards a job that an endless stream of typists keeps waiting."""
    job, typists = background(), [sequence() for _ in range(2 * OVERTAKEN)]
    scheduler = filled([job, *typists], max_live=1, budget=1)
    for one in (job, *typists):
        one.nbytes = 1
    order = []
    while not scheduler.idle:
        scheduler.begin_step()
        order += scheduler._live
        scheduler.remove(order[-1])
    assert order == [*typists[:OVERTAKEN], job, *typists[OVERTAKEN:]]


def test_who_has_no_room_waits_and_nobody_overtakes():
    """Guards memory beyond the budget, and a large request that small ones keep waiting."""
    first, large, small = (sequence(nbytes=n) for n in (6, 8, 1))
    scheduler = filled([first, large, small], budget=10)
    assert stepped(scheduler) == [first]
    scheduler.remove(first)
    assert stepped(scheduler) == [large, small]


def test_background_work_goes_on_where_a_typist_waits_for_its_memory():
    """Guards two who wait for each other: it pauses for the typist who waits for its memory."""
    job, typist, next_typist = background(nbytes=6), sequence(nbytes=2), sequence(nbytes=3)
    scheduler = filled([job], budget=10)
    scheduler.begin_step()
    scheduler.add(typist)
    assert stepped(scheduler) == [typist]
    scheduler.add(next_typist)
    assert stepped(scheduler) == [typist, job]
    scheduler.remove(job)
    assert stepped(scheduler) == [typist, next_typist]


def test_what_never_fits_is_told():
    scheduler = Scheduler(budget=10)
    assert scheduler.ever_fits(sequence(nbytes=10))
    assert not scheduler.ever_fits(sequence(nbytes=11))


def test_the_youngest_is_a_background_one_if_there_is_any():
    """Guards a typist who is refused for a job's sake when memory runs out."""
    order = [sequence(), background(), background(), sequence()]
    scheduler = filled(order)
    scheduler.begin_step()
    assert scheduler.youngest is order[2]
    scheduler.remove(order[1])
    scheduler.remove(order[2])
    assert scheduler.youngest is order[3]


def test_prompts_are_read_in_the_same_order():
    """Guards a typist behind a job's long prompt; what is not read takes no step."""
    order = [background(), sequence(), sequence()]
    for one in order:
        one.ready = False
    scheduler = filled(order)
    scheduler.begin_step()
    assert scheduler.batches() == []
    assert scheduler.reading() == order[1:]
    for one in order[1:]:
        scheduler.remove(one)
    scheduler.begin_step()
    assert scheduler.reading() == order[:1]


def test_only_equal_buckets_share_a_batch():
    """Guards the invariant that a result does not depend on what shares its batch."""
    order = [sequence(slots, prompt) for slots in (8, 16, 40) for prompt in (10, 100, 64, 65)]
    scheduler = filled(order[::2] + order[1::2])
    scheduler.begin_step()
    batches = scheduler.batches()
    for batch in batches:
        assert len({one.bucket for one in batch}) == 1
    assert sorted(id(one) for batch in batches for one in batch) == sorted(map(id, order))
    assert len(batches) == 6


def test_whoever_runs_them_says_which_buckets_are_alike():
    """Guards passes of one row each where prompts of any length can share one."""
    order = [sequence(slots, prompt) for slots in (8, 16) for prompt in (10, 100)]
    scheduler = filled(order)
    scheduler.begin_step()
    batches = scheduler.batches(lambda bucket: bucket._replace(prompt=0))
    assert batches == [order[:2], order[2:]]


def test_a_bucket_follows_from_the_request_alone():
    """Guards padding to the longest row of a batch."""
    assert sequence(8, 64).bucket == ("diffusion", 8, 64, 8)
    assert sequence(9, 65).bucket == ("diffusion", 16, 128, 16)
    assert sequence(256, 1).bucket == ("diffusion", 256, 64, 256)


def test_two_paths_share_no_batch():
    """Guards a batch of which the model makes one pass for two kinds of steps."""
    order = [sequence(path=path) for path in ("diffusion", "autoregressive") * 2]
    scheduler = filled(order)
    scheduler.begin_step()
    assert scheduler.batches() == [order[::2], order[1::2]]


def test_a_batch_has_at_most_max_batch_rows():
    """Guards a batch as large as what is live."""
    order = [sequence() for _ in range(7)]
    scheduler = filled(order, max_batch=3)
    scheduler.begin_step()
    assert scheduler.batches() == [order[:3], order[3:6], order[6:]]


def test_waiting_sequences_are_in_no_batch():
    scheduler = filled([sequence()])
    assert scheduler.batches() == []
    assert not scheduler.idle


@pytest.mark.parametrize("live", [0, 1, 2])
def test_cancelled_sequences_are_dropped_once(live):
    """Guards a cancel that works on live sequences alone, or on waiting ones alone."""
    order = [sequence() for _ in range(2)]
    scheduler = filled(order, max_live=live)
    scheduler.begin_step()
    order[1].cancelled = True
    assert scheduler.drop_cancelled() == [order[1]]
    assert scheduler.drop_cancelled() == []
    scheduler.remove(order[1])  # gone already
    scheduler.remove(order[0])
    assert scheduler.idle


def test_scheduling_imports_no_torch():
    """Guards the invariant: with torch forbidden, requests can still be laid out and scheduled."""
    imports = "; ".join(f"import diffgem_engine.{name}" for name in TORCH_FREE)
    forbidden = "import sys; sys.modules.update(torch=None, transformers=None)"
    script = (
        f"{forbidden}; {imports}; from diffgem_engine.core.scheduler import Scheduler; Scheduler()"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
