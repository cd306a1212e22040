"""Requests of many canvases, and the places that are for others."""

import asyncio

from fakes import FakeBackend, ask

from diffgem_engine.access.users import User
from diffgem_engine.serving.front import Front
from diffgem_engine.serving.places import Places

ANN, BOB = User("ann"), User("bob")


async def at_the_backend(front, backend, user, *requests):
    """The ids of those that are let in."""
    work = [
        asyncio.create_task(front.infill(user, each, lambda ahead: None, None)) for each in requests
    ]
    for _ in range(5):
        await asyncio.sleep(0)
    return work, [backend.started.get_nowait() for _ in range(backend.started.qsize())]


async def test_many_canvases_at_once_are_many_places():
    """A dozen requests of sixteen canvases each were at the backend at once, of which a quarter is
    for others: their hole was the hundred and ninety-third."""
    backend = FakeBackend(most_at_once=16)
    front = Front(backend)
    anns, begun = await at_the_backend(
        front, backend, ANN, *(ask(n, "hang", seeds=16) for n in range(12))
    )
    assert begun == [0]
    bobs, begun = await at_the_backend(front, backend, BOB, ask(20, "hang"))
    assert begun == [20]
    anns[0].cancel()
    _, begun = await at_the_backend(front, backend, ANN)
    assert begun == [1]
    for task in (*anns, *bobs):
        task.cancel()
    await asyncio.gather(*anns, *bobs, return_exceptions=True)


def test_what_was_taken_is_given_back():
    places = Places(4)
    for canvases in (1, 3, 16):
        places.take("ann", "interactive", canvases)
        places.give_back("ann", "interactive", canvases)
    assert places.taken == 0


def test_one_place_is_enough_for_anything():
    places = Places(1)
    assert places.free_for("ann", "interactive")
    places.take("ann", "interactive", 16)
    assert places.taken == 1
    assert not places.free_for("bob", "interactive")
