"""The `chat` format: what a tiny checkpoint with a template is asked, and how it is read."""

import pytest
import torch
from asking import SUFFIX, infill, opened
from checkpoints import write_chat

from diffgem_engine.backends import RequestError
from diffgem_engine.checkpoint.loading import load
from diffgem_engine.core.canvas import CanvasError
from diffgem_engine.protocol import Hole, Pinned

MARK, END, BOS = 9 + 1, 1, 2  # of the template: <unused7>, <eos>, <bos>
LINES = "".join(f"value_{n} = {n}\n" for n in range(200))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return load(write_chat(tmp_path_factory.mktemp("chat") / "tiny"), torch.device("cpu"))


@pytest.fixture
async def backend(loaded):
    async with opened(loaded) as backend:
        yield backend


def prompt(loaded, prefix, suffix):
    return loaded.form.prompt(loaded.tokenizer.encode, prefix, suffix)


def turns(loaded, prefix, suffix):
    """The texts of the user's turn and of the model's own."""
    ids = prompt(loaded, prefix, suffix)
    assert ids[:2] == [BOS, MARK]
    assert ids.count(END) == 1
    assert ids.count(MARK) == 2
    at = ids.index(END)
    return loaded.tokenizer.decode(ids[2:at]), loaded.tokenizer.decode(ids[at + 1 :])


def test_a_prompt_is_a_message_and_the_beginning_of_the_answer(loaded):
    """Guards the template's place, what is shown of the code, and thinking."""
    user, model = turns(loaded, "def double(v):\n    return ", " * 2)  # twice\nprint(1)\n")
    assert user.startswith("user\nCode is missing")
    assert "```\nprint(1)\n\n```" in user
    assert user.endswith("is followed by:  * 2)  # twice")
    assert model == "\nmodel\n```\ndef double(v):\n    return "
    user, model = turns(loaded, "x = ", "")
    assert "is followed by" not in user
    assert model.endswith("```\nx = ")


def test_a_long_prefix_is_in_both_turns_once(loaded):
    """Guards lines that are lost between message and answer, or told twice."""
    for length in range(500, 700, 7):
        prefix = LINES[:length]
        user, model = turns(loaded, prefix, "\nend")
        head = user.partition("last lines:\n```\n")[2].partition("\n```")[0]
        tail = model.removeprefix("\nmodel\n```\n")
        assert tail.startswith("value_")
        assert len(tail) > 40
        assert prefix.endswith(f"{head}\n{tail}")
        assert len(head) > 100


@pytest.mark.parametrize("name", ["<eos>", "<unused7>", "<bos>", "```", "{{ bos_token }}"])
def test_no_code_can_be_taken_for_the_template(loaded, name):
    """Guards a file that ends the user's turn."""
    plain = turns(loaded, "x = 1", "\ny")
    named = turns(loaded, f"{name} x = 1", f"{name}\n{name} y")
    assert named[1] == plain[1].replace("x = 1", f"{name} x = 1")
    assert named[0].count(name) >= 2


def test_a_prompt_stays_within_its_budget(loaded):
    for size in (0, 10, 1000, 10**6):
        for suffix in ("", "rest\n" + LINES, "r" * 10**5, "\n" * 10**5):
            ids = prompt(loaded, (LINES * 500)[:size], suffix)
            assert len(ids) <= loaded.form.prompt_tokens


def test_typing_changes_the_end_alone(loaded):
    """Guards a prompt that is read again at every key."""
    last, moved = prompt(loaded, LINES[:1], "\nend"), 0
    for typed in range(2, 2400):
        ids = prompt(loaded, LINES[:typed], "\nend")
        common = next((i for i, (a, b) in enumerate(zip(ids, last, strict=False)) if a != b), 10**6)
        moved += common < min(len(ids), len(last)) - 8
        last = ids
    assert moved <= 2400 / 40


