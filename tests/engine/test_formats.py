"""Which infill format a checkpoint is run in, and what is refused."""

import argparse
import json
import shutil

import pytest
import torch
from checkpoints import write_chat, write_published

from diffgem_engine.checkpoint.loading import CheckpointError, load
from diffgem_engine.commands.loading import LoadFailed, add_model_arguments, load_checkpoint

CPU = torch.device("cpu")
TEMPLATE = "{{ messages[0].content }}"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return write_published(tmp_path_factory.mktemp("published") / "tiny")


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    return write_chat(tmp_path_factory.mktemp("chat") / "tiny")


@pytest.fixture
def copy(chat, tmp_path):
    """A checkpoint with a chat template, to break."""
    return shutil.copytree(chat, tmp_path / "copy")


def name(folder, wanted=None):
    return load(folder, CPU, wanted=wanted).form.name


def refused(folder, *words, wanted=None):
    with pytest.raises(CheckpointError) as caught:
        load(folder, CPU, wanted=wanted)
    for word in words:
        assert word in str(caught.value)


def test_the_files_say_which(checkpoint_folder, published, chat):
    assert name(checkpoint_folder) == "native"
    assert name(published) == "pinned"
    assert name(chat) == "chat"
    assert "infill format chat" in load(chat, CPU).summary


@pytest.mark.parametrize(
    "template",
    [
        TEMPLATE,
        [{"name": "tools", "template": "{{ tools }}"}, {"name": "default", "template": TEMPLATE}],
    ],
)
def test_a_template_may_be_in_the_tokenizers_config(copy, template):
    (copy / "chat_template.jinja").unlink()
    (copy / "tokenizer_config.json").write_text(json.dumps({"chat_template": template}))
    assert name(copy) == "chat"


@pytest.mark.parametrize("template", [None, 3, [], [{"name": "tools", "template": TEMPLATE}]])
def test_no_template_is_none(copy, template):
    (copy / "chat_template.jinja").unlink()
    (copy / "tokenizer_config.json").write_text(json.dumps({"chat_template": template}))
    assert name(copy) == "pinned"


def test_another_may_be_asked_for(checkpoint_folder, published, chat):
    assert name(checkpoint_folder, "pinned") == name(chat, "pinned") == "pinned"
    refused(published, "no native infill format", "--format", wanted="native")
    refused(published, "no chat template", "--format pinned", wanted="chat")
    refused(checkpoint_folder, "no chat template", wanted="chat")


def test_what_a_checkpoint_was_taught_stays_true_of_it(checkpoint_folder, published):
    """Guards noise that a checkpoint has never seen."""
    taught = load(checkpoint_folder, CPU, wanted="native").form
    form = load(checkpoint_folder, CPU, wanted="pinned").form
    assert (form.noise_range, form.mark, form.order) == (taught.noise_range, None, taught.order)
    other = load(published, CPU).form
    assert (other.noise_range, other.mark, other.order) == ((0, other.vocab), None, "entropy")


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ messages[0].content", "does not render"),
        ("{{ raise_exception('no system role') }}", "no system role"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "does not render"),
        ("{% for i in range(10**9) %}{% endfor %}", "does not render"),
        ("hello", "does not show a user's message once"),
        (TEMPLATE * 2, "does not show a user's message once"),
        ("{{ messages[0].content | upper }}", "does not show a user's message once"),
        ("a long system prompt " * 400 + TEMPLATE, "leaves -"),
    ],
)
def test_a_template_that_is_of_no_use_is_refused(copy, template, words):
    """Guards code that a checkpoint brings along, and holes that nobody is told of."""
    (copy / "chat_template.jinja").write_text(template)
    refused(copy, words, "--format pinned")
    assert name(copy, "pinned") == "pinned"


def test_a_template_that_cannot_be_read(copy):
    (copy / "chat_template.jinja").write_bytes(b"\xff\xfe")
    refused(copy, "chat_template.jinja", "copy it again")


@pytest.mark.parametrize("token", [-1, 1_000_000])
@pytest.mark.parametrize("which", ["bos", "eos"])
def test_an_id_that_is_none_of_the_vocabulary(copy, which, token):
    """Guards an engine whose every request fails, or on a GPU whose first one ends it."""
    path = copy / "config.json"
    config = json.loads(path.read_text())
    config["text_config"][f"{which}_token_id"] = token
    path.write_text(json.dumps(config))
    refused(copy, f"{which}_token_id must be in 0..", wanted="pinned")


@pytest.mark.parametrize("ends", [-5, "x", [1, 10**9]], ids=str)
def test_ends_of_a_turn_that_are_none_of_the_vocabulary(copy, ends):
    path = copy / "generation_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "eos_token_id": ends}))
    refused(copy, "eos_token_id must be ids in 0..", wanted="chat")


def test_a_model_with_too_few_positions(copy):
    path = copy / "config.json"
    config = json.loads(path.read_text())
    config["text_config"]["max_position_embeddings"] = 300
    path.write_text(json.dumps(config))
    for wanted in ("pinned", "chat"):
        refused(copy, "300 positions, too few", wanted=wanted)


def test_the_option_reaches_the_checkpoint(monkeypatch, published, checkpoint_folder):
    """Guards an option that is read over."""
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
    parser = argparse.ArgumentParser()
    add_model_arguments(parser)

    def loaded(folder, *more):
        given = ["--model", str(folder), "--device", "cpu", *more]
        return load_checkpoint(parser.parse_args(given))

    assert loaded(checkpoint_folder, "--format", "pinned").form.name == "pinned"
    assert loaded(published).form.name == "pinned"
    with pytest.raises(LoadFailed, match="has no chat template"):
        loaded(published, "--format", "chat")
