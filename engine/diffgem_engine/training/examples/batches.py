"""Rows -> one batch of arrays."""

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training.examples.rows import CANVAS_SLOTS, Row


@frozen
class Batch:
    """`targets` are clean ids; `weights` their share of the loss; noise is drawn later.

    ids [rows, length]; canvas arrays [rows, CANVAS_SLOTS].  `seen` is what stands in a slot instead
    of noise, or -1.  `visible` and `group` give every slot the encoder positions that it sees and
    the number of its canvas within the row; slots left over are one more canvas, pinned.
    """

    ids: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    pinned: np.ndarray
    seen: np.ndarray
    visible: np.ndarray
    positions: np.ndarray
    group: np.ndarray


def collate(rows: Sequence[Row], form: InfillFormat, length: int) -> Batch:
    """Stack rows; what a row lacks is padding without loss."""
    shape = (len(rows), CANVAS_SLOTS)
    batch = Batch(
        ids=np.full((len(rows), length), form.ids.pad, dtype=np.int64),
        targets=np.full(shape, form.ids.pad, dtype=np.int64),
        weights=np.zeros(shape, dtype=np.float32),
        pinned=np.ones(shape, dtype=bool),
        seen=np.full(shape, -1, dtype=np.int64),
        visible=np.ones(shape, dtype=np.int64),
        positions=np.ones(shape, dtype=np.int64),
        group=np.zeros(shape, dtype=np.int64),
    )
    for number, row in enumerate(rows):
        batch.ids[number, : len(row.ids)] = row.ids
        _lay_out(batch, number, row)
    return batch


def _lay_out(batch: Batch, number: int, row: Row) -> None:
    first = 0
    for group, canvas in enumerate(row.canvases):
        at = (number, slice(first, first + len(canvas)))
        batch.targets[at] = canvas.targets
        batch.weights[at] = canvas.weights
        batch.pinned[at] = canvas.pinned
        batch.seen[at] = canvas.seen
        batch.visible[at] = canvas.visible
        batch.positions[at] = canvas.visible + np.arange(len(canvas))
        batch.group[at] = group
        first += len(canvas)
    batch.group[number, first:] = len(row.canvases)
