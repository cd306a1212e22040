"""The one way to the engine: what gets through it, and that there is no other."""

import ast
import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import get_type_hints

import pytest
from secret_samples import ANY, BLOCKS, GITHUB, HUNTER, ONE_LINE, filled, left_of

import diffgem_lsp
from diffgem_engine.protocol import Candidate, Hole, Pinned, Result
from diffgem_lsp.engine.api import Wishes
from diffgem_lsp.engine.client import EngineClient
from diffgem_lsp.engine.errors import Withheld
from diffgem_lsp.privacy.guarded import GuardedEngine
from diffgem_lsp.privacy.redaction import MARK

CODE = "import os\n\n\ndef double(values):\n    return [2 * v for v in values]\n"
SECRET = f'password = "{HUNTER}"\n'
HOLE = (Hole(4),)


class Client:
    """Notes what it is asked; answers with what `texts` says."""

    def __init__(self, *texts):
        self.asked, self.texts = [], texts

    async def infill(self, prefix, suffix, canvas, **options):
        self.asked.append((prefix, suffix, canvas, options))
        candidates = tuple(Candidate((text,), 0.5) for text in self.texts)
        return Result(1, candidates, 1, 1, 1, 0.0, 0.0, 0.0)

    async def review(self, prefix, code, suffix, **_):
        self.asked.append((prefix, code, suffix))

    async def count(self, texts):
        self.asked.append(texts)
        return tuple(map(len, texts))


@pytest.fixture
def client():
    return Client("made")


@pytest.fixture
def engine(client):
    return GuardedEngine(client)


async def test_ordinary_code_gets_through_as_it_is(engine, client):
    canvas = (Hole(4, "dou"), Pinned("(values)\n"), Hole(8))
    result = await engine.infill(
        CODE, "\n" + CODE, canvas, drafts=("ble", "print"), seeds=4, seed=7
    )
    assert result.candidates[0].texts == ("made",)
    (prefix, suffix, sent, options) = client.asked[0]
    assert (prefix, suffix, sent) == (CODE, "\n" + CODE, canvas)
    assert (options["drafts"], options["seeds"], options["seed"]) == (("ble", "print"), 4, 7)
    await engine.review(CODE, "x = 1\n", CODE)
    assert client.asked[1] == (CODE, "x = 1\n", CODE)
    assert await engine.count(["a", "bc"]) == (1, 2)


async def test_what_stands_around_the_hole_goes_without_its_secrets(engine, client):
    await engine.infill(SECRET + "x = ", f"\n{SECRET}", HOLE, instruction=f"use {GITHUB}")
    await engine.review(SECRET, "x = 1\n", SECRET)
    await engine.count([SECRET, "x"])
    assert not left_of([HUNTER, GITHUB], repr(client.asked), around="interactive")
    assert repr(client.asked).count(MARK) == 6


@pytest.mark.parametrize(("language", "text", "secret"), ONE_LINE)
async def test_a_cursor_in_a_secret_asks_nothing(engine, client, language, text, secret):
    """What was typed of a password was sent, so that it could be completed."""
    whole = filled(text, [secret])
    start = text.index("§")
    for cursor in range(start + 1, start + len(secret)):
        with pytest.raises(Withheld, match="cursor is in"):
            await engine.infill(CODE + whole[:cursor], whole[cursor:] + "\n" + CODE, HOLE)
    assert client.asked == []


async def test_a_cursor_at_the_end_of_what_is_typed_asks_nothing(engine, client):
    for head, tail in (
        (f'token = "{ANY[:5]}', '"'),
        (f"DB_PASSWORD={HUNTER}", ""),
        (GITHUB[:7], ""),
    ):
        with pytest.raises(Withheld):
            await engine.infill(head, tail + "\n", HOLE)
    assert client.asked == []


async def test_drafts_that_would_put_a_secret_in_place_are_left_out(engine, client):
    """The password of the line above was copied below, where nothing said that it was one."""
    drafts = (f'"{HUNTER}"', "os.environ['X']", GITHUB, f"x{MARK}")
    await engine.infill("password = ", "\n", HOLE, drafts=drafts)
    assert client.asked[0][3]["drafts"] == ("os.environ['X']",)


@pytest.mark.parametrize(
    "canvas",
    [
        (Hole(4), Pinned(f"\n{SECRET}"), Hole(4)),
        (Hole(4), Pinned(f"\n{SECRET[:-4]}"), Hole(4, 'r2"')),
        (Hole(9, GITHUB),),
    ],
)
async def test_what_must_come_back_as_it_is_is_not_sent_with_a_secret(engine, client, canvas):
    """It would have come back with a mark in the place of the user's own text."""
    with pytest.raises(Withheld):
        await engine.infill(CODE, "\n", canvas)
    for text in (SECRET, f"{CODE}x = '{GITHUB}'\n"):
        with pytest.raises(Withheld):
            await engine.review(CODE, text, CODE)
    assert client.asked == []


@pytest.mark.parametrize(("language", "text", "secrets"), BLOCKS)
async def test_a_review_next_to_a_secret_of_many_lines(engine, client, language, text, secrets):
    whole = filled(text, secrets)
    await engine.review(whole, "x = compute(1)\n", whole)
    assert not left_of(secrets, repr(client.asked), around=text + CODE)


async def test_marks_are_not_shown():
    """The model copied the mark, and it stood in the editor as ghost text."""
    engine = GuardedEngine(Client(f'"{MARK}"', "os.environ[key]"))
    result = await engine.infill("password = ", "\n", HOLE)
    assert [each.texts for each in result.candidates] == [("os.environ[key]",)]


def test_it_takes_what_the_client_takes():
    """An argument that the client has learnt and the guard has not is a way round it."""
    for name in ("infill", "review", "count", "ready", "start", "retry", "close"):
        own, theirs = (
            [each.replace(annotation=None) for each in parameters(kind, name)]
            for kind in (GuardedEngine, EngineClient)
        )
        assert own == theirs, name


def test_every_wish_that_holds_text_is_looked_at():
    """One that the protocol has learnt went by as it was."""
    words = {"path", "priority", "task", "trace"}  # of the protocol's own
    texts = {name for name, kind in get_type_hints(Wishes).items() if kind in (str, Sequence[str])}
    assert texts - words == {"drafts", "instruction"}


def parameters(kind, name):
    return inspect.signature(getattr(kind, name)).parameters.values()


def sources():
    folder = Path(diffgem_lsp.__file__).parent
    for file in sorted(folder.rglob("*.py")):
        yield file.relative_to(folder).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def test_every_client_is_guarded_where_it_is_made():
    """A feature made itself a client, and sent what it liked."""
    made, guarded = [], []
    for name, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) == "EngineClient":
                made.append(name)
            if isinstance(node, ast.Call) and called(node) == "GuardedEngine":
                guarded += [name for each in node.args if called(each) == "EngineClient"]
    assert made == guarded == ["commands/connecting.py", "session.py"]


def called(node):
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "id", getattr(function, "attr", None))


def test_nothing_else_reaches_behind_the_guard():
    """One that looked into it would find the bare client, or its connection."""
    users, importers = set(), set()
    for name, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("_client", "_connection"):
                users |= {name} if getattr(node.value, "id", None) != "self" else set()
            if isinstance(node, ast.ImportFrom) and node.module in (
                "diffgem_lsp.engine.connection",
                "diffgem_lsp.engine.dial",
            ):
                importers.add(name)
    assert users == set()
    assert {name.partition("/")[0] for name in importers} == {"engine"}
