"""A checkpoint by its hub id, from a hub that is a folder: no test asks the network."""

import json
import shutil
from fnmatch import fnmatch
from types import SimpleNamespace

import pytest
import torch
from huggingface_hub.errors import NotASafetensorsRepoError

from diffgem_engine.checkpoint import memory
from diffgem_engine.checkpoint.loading import CheckpointError, load

CPU = torch.device("cpu")
HUB_ID = "somebody/some-model"


class Hub:
    """What huggingface_hub does for us, with `folder` for the hub."""

    def __init__(self, folder, cache):
        self._folder, self._cache = folder, cache
        cache.mkdir()

    @property
    def fetched(self):
        return {path.name for path in self._cache.iterdir()}

    def snapshot_download(self, hub_id, allow_patterns):
        assert hub_id == HUB_ID
        for path in self._folder.iterdir():
            if any(fnmatch(path.name, pattern) for pattern in allow_patterns):
                shutil.copy(path, self._cache)
        return str(self._cache)

    def get_safetensors_metadata(self, hub_id):
        assert hub_id == HUB_ID
        return SimpleNamespace()


@pytest.fixture
def on_the_hub(checkpoint_folder, tmp_path):
    """The files that the hub has: a copy to break."""
    return shutil.copytree(checkpoint_folder, tmp_path / "hub")


@pytest.fixture
def hub(on_the_hub, tmp_path, monkeypatch):
    found = Hub(on_the_hub, tmp_path / "cache")
    for name in ("snapshot_download", "get_safetensors_metadata"):
        monkeypatch.setattr(f"huggingface_hub.{name}", getattr(found, name))
    return found


def refused(*words, wanted=None):
    with pytest.raises(CheckpointError) as caught:
        load(HUB_ID, CPU, wanted=wanted)
    for word in (HUB_ID, *words):
        assert word in str(caught.value)


def test_a_hub_id_is_downloaded_and_loaded(hub, checkpoint_folder):
    """Guards a download that leaves out what loading needs."""
    loaded = load(HUB_ID, CPU)
    assert loaded.name == HUB_ID
    assert loaded.nbytes == load(checkpoint_folder, CPU).nbytes


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("native", ("has no native infill format (infill.json)", "diffgem-engine train")),
        ("chat", ("has no chat template", "--format pinned")),
    ],
)
def test_a_format_that_cannot_be_is_refused_before_the_weights_come(hub, on_the_hub, wanted, words):
    """Fifty gigabytes were downloaded before one missing kilobyte was noticed."""
    (on_the_hub / "infill.json").unlink()
    refused(*words, wanted=wanted)
    assert hub.fetched == {"config.json"}


def test_a_chat_template_comes_along(hub, on_the_hub):
    """Guards a template that decides before the weights come, and is not there afterwards."""
    (on_the_hub / "infill.json").unlink()
    (on_the_hub / "chat_template.jinja").write_text("{{ messages[0].content }}")
    config = json.loads((on_the_hub / "config.json").read_text())
    config["text_config"]["max_position_embeddings"] = 1024
    (on_the_hub / "config.json").write_text(json.dumps(config))
    assert load(HUB_ID, CPU).form.name == "chat"


def test_a_foreign_model_is_refused_before_its_weights_come(hub, on_the_hub):
    (on_the_hub / "config.json").write_text('{"model_type": "llama"}')
    refused("'llama'", "give a 'diffusion_gemma' checkpoint")
    assert hub.fetched == {"config.json", "infill.json"}


def test_one_that_does_not_fit_is_refused_before_its_weights_come(hub, on_the_hub, monkeypatch):
    """Hours of download ended in "does not fit"."""
    path = on_the_hub / "config.json"
    config = json.loads(path.read_text())
    config["text_config"].update(num_experts=1000, moe_intermediate_size=200_000)
    path.write_text(json.dumps(config))
    monkeypatch.setattr(memory, "free_bytes", lambda _: 2**34)
    refused("needs about 214.", "GiB on cpu in float32", "16.0 GiB are free", "use a smaller")
    assert hub.fetched == {"config.json", "infill.json"}


def test_weights_that_are_no_safetensors_are_not_downloaded(hub, monkeypatch):
    def none(_):
        raise NotASafetensorsRepoError("no model.safetensors")

    monkeypatch.setattr("huggingface_hub.get_safetensors_metadata", none)
    refused("has no safetensors weights", "convert them")
    assert hub.fetched == {"config.json", "infill.json"}


def offline(*_, **__):
    raise OSError("no route to host\nand much more")


def test_what_was_downloaded_before_loads_without_a_network(hub, monkeypatch):
    """Guards the size, which only the network knows: a cached checkpoint does without."""
    monkeypatch.setattr("huggingface_hub.get_safetensors_metadata", offline)
    assert load(HUB_ID, CPU).name == HUB_ID


def test_a_hub_id_that_cannot_be_downloaded(monkeypatch):
    """Guards a stack trace where there is no network."""
    monkeypatch.setattr("huggingface_hub.snapshot_download", offline)
    refused("no route to host)", "check the id and the network")
