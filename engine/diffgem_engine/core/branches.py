"""Several continuations of one text as one row of tokens: no branch sees another."""

from collections.abc import Sequence

import torch
from attrs import frozen
from torch import Tensor


@frozen(eq=False)
class BranchedRow:
    """The tokens of a stem, then those of each branch that follows it.

    `known` positions of the text precede the stem; they are in a cache and not in the row.
    """

    tokens: list[int]
    positions: Tensor  # [tokens], in the text
    owners: Tensor  # [tokens]: 0 the stem, then the number of the branch
    paths: list[Tensor]  # of each branch the places in the row of the stem's last token, its own
    known: int

    @classmethod
    def of(
        cls, stem: Sequence[int], branches: Sequence[Sequence[int]], known: int
    ) -> "BranchedRow":
        tokens, positions = [*stem], [*range(known, known + len(stem))]
        owners, paths = [0] * len(stem), []
        for owner, branch in enumerate(branches, 1):
            own = range(len(tokens), len(tokens) + len(branch))
            paths.append(torch.tensor([len(stem) - 1, *own]))
            tokens += branch
            positions += range(known + len(stem), known + len(stem) + len(branch))
            owners += [owner] * len(branch)
        return cls(tokens, torch.tensor(positions), torch.tensor(owners), paths, known)

    def mask(self, window: int | None) -> Tensor:
        """[1, 1, tokens, keys + tokens]: what is known, the stem, and the token's own branch.

        All as far as the token itself; with a `window` only the latest that many of these.  The
        keys are of what is known all, or with a `window` the latest that the first token sees.
        """
        same = (self.owners[:, None] == self.owners) | (self.owners == 0)
        seen = torch.cat((same.new_ones(len(self.tokens), self.known), same.tril()), dim=1)
        if window is not None:
            places = torch.cat((torch.arange(self.known), self.positions))
            seen &= self.positions[:, None] - places < window
            seen = seen[:, max(0, self.known + 1 - window) :]
        return seen[None, None]
