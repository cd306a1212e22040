"""The autoregressive path: the encoder, a causal language model, writes a hole token by token.

Training taught it `<prefix> prefix middle <eom>`, so a hole is what follows the prompt.  It is
greedy, and sees neither the text between the hole and its line's end nor a suffix head.
"""

import math
from typing import NamedTuple

import torch

from diffgem_engine.core import sampler
from diffgem_engine.core.canvas import CanvasRules
from diffgem_engine.core.failures import NoNumbers
from diffgem_engine.core.kv import PrefixKv
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sequence import Outcome, Score, Sequence, Writing


class NextToken(NamedTuple):
    """What a pass found to come next."""

    token: int
    log_prob: float


class AutoregressivePath:
    """One encoder pass a token; `<eom>` takes a slot of the hole like any other."""

    def __init__(self, runner: Runner, rules: CanvasRules) -> None:
        self._runner, self._rules = runner, rules
        self._barred = torch.tensor(rules.barred, dtype=torch.long, device=runner.device)

    def start(self, sequence: Sequence, prefix: PrefixKv) -> None:
        """The prompt's last token is read once more: no cached KV says what follows it."""
        request = sequence.request
        known = prefix.cut(len(prefix) - 1)
        kv = self._runner.growing(known, len(request.canvas.open_slots))
        sequence.writing = Writing(kv, request.prompt[-1])

    def look(self, batch: list[Sequence]) -> list[NextToken]:
        """Row by row, so that none depends on the others."""
        return [self._next(sequence.written) for sequence in batch]

    def advance(self, sequence: Sequence, row: NextToken) -> Outcome | None:
        """Write the token, to be read by the next pass.  Raises NoNumbers."""
        if not math.isfinite(row.log_prob):
            raise NoNumbers
        state = sequence.written
        state.kv.length += 1
        state.unread = row.token
        state.tokens.append(row.token)
        state.log_probs.append(row.log_prob)
        sequence.step += 1
        sequence.score = Score(math.fsum(state.log_probs), len(state.log_probs))
        return self._show(sequence)

    def _next(self, state: Writing) -> NextToken:
        logits = self._runner.read(state.unread, state.kv)
        return NextToken(*sampler.likeliest(logits, self._barred))

    def _show(self, sequence: Sequence) -> Outcome | None:
        """As a canvas: slots not yet written are open, and padding once the middle has ended."""
        tokens = sequence.written.tokens
        left = len(sequence.canvas.open_slots) - len(tokens)
        ended = tokens[-1] in self._rules.ends
        sequence.argmax = (*tokens, *[self._rules.pad] * left)
        sequence.accepted = (*[True] * len(tokens), *[ended] * left)
        if ended:
            return Outcome.SETTLED
        if not left:
            return Outcome.OUT_OF_STEPS
        return Outcome.OUT_OF_TIME if sequence.late else None
