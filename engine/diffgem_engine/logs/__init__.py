"""What the engine writes down: `lines.py` how, `file.py` where, `options.py` who says so."""

from diffgem_engine.logs.file import trouble
from diffgem_engine.logs.options import LogError, add_arguments, configured

__all__ = ["LogError", "add_arguments", "configured", "trouble"]
