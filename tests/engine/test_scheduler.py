"""Admission, batches and cancellation: never a tensor."""

import subprocess
import sys

import pytest

from diffgem_engine.canvas import Canvas
from diffgem_engine.scheduler import Scheduler
from diffgem_engine.sequence import InfillIds, Sequence

TORCH_FREE = ("canvas", "prefix_cache", "protocol", "scheduler", "sequence", "stopping")


def sequence(slots=8, prompt=10, path="diffusion"):
    canvas = Canvas((0,) * slots, (False,) * slots, (range(slots),))
    return Sequence(InfillIds((1,) * prompt, canvas, None, 0, path), generator=None)


def filled(sequences, **limits):
    scheduler = Scheduler(**{"max_admitted": 16, **limits})
    for one in sequences:
        scheduler.add(one)
    return scheduler


def test_admission_is_first_come_first_served():
    """Guards a newcomer that overtakes who has waited longer."""
    order = [sequence() for _ in range(5)]
    scheduler = filled(order, max_live=3)
    assert scheduler.admit() == order[:3]
    assert scheduler.admit() == []
    scheduler.remove(order[1])
    assert scheduler.admit() == [order[3]]


def test_few_are_admitted_at_once():
    """Guards live sequences that stand still while a whole queue is prefilled."""
    order = [sequence() for _ in range(5)]
    scheduler = filled(order, max_admitted=2)
    assert [scheduler.admit() for _ in range(4)] == [order[:2], order[2:4], order[4:], []]


def test_only_equal_buckets_share_a_batch():
    """Guards the invariant that a result does not depend on what shares its batch."""
    order = [sequence(slots, prompt) for slots in (8, 16, 40) for prompt in (10, 100, 64, 65)]
    scheduler = filled(order[::2] + order[1::2])
    scheduler.admit()
    batches = scheduler.batches()
    for batch in batches:
        assert len({one.bucket for one in batch}) == 1
    assert sorted(id(one) for batch in batches for one in batch) == sorted(map(id, order))
    assert len(batches) == 6


def test_a_bucket_follows_from_the_request_alone():
    """Guards padding to the longest row of a batch."""
    assert sequence(8, 64).bucket == ("diffusion", 8, 64, 8)
    assert sequence(9, 65).bucket == ("diffusion", 16, 128, 16)
    assert sequence(256, 1).bucket == ("diffusion", 256, 64, 256)


def test_two_paths_share_no_batch():
    """Guards a batch of which the model makes one pass for two kinds of steps."""
    order = [sequence(path=path) for path in ("diffusion", "autoregressive") * 2]
    scheduler = filled(order)
    scheduler.admit()
    assert scheduler.batches() == [order[::2], order[1::2]]


def test_a_batch_has_at_most_max_batch_rows():
    """Guards a batch as large as what is live."""
    order = [sequence() for _ in range(7)]
    scheduler = filled(order, max_batch=3)
    scheduler.admit()
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
    scheduler.admit()
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
    script = f"{forbidden}; {imports}; from diffgem_engine.scheduler import Scheduler; Scheduler()"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
