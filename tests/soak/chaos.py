"""kill -9 of engines, upstreams and clients at random, while others go on asking."""

import asyncio
import contextlib
import math
import os
import random
import socket
import time

import mortals
import psutil
from attrs import define
from fakes import short_folder
from survivors import Survivor, Toll, types_on_the_wire

from editors import Edited, edits

SURVIVORS = 2  # of the real client, on each engine
WORK_MS = 20.0
NEVER = math.inf


@define
class Rhythm:
    """Seconds, from and to."""

    alive: tuple = (1.0, 9.0)
    dead: tuple = (0.0, 1.5)
    back: float = 2.0  # within which there must be service again


class World:
    """`steady` is the engine that nobody kills; the others are `engine`, behind TCP and with the
    upstreams, and `local`, on a unix socket.
    """

    def __init__(self, folder, ports):
        *urls, port = ports
        self.environment = environment = _environment(folder)
        local, steady = (str(folder / name) for name in ("local", "steady"))
        self.where = {"engine": f"tcp://127.0.0.1:{port}", "local": local, "steady": steady}
        self.upstreams = [mortals.upstream(url, environment) for url in urls]
        self.engines = {
            "engine": mortals.engine_on_upstreams(self.where["engine"], urls, environment),
            "local": mortals.engine_alone(local, WORK_MS, environment),
            "steady": mortals.engine_on_upstreams(steady, urls, environment),
        }
        self.clients = [mortals.client(each, environment) for each in self.where.values()]
        self.toll, self.edited = Toll(), Edited()
        self.memory, self.files = [], []  # of the steady engine: MB, and how many are open

    @property
    def killed(self):
        engines = [mortal for name, mortal in self.engines.items() if name != "steady"]
        return [*engines, *self.upstreams, *self.clients]

    def needs(self, mortal):
        """One of these, to do its work."""
        local = mortal is self.engines["local"]
        return self.upstreams if mortal in self.engines.values() and not local else []


@contextlib.asynccontextmanager
async def world():
    with short_folder() as folder, _reserved(3) as ports:
        found = World(folder, ports)
        try:
            yield found
        finally:
            for mortal in (*found.killed, found.engines["steady"]):
                await mortal.end()


@contextlib.contextmanager
def _reserved(count):
    """Ports to listen on, again and again: bound, so that no connection is given one meanwhile."""
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in held:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            each.bind(("127.0.0.1", 0))
        yield [each.getsockname()[1] for each in held]


def _environment(folder):
    """No token store, log or socket of who runs this."""
    kept = {name: value for name, value in os.environ.items() if name != "DIFFGEM_SOCKET"}
    return {**kept, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}


async def chaos(place, seconds, rhythm, seed=7):
    """Everybody is started, asks, dies and comes back until the time is over."""
    await asyncio.gather(*(each.start() for each in (*place.killed, place.engines["steady"])))
    until = time.monotonic() + seconds
    over, draw = asyncio.Event(), random.Random(seed)
    asking = [_ask(place, *each, over, draw) for each in place.where.items()]
    asking += [
        edits(place.where[name], place.environment, place.edited, over, draw, rhythm.alive[1])
        for name in ("engine", "steady")
    ]
    others = asyncio.gather(_watch(place, over), *asking)
    async with asyncio.TaskGroup() as group:
        for number, mortal in enumerate(place.killed):
            reaper = random.Random(f"{seed} {number}")
            group.create_task(_reap(place, mortal, rhythm, until, reaper))
    over.set()
    await others


async def _reap(place, mortal, rhythm, until, draw):
    while True:
        await asyncio.sleep(draw.uniform(*rhythm.alive))
        if time.monotonic() > until:
            return
        await mortal.kill()
        await asyncio.sleep(draw.uniform(*rhythm.dead))
        await mortal.start()
        if mortal not in place.clients:
            await _back(place, mortal, 5 * rhythm.back)


async def _back(place, mortal, within_s):
    """Wait until it has served; the time counts if one of what it needs lived all along."""
    needs = {each: each.deaths for each in place.needs(mortal) if each.up}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await mortal.served.wait()
    lived = any(each.up and each.deaths == before for each, before in needs.items())
    if lived or not place.needs(mortal):
        mortal.back_s.append(mortal.served_at - mortal.since if mortal.served.is_set() else NEVER)


async def _ask(place, name, endpoint, over, draw):
    """Some with the real client, and one on the wire where that is a file."""
    mortal = place.engines[name]
    people = [
        Survivor(endpoint, f"{name}{number}", place.toll, mortal.has_served)
        for number in range(SURVIVORS)
    ]
    async with asyncio.TaskGroup() as group:
        for person in people:
            group.create_task(person.types(over, draw))
        if not endpoint.startswith("tcp"):
            asking = types_on_the_wire(
                endpoint, f"wire {name}", place.toll, over, draw, mortal.has_served
            )
            group.create_task(asking)
    await asyncio.gather(*(person.client.close() for person in people))


async def _watch(place, over):
    process = psutil.Process(place.engines["steady"].process.pid)
    while not over.is_set():
        place.memory.append(process.memory_info().rss / 1e6)
        place.files.append(process.num_fds())
        await asyncio.sleep(min(1.0, 0.1 + len(place.memory) / 10))
