"""What the extra `engine` installs, and what to say when it is not there."""

PACKAGES = frozenset(
    (
        *("torch", "transformers", "tokenizers", "safetensors", "huggingface_hub", "numpy"),
        *("starlette", "uvicorn", "psutil", "pathspec", "tqdm", "rapidfuzz"),
    )
)
OURS = "diffgem_lsp"  # `bench` drives it; it lacks where this package alone is on the path
INSTALL = "pip install 'diffgem-lsp[engine]'"


def missing_package(error: ModuleNotFoundError) -> str | None:
    """What is missing and how to install it; None for a module that `INSTALL` does not bring."""
    package = (error.name or "").partition(".")[0]
    if package != OURS and package not in PACKAGES:
        return None
    return f"{package} is not installed; run {INSTALL}"
