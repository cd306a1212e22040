"""The corruption that the canvas is trained to undo."""

from typing import NamedTuple

import numpy as np
from attrs import frozen

from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training.examples.batches import Batch

ALL_NOISE = 0.3  # share of canvases at t = 1: the first step decides length and latency
FROM_THE_LEFT = 0.5  # share whose noise is all that follows one place: slots are accepted so
WRONG_TOKENS = 0.1  # at most this share of the visible middle is replaced by random tokens


class Noisy(NamedTuple):
    """What stands in the slots [rows, slots], and which of them are noise."""

    ids: np.ndarray
    hidden: np.ndarray


@frozen
class Corruption:
    """How much of it a task has: shares of its canvases, and at last of a canvas' slots."""

    all_noise: float = ALL_NOISE
    from_the_left: float = FROM_THE_LEFT
    wrong_tokens: float = WRONG_TOKENS


CODE = Corruption()


def corrupt(
    batch: Batch, form: InfillFormat, rng: np.random.Generator, how: Corruption = CODE
) -> Noisy:
    """The batch's targets with noise on them; pinned slots stay, and so does what is seen instead
    of noise.

    Every canvas draws its own t ~ U(0.001, 1), or 1; each of its open slots becomes the
    checkpoint's noise with probability t.  Or it draws a place in its middle, and all that follows
    is noise.  A few of those that stay become random tokens, so that the model learns to doubt
    what it sees.
    """
    clean, pinned, group = batch.targets, batch.pinned, batch.group
    canvases = (clean.shape[0], int(group.max()) + 1)
    kind = rng.random(canvases)
    t = np.where(kind < how.all_noise, 1.0, rng.uniform(1e-3, 1.0, size=canvases))
    wrong = rng.uniform(0.0, how.wrong_tokens, size=canvases)
    wrong[rng.random(canvases) < 0.5] = 0.0
    ahead = _from_a_place(~pinned & (clean != form.ids.pad), group, rng.random(canvases))

    low, high = form.noise_range
    noise = rng.integers(low, high, size=clean.shape)
    other = rng.integers(0, form.vocab, size=clean.shape)
    scattered = rng.random(clean.shape) < np.take_along_axis(t, group, axis=1)
    left = np.take_along_axis(kind >= 1 - how.from_the_left, group, axis=1)
    hidden = np.where(left, ahead, scattered)
    swapped = rng.random(clean.shape) < np.take_along_axis(wrong, group, axis=1)
    noisy = np.where(hidden, noise, np.where(swapped, other, clean))
    noisy = np.where(batch.seen >= 0, batch.seen, noisy)
    return Noisy(np.where(pinned, clean, noisy), hidden & ~pinned & (batch.seen < 0))


def _from_a_place(said: np.ndarray, group: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The slots from `share` (0..1, one a canvas) of each canvas' `said` ones on: [rows, slots]."""
    counts = np.zeros(share.shape, dtype=np.int64)
    np.add.at(counts, (np.arange(len(said))[:, None], group), said)
    earlier = np.cumsum(counts, axis=1) - counts  # in the row's canvases before this one
    place = earlier + np.floor(share * counts).astype(np.int64)
    return np.cumsum(said, axis=1) > np.take_along_axis(place, group, axis=1)
