"""Users who share an engine, each with a file of his own: what one waits for the others."""

import asyncio
import time
from collections.abc import Iterator
from statistics import median

from attrs import field, frozen

from diffgem_engine.bench import driving
from diffgem_engine.bench.figures import Figure, Measurement, p95
from diffgem_engine.bench.served import Served, served
from diffgem_engine.bench.setup import Setup

USERS, QUICK_USERS = (1, 2, 4, 8, 16, 32), (1, 4)
COMPARED = 16
MOST = 4.0  # p95 of so many, over that of one
SLOTS = 20
REQUESTS = 16  # of all users together, but two of each at least


@frozen
class Level:
    """What so many users found."""

    times: list[float] = field(factory=list)  # ms, of each request
    walls: list[float] = field(factory=list)  # s, of each time that they were there


def measure(setup: Setup) -> Measurement:
    """Every user asks for a hole of 20 slots in 8 steps, types a token, and asks again at once.

    For N users `usersN_median_ms`, `usersN_p95_ms`, `usersN_per_s` (requests of all of them), and
    `usersN_ratio`, the p95 over that of one user, who was measured before and after all others.
    Their prompts were read once before, and are cached as far as the engine's cache has room.
    """
    crowds = QUICK_USERS if setup.quick else USERS
    levels = {users: Level() for users in crowds}
    with served(setup) as engine:
        for users in (*crowds, crowds[0]):
            asyncio.run(_at(setup, engine, users, levels[users]))
    one = p95(levels[crowds[0]].times)
    figures = [figure for n, level in levels.items() for figure in _figures(setup, n, level, one)]
    title = f"users at once, {SLOTS} slots, {driving.STEPS} steps"
    groups = tuple(f"users{users}_" for users in crowds)
    return Measurement(title, tuple(figures), groups=groups)


def _figures(setup: Setup, users: int, level: Level, one: float) -> Iterator[Figure]:
    most = setup.aim(gpu=MOST) if users == COMPARED else None
    yield Figure(f"users{users}_median_ms", median(level.times), "ms")
    yield Figure(f"users{users}_p95_ms", p95(level.times), "ms")
    yield Figure(f"users{users}_per_s", len(level.times) / sum(level.walls), "/s")
    if users > 1:
        yield Figure(f"users{users}_ratio", p95(level.times) / one, "x", at_most=most)


async def _at(setup: Setup, engine: Served, users: int, level: Level) -> None:
    each = setup.count(max(2, REQUESTS // users), 2)
    prompts = [driving.prompt(setup, setup.prompts[0], user) for user in range(users)]
    for ids in prompts:
        await engine.ask(driving.request(setup, ids[:-each], 1, steps=1)).done
    began = time.perf_counter()
    await asyncio.gather(*(_use(setup, engine, ids, each, level) for ids in prompts))
    level.walls.append(time.perf_counter() - began)


async def _use(
    setup: Setup, engine: Served, ids: tuple[int, ...], count: int, level: Level
) -> None:
    for key in range(len(ids) - count, len(ids)):
        request = driving.request(setup, ids[: key + 1], SLOTS, seed=key)
        level.times.append(await engine.ask(request).done)
