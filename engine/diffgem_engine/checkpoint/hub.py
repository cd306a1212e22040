"""A checkpoint of the Hugging Face hub: what it is comes first, its gigabytes last."""

from collections.abc import Callable, Sequence
from pathlib import Path

from diffgem_engine.checkpoint.chat_template import TEMPLATE_FILE, TOKENIZER_FILE
from diffgem_engine.checkpoint.files import CheckpointError, first_line
from diffgem_engine.checkpoint.infill_json import FORMAT_FILE
from diffgem_engine.checkpoint.lengths_json import LENGTHS_FILE

DESCRIPTION = ("config.json", FORMAT_FILE, LENGTHS_FILE, TEMPLATE_FILE, TOKENIZER_FILE)
ALL_OF_IT = ("*.safetensors", "*.json", TEMPLATE_FILE)


def is_hub_id(name: str | Path) -> bool:
    """OWNER/NAME, and no path that one could mean."""
    parts = Path(name).parts
    return isinstance(name, str) and len(parts) == 2 and not name.startswith((".", "~", "/"))


def download(hub_id: str, check: Callable[[Path], object], more: Sequence[str] = ()) -> Path:
    """The folder of the downloaded checkpoint.

    `check` gets a folder with the DESCRIPTION and `more` alone; what it raises keeps the weights
    from being downloaded.
    """
    check(_fetch(hub_id, (*DESCRIPTION, *more)))
    _check_safetensors(hub_id)
    return _fetch(hub_id, ALL_OF_IT)


def _fetch(hub_id: str, patterns: Sequence[str]) -> Path:
    import huggingface_hub  # noqa: PLC0415 - only for a hub id

    try:
        return Path(huggingface_hub.snapshot_download(hub_id, allow_patterns=list(patterns)))
    except Exception as error:
        raise CheckpointError(
            f"{hub_id} is no local folder and could not be downloaded ({first_line(error)}); check "
            "the id and the network, or download it elsewhere and give its folder"
        ) from error


def _check_safetensors(hub_id: str) -> None:
    """Of what the network says, if there is one: a cached checkpoint does without."""
    import huggingface_hub  # noqa: PLC0415
    from huggingface_hub.errors import NotASafetensorsRepoError  # noqa: PLC0415

    try:
        huggingface_hub.get_safetensors_metadata(hub_id)
    except NotASafetensorsRepoError:
        raise CheckpointError(
            f"{hub_id} has no safetensors weights; DiffGem loads no others: convert them"
        ) from None
    except Exception:
        return
