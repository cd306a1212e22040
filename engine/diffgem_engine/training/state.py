"""`state.pt`: all that a run goes on from."""

from pathlib import Path
from typing import Any

import torch

from diffgem_engine.checkpoint.files import first_line
from diffgem_engine.training.errors import StateDamaged
from diffgem_engine.training.files import replacing

KEYS = frozenset(("model", "optimizers", "average", "plan", "step", "spent_s"))
ADVICE = "remove it to train anew on the same corpus, or give another --out"


def state_file(run: Path) -> Path:
    return run / "state.pt"


def write_state(run: Path, state: dict[str, Any]) -> None:
    """In place of the one before, which a kill or a full disk leaves.  Raises CannotWrite."""
    with replacing(state_file(run)) as partial, partial.open("wb") as out:
        torch.save(state, out)  # given a name, it would not say why it failed


def read_state(run: Path) -> dict[str, Any] | None:
    """What `write_state` wrote; None where it did not.  Raises StateDamaged."""
    path = state_file(run)
    if not path.exists():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # one of half a dozen, by where the file ends
        raise StateDamaged(f"{path} is damaged ({first_line(error)}); {ADVICE}") from error
    if not isinstance(state, dict) or KEYS - state.keys():
        raise StateDamaged(f"{path} is no state of a training run; {ADVICE}")
    return state


def saved_plan(run: Path) -> dict[str, Any]:
    """The plan of the slice before; empty for the first.  Raises StateDamaged."""
    state = read_state(run)
    return {} if state is None else state["plan"]