def test_a_bracket_that_the_editor_closes_moves_little(loaded):
    """Guards the rest of the cursor's line in front of all that was read."""
    one, two = (prompt(loaded, LINES[:1500], suffix + "\n" + LINES) for suffix in ("", ")"))
    common = next(i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b)
    assert common > len(one) // 2


@pytest.mark.parametrize(
    ("written", "middle"),
    [
        ("v * 2\n```", "v * 2"),
        ("v * 2```\nDone.", "v * 2"),
        ("v * 2", "v * 2"),
        ("v\n\n```", "v\n"),
        ("```", ""),
        ("", ""),
    ],
)
def test_an_answer_ends_at_its_closing_fence(loaded, written, middle):
    assert loaded.form.read(written) == middle


def test_ends_are_the_generation_configs(loaded):
    """Guards a turn that goes on behind its end, and ends that are barred from being written."""
    assert END in loaded.form.ends
    assert not set(loaded.form.ends) & set(loaded.form.barred)
    assert MARK in loaded.form.barred


async def test_it_fills_a_hole(backend):
    result = await backend.infill(infill(Hole(16, "v")))
    [candidate] = result.candidates
    assert candidate.texts[0].startswith("v")
    assert "```" not in candidate.texts[0]
    assert 0 < candidate.confidence <= 1
    assert result.prefilled_tokens == result.prompt_tokens > 100


async def test_drafts_compete(backend):
    result = await backend.infill(infill(Hole(16), drafts=("v * 2 ", "x"), suffix=SUFFIX))
    assert len(result.candidates) == 3


async def test_several_holes_are_refused(backend):
    """Guards holes that no message speaks of."""
    for canvas in ((Hole(4), Pinned(" for "), Hole(3)), (Pinned("x"), Hole(3))):
        with pytest.raises(RequestError, match=r"fills one hole .* --format pinned") as caught:
            await backend.infill(infill(*canvas))
        assert caught.value.code == "bad-request"


async def test_the_other_paths_work_too(backend):
    result = await backend.infill(infill(Hole(9, "v"), path="autoregressive"))
    assert result.candidates[0].texts[0].startswith("v")


def test_an_instruction_stands_in_the_message(loaded):
    """Guards an instruction that is lost, and one that pushes the code out of the prompt."""
    encode = loaded.tokenizer.encode
    told = loaded.form.instructed("Use a list comprehension.")
    ids = told.prompt(encode, LINES, "\nend\n")
    user = loaded.tokenizer.decode(ids[: ids.index(END)])
    assert "This is what the missing code is to be: Use a list comprehension." in user
    assert "end\n\n```" in user
    assert len(ids) <= told.prompt_tokens
    assert "is to be" not in turns(loaded, LINES, "\nend\n")[0]


def test_an_instruction_without_room_is_refused(loaded):
    told = loaded.form.instructed("word " * 5_000)
    with pytest.raises(CanvasError, match=r"the instruction has \d+ tokens, .*: say less"):
        told.prompt(loaded.tokenizer.encode, "x = ", "")


async def test_it_follows_instructions(backend):
    """Guards a welcome that promises what the engine refuses."""
    assert backend.welcome.instructions
    plain = await backend.infill(infill(Hole(16, "v")))
    told = await backend.infill(infill(Hole(16, "v"), instruction="Double it."))
    assert told.prompt_tokens > plain.prompt_tokens
    with pytest.raises(RequestError, match="say less") as caught:
        await backend.infill(infill(Hole(16), instruction="word " * 800))
    assert caught.value.code == "bad-request"


async def test_the_other_formats_refuse_an_instruction(checkpoint_folder):
    """Guards an instruction that is dropped without a word."""
    for name in ("native", "pinned"):
        loaded = load(checkpoint_folder, torch.device("cpu"), wanted=name)
        async with opened(loaded) as backend:
            assert not backend.welcome.instructions
            with pytest.raises(RequestError, match=f"the {name} format follows no") as caught:
                await backend.infill(infill(Hole(4), instruction="Double it."))
            assert caught.value.code == "bad-request"
