"""What the extras `engine` and `train` install, and what to say when it is not there."""

from diffgem_engine.installation import install_command

PACKAGES = frozenset(
    (
        *("torch", "transformers", "tokenizers", "safetensors", "huggingface_hub", "numpy"),
        *("starlette", "uvicorn", "prometheus_client", "psutil", "tqdm", "rapidfuzz"),
        *("cryptography", "httpx", "anyio", "h11"),
    )
)
OURS = "diffgem_lsp"  # `bench` drives it; it lacks where this package alone is on the path
TO_TRAIN = frozenset(("peft", "matplotlib"))  # beside PACKAGES


def missing_package(error: ModuleNotFoundError) -> str | None:
    """What is missing and how to install it; None for a module that neither extra brings."""
    package = (error.name or "").partition(".")[0]
    if package in TO_TRAIN:
        return f"{package} is not installed; run {install_command('train')}"
    if package != OURS and package not in PACKAGES:
        return None
    return f"{package} is not installed; run {install_command('engine')}"
