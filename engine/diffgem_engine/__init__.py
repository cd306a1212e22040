"""DiffGem's engine: fills holes in code with a diffusion language model."""

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
__version__ = "0.1.0"
