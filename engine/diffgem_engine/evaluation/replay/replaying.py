"""`eval replay`: the same commits typed again for each setup of the server."""

import random
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from diffgem_engine.backends import Backend
from diffgem_engine.evaluation.replay.history import History
from diffgem_engine.evaluation.replay.hosting import Recording, hosted
from diffgem_engine.evaluation.replay.script import Script, script_of
from diffgem_engine.evaluation.replay.session import session_of
from diffgem_engine.evaluation.replay.setups import Setup
from diffgem_engine.evaluation.replay.tally import Tally
from diffgem_engine.evaluation.replay.typist import Typist

_QUIET = re.compile(r"nothing shown: (.+)$", re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@frozen
class Amount:
    """How much is typed: `characters` in all, of one file and of one commit."""

    characters: int
    of_file: int
    of_commit: int


@frozen
class Typing:
    """What is typed of one commit."""

    commit: str
    scripts: tuple[Script, ...]


def typings(history: History, amount: Amount, seed: int) -> Iterator[Typing]:
    """Of commits drawn by `seed`, until there are characters enough."""
    drawn, left = random.Random(seed), amount.characters
    for commit in history.commits(seed):
        changes = list(commit.changes)
        drawn.shuffle(changes)
        scripts: list[Script] = []
        for change in changes:
            most = min(amount.of_commit - sum(each.characters for each in scripts), left)
            if most > 0:
                scripts.append(script_of(change, min(most, amount.of_file), drawn))
                left -= scripts[-1].characters
        if scripts:
            yield Typing(commit.name, tuple(scripts))
        if left <= 0:
            return


@frozen
class Place:
    """Where it is typed: an engine, and whose files are opened."""

    engine: Recording
    socket: Path
    history: History


async def replay(
    backend: Backend,
    history: History,
    typed: Sequence[Typing],
    setups: Mapping[str, Setup],
    tick: Callable[[], None] = lambda: None,
) -> dict[str, dict[str, Any]]:
    """The figures of each of `setups`.  Raises ServerLost."""
    engine, found = Recording(backend), {}
    async with hosted(engine) as socket:
        place = Place(engine, socket, history)
        for name, setup in setups.items():
            tally = Tally()
            for typing in typed:
                await _type(place, typing, setup, tally)
                tick()
            found[name] = tally.figures()
    return found


async def _type(place: Place, typing: Typing, setup: Setup, tally: Tally) -> None:
    """A server and a workspace of its own for every commit, as it was before."""
    with tempfile.TemporaryDirectory(prefix="dgr-", ignore_cleanup_errors=True) as folder:
        root, log = Path(folder) / "workspace", Path(folder) / "log"
        root.mkdir()
        place.history.check_out_before(typing.commit, root)
        options = {"engineSocket": str(place.socket), **setup.options}
        async with session_of(root, options, log) as session:
            typist = Typist(session, place.engine, tally, root, setup.habit)
            for script in typing.scripts:
                await typist.type(script, place.history.text_now(script.change.path))
        said = _QUIET.findall(log.read_text(encoding="utf-8", errors="replace"))
        tally.quiet.update(_NUMBER.sub("N", reason) for reason in said)
