"""The corruption that the canvas is trained to undo."""

import numpy as np

from diffgem_engine.canvas import InfillFormat

ALL_NOISE = 0.3  # share of canvases at t = 1: the first step decides length and latency
WRONG_TOKENS = 0.1  # at most this share of the visible middle is replaced by random tokens


def corrupt(
    clean: np.ndarray,
    pinned: np.ndarray,
    group: np.ndarray,
    form: InfillFormat,
    rng: np.random.Generator,
) -> np.ndarray:
    """A noisy copy of `clean` [rows, slots]; pinned slots stay.

    Every canvas draws its own t ~ U(0.001, 1), or 1; each of its open slots becomes the
    checkpoint's noise with probability t.  A few of those that stay become random tokens, so that
    the model learns to doubt what it sees.
    """
    rows, _ = clean.shape
    canvases = int(group.max()) + 1
    t = rng.uniform(1e-3, 1.0, size=(rows, canvases))
    t[rng.random((rows, canvases)) < ALL_NOISE] = 1.0
    wrong = rng.uniform(0.0, WRONG_TOKENS, size=(rows, canvases))
    wrong[rng.random((rows, canvases)) < 0.5] = 0.0

    low, high = form.noise_range
    noise = rng.integers(low, high, size=clean.shape)
    other = rng.integers(0, form.vocab, size=clean.shape)
    hidden = rng.random(clean.shape) < np.take_along_axis(t, group, axis=1)
    swapped = rng.random(clean.shape) < np.take_along_axis(wrong, group, axis=1)
    noisy = np.where(hidden, noise, np.where(swapped, other, clean))
    return np.where(pinned, clean, noisy)
