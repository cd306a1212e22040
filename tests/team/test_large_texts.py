"""How much text may wait."""

import asyncio

import pytest
from fakes import FakeBackend, ask

from diffgem_engine.access.users import User
from diffgem_engine.backends import RequestError
from diffgem_engine.serving import texts
from diffgem_engine.serving.front import Front
from diffgem_engine.serving.texts import Texts

ANN, BOB = User("ann"), User("bob")


async def test_who_asks_with_megabytes_cannot_fill_the_memory():
    """256 requests in line of four million characters each, which take four bytes: four gigabytes
    of one user's."""
    front = Front(FakeBackend(most_at_once=1))
    long = "wait" + "x" * (texts.MOST_EACH // 4)

    def asked(user, request_id, prefix):
        return asyncio.create_task(
            front.infill(user, ask(request_id, prefix), lambda ahead: None, None)
        )

    work = [asked(ANN, 1, "hang"), *(asked(ANN, 2 + n, long) for n in range(3))]
    await asyncio.sleep(0)
    with pytest.raises(RequestError, match="ann that wait have too much text") as caught:
        await asked(ANN, 9, long)
    assert caught.value.code == "overloaded"
    others = [asked(BOB, 10, long), asked(ANN, 11, "small")]
    await asyncio.sleep(0)
    assert not any(task.done() for task in others)
    for task in (*work, *others):
        task.cancel()
    await asyncio.gather(*work, *others, return_exceptions=True)
    again = asked(ANN, 12, "fine" * (texts.MOST_EACH // 8))
    async with asyncio.timeout(20):
        assert (await again).id == 12


def test_all_together_have_equal_parts():
    found = Texts(most=100, most_each=80)
    with found.held("ann", 60), found.held("bob", 30):
        assert not found.room_for("ann", 20)
        assert found.room_for("bob", 20)
        assert found.room_for("carl", 90)
    assert found.room_for("ann", 90)
