"""A slow denoising loop, and a slow autoregressive one, that share no code with the engine's.

It calls the stock forward of the whole model for every step: no KV reuse, no batch, no padding,
logits for every slot of the canvas.  Random numbers are drawn for open slots alone, in the
engine's order: the first noise; then, at every step, one token a slot and new noise.
"""

import math

import torch
from attrs import frozen

CERTAIN = -1e9  # the logit of every token but the pinned one


@frozen
class Reference:
    """`filled` are the canvas' ids, open slots at their most likely token.

    `log_probs` of those tokens, untempered, by slot.
    """

    filled: list[int]
    log_probs: dict[int, float]
    steps: int
    settled: bool


@torch.no_grad()
def write(model, prompt, slots, barred, ends):
    """What the encoder writes behind `prompt`, read whole for every token: (token, log prob) each.

    Without a cache, and with the masks that transformers makes.
    """
    written = []
    while len(written) < slots and not (written and written[-1][0] in ends):
        ids = torch.tensor([[*prompt, *(token for token, _ in written)]])
        hidden = model.model.encoder.language_model(input_ids=ids).last_hidden_state[0, -1]
        cap = model.config.text_config.final_logit_softcapping
        logits = torch.tanh(model.lm_head(hidden) / cap) * cap
        chances = [-math.inf if i in barred else x for i, x in enumerate(logits.tolist())]
        surely = torch.tensor(chances).log_softmax(-1)
        best = int(surely.argmax())
        written.append((best, float(surely[best])))
    return written


@torch.no_grad()
def log_prob(model, prompt, middle, end):
    """Of `middle` and its end behind `prompt`, which is read with them in one go, in nats."""
    said = [*middle, end]
    ids = torch.tensor([[*prompt, *middle]])
    hidden = model.model.encoder.language_model(input_ids=ids).last_hidden_state[0]
    cap = model.config.text_config.final_logit_softcapping
    logits = torch.tanh(model.lm_head(hidden[-len(said) :]) / cap) * cap
    return sum(float(row.log_softmax(-1)[i]) for row, i in zip(logits, said, strict=True))


def review(model, prompt, code, barred):
    """Of every token of `code`, denoised as it stands: its probability, then the likeliest token
    and its own.
    """
    canvas = torch.tensor(code)
    logits = _forward(model, prompt, canvas, [False] * len(code), None, None)
    logits[:, sorted(barred)] = -math.inf
    chances = torch.distributions.Categorical(logits=logits).probs
    rows = zip(chances, code, strict=True)
    return [(float(row[own]), int(row.argmax()), float(row.max())) for row, own in rows]


def look(model, prompt, canvas, pinned):
    """Log probabilities of every slot [slots, vocab] after one look at a canvas as it stands."""
    return _forward(model, prompt, torch.tensor(canvas), pinned, None, None).log_softmax(-1)


def denoise(
    model, prompt, ids, pinned, noise_range, params, seed, holes=(), ends=(), mark=None, draws=False
):
    """`ids[i]` counts where `pinned[i]`; `noise_range` is [low, high).

    `holes`, the slots of each, and `ends`, the tokens that end one, count in the order `left`.
    `mark` is the token that noise is marked with before the first step.  Instead of a seed there
    may be a stream that goes on from another canvas.  From the left too a canvas that `draws` does.
    """
    stream = torch.Generator().manual_seed(seed) if isinstance(seed, int) else seed
    opened = torch.tensor([slot for slot, known in enumerate(pinned) if not known])

    def noise():
        return torch.randint(*noise_range, (len(opened),), generator=stream)

    canvas = torch.tensor(ids)
    canvas[opened] = noise()
    condition, best, kept = None, [], []
    for step in range(params.steps):
        logits = _forward(model, prompt, canvas, pinned, condition, mark)
        heat = params.temperature_end + (params.temperature_start - params.temperature_end) * (
            (params.steps - step) / params.steps
        )
        heated = logits / heat
        chances = heated[opened].softmax(-1)
        from_left = params.order == "left"
        drawn = heated[opened].argmax(-1)
        if draws or not from_left:
            drawn = torch.multinomial(chances, 1, generator=stream)[:, 0]
        entropies = torch.distributions.Categorical(logits=heated[opened]).entropy().tolist()
        best.append(heated[opened].argmax(-1).tolist())
        if from_left:
            said = _said(opened.tolist(), best[-1], holes, ends)
            kept = _accepted_left(entropies, params, said, sum(kept), step)
        else:
            kept = _accepted(entropies, params.entropy_bound)
        canvas[opened] = torch.where(torch.tensor(kept), drawn, noise())
        condition = _certain(logits if from_left else heated, canvas, pinned)
        settled = all(kept) if from_left else _settled(best, entropies, params)
        if settled:
            break
    filled = _filled(ids, opened, best[-1])
    surely = logits.log_softmax(-1)
    log_probs = {slot: float(surely[slot, filled[slot]]) for slot in opened.tolist()}
    return Reference(filled, log_probs, len(best), settled)


