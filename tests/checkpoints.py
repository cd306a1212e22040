"""A tiny vocabulary, and a checkpoint around it."""

import json
import random
from functools import cache
from pathlib import Path

from attrs import evolve
from tiny import SIZE, rich_model, tiny_model
from tokenizers import Tokenizer

from diffgem_engine.checkpoint.tokenizer import RESERVED, CodeTokenizer
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training.export import save_checkpoint
from diffgem_engine.training.vocabulary import learn

SAMPLING = SamplingParams(steps=6, temperature_start=0.7, confidence=0.01)


def python_files(count):
    """Sources that every machine has: the standard library's."""
    return sorted(Path(random.__file__).parent.glob("*.py"))[:count]


@cache
def _vocabulary():
    texts = [path.read_text(encoding="utf-8") for path in python_files(6)]
    return learn(texts, 400).to_str()


def _learned():
    """Another one each time: a test may add tokens to it."""
    return Tokenizer.from_str(_vocabulary())


def tiny_tokenizer():
    return CodeTokenizer(_learned())


def tiny_form():
    size = tiny_tokenizer().size
    return InfillFormat(vocab=size, prompt_tokens=160, suffix_tokens=40, head_tokens=8)


def write_published(folder, unused=10):
    """A checkpoint as the published one is: many experts, no infill format, ids to spare."""
    folder.mkdir(parents=True)
    tokenizer = json.loads(_learned().to_str())
    names = ["<pad>", "<eos>", "<bos>", *(f"<unused{i}>" for i in range(unused))]
    names += [f"<other{i}>" for i in range(RESERVED - len(names))]
    tokenizer["model"]["vocab"] = {
        names[i] if i < RESERVED else piece: i for piece, i in tokenizer["model"]["vocab"].items()
    }
    for token in tokenizer["added_tokens"]:
        token["content"] = names[token["id"]]
        token["special"] = not names[token["id"]].startswith("<unused")
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    size = tiny_tokenizer().size
    model = rich_model(size)
    save_checkpoint(model, tiny_form(), folder / "tokenizer.json", folder / "model", SAMPLING)
    (folder / "model" / "infill.json").unlink()
    return folder / "model"


TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ '<unused7>' + message.role + '\n' }}"
    "{{ message.content | trim }}{{ '<eos>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}<unused7>model\n"
    "{% if enable_thinking %}<unused8>{% endif %}{% endif %}"
)


def write_chat(folder):
    """As the instruction-tuned one is: with a chat template, and room for a message."""
    model = write_published(folder)
    (model / "chat_template.jinja").write_text(TEMPLATE)
    names = {"bos_token": "<bos>", "eos_token": {"content": "<eos>"}}
    (model / "tokenizer_config.json").write_text(json.dumps(names))
    config = json.loads((model / "config.json").read_text())
    config["text_config"]["max_position_embeddings"] = 1024
    (model / "config.json").write_text(json.dumps(config))
    vocabulary = json.loads((model / "tokenizer.json").read_text())
    for token in vocabulary["added_tokens"]:
        token["special"] = token["special"] or token["content"] in ("<unused7>", "<unused8>")
    (model / "tokenizer.json").write_text(json.dumps(vocabulary))
    return model


def write_checkpoint(folder):
    folder.mkdir(parents=True)
    _learned().save(str(folder / "tokenizer.json"))
    form = tiny_form()
    model = tiny_model(evolve(SIZE, vocab=form.vocab))
    save_checkpoint(model, form, folder / "tokenizer.json", folder / "model", SAMPLING)
    return folder / "model"
