"""The embedded model's files, as the repository and the wheel carry them."""

from safetensors import safe_open

from diffgem_engine.checkpoint.files import find_shards, read_config
from diffgem_engine.checkpoint.infill_json import read_format
from diffgem_engine.checkpoint.loading import embedded_model

MOST = 16 * 2**20  # bytes of a file that belongs into a repository
FOLDER = embedded_model()


def test_every_file_is_small_enough_for_a_repository():
    """Guards a shard that a forge refuses, or that every clone pays for."""
    assert [path.name for path in FOLDER.iterdir() if path.stat().st_size >= MOST] == []


def test_the_weights_are_bfloat16():
    """Guards a wheel of twice the size: float32 adds nothing that training had learnt."""
    for shard in find_shards(FOLDER):
        with safe_open(shard, framework="pt") as tensors:
            names = list(tensors.keys())
            assert names
            assert {tensors.get_slice(name).get_dtype() for name in names} == {"BF16"}, shard.name


def test_there_are_no_other_weights_than_the_index_names():
    """Guards shards of an older training run that stay beside the new ones."""
    assert sorted(FOLDER.glob("*.safetensors")) == sorted(find_shards(FOLDER))


def test_its_format_is_one_that_this_version_runs():
    form = read_format(FOLDER, read_config(FOLDER, "embedded"), "embedded")
    assert form.noise == "absorbing"
    assert (form.draft_bonus, form.draft_enough) == (5.0, -14.0)