@torch.no_grad()
def _forward(model, prompt, canvas, pinned, condition, mark):
    """Logits of every slot [slots, vocab].

    Before the first step self-conditioning is one-hot where pinned and zero elsewhere, or one-hot
    of `mark`; the stock forward takes it for a whole canvas or not at all, so a hook clears the
    open slots that have no mark.
    """
    module, shown = model.model.decoder.self_conditioning, torch.tensor(pinned)[:, None]
    clear = module.register_forward_pre_hook(lambda _, given: (given[0], given[1] * shown))
    if condition is None:
        sure = canvas if mark is None else torch.where(torch.tensor(pinned), canvas, mark)
        condition = _certain(torch.zeros(len(canvas), model.config.text_config.vocab_size), sure)
        if mark is not None:
            clear.remove()
    else:
        clear.remove()
    try:
        return model(
            input_ids=torch.tensor([list(prompt)]),
            decoder_input_ids=canvas[None],
            self_conditioning_logits=condition[None],
        ).logits[0]
    finally:
        clear.remove()


def _certain(logits, canvas, pinned=None):
    """`logits` with a one-hot in the pinned rows (in every row, without `pinned`)."""
    rows = logits.clone()
    for slot, token in enumerate(canvas.tolist()):
        if pinned is None or pinned[slot]:
            rows[slot] = CERTAIN
            rows[slot, token] = 0.0
    return rows


def _accepted(entropies, bound):
    """Lowest entropy first, for as long as the sum without its largest term is within `bound`."""
    kept, taken = [False] * len(entropies), []
    for slot in sorted(range(len(entropies)), key=entropies.__getitem__):
        taken.append(entropies[slot])
        if math.fsum(taken) - max(taken) > bound:
            break
        kept[slot] = True
    return kept


def _said(opened, best, holes, ends):
    """The open slots, by number, up to the first end of each hole."""
    said = set()
    for hole in holes:
        for number, slot in enumerate(opened):
            if slot in hole:
                said.add(number)
                if best[number] in ends:
                    break
    return said


def _accepted_left(entropies, params, said, stood, step):
    """Those that stood; then one by one, free behind an end, at the latest in the last step."""
    ahead = len([number for number in said if number >= stood])
    least = math.ceil(ahead / (params.steps - step))
    kept, taken = [False] * len(entropies), []
    for number, entropy in enumerate(entropies):
        if number in said and number >= stood:
            taken.append(entropy)
        if math.fsum(taken) > params.entropy_bound and len(taken) > least:
            break
        kept[number] = True
    return kept


def _settled(best, entropies, params):
    same = len(best) > params.stability and all(
        past == best[-1] for past in best[len(best) - 1 - params.stability :]
    )
    return same and sum(entropies) / len(entropies) < params.confidence


def _filled(ids, opened, best):
    filled = list(ids)
    for slot, token in zip(opened.tolist(), best, strict=True):
        filled[slot] = token
    return filled
