"""What an engine says."""

from attrs import frozen


@frozen
class Weight:
    """Of one thing that is known of a text: see `Gate`."""

    name: str
    value: float


@frozen
class Gate:
    """How likely a text is right, and when that is likely enough to show it.

    The probability is the logistic function of a sum: of what is known of the text, each times its
    weight.  By name these are its origin, the kind of its hole (in the language server's words) and
    the two together, which are 1; `log_prob`, in nats, and `log_length`, of 1 and its characters;
    and these two after the origin, `draft log_prob`.  As `diffgem-engine eval gate` fitted them.
    """

    least: float  # the probability from which on a text is worth showing
    weights: tuple[Weight, ...]
    agreement: float = 0.0  # of several seeds, from which on; 0..1


@frozen
class Welcome:
    """The engine's answer to Hello."""

    protocol: int
    engine: str  # version
    model: str
    device: str
    dtype: str
    max_slots: int  # of one canvas, pinned suffix head included
    prompt_tokens: int  # the longest prompt that the checkpoint reads
    hole_slots: int  # of the longest hole, which takes several canvases
    instructions: bool = False  # whether an Infill may have one
    gate: Gate | None = None  # None where nobody has fitted one

    @property
    def on_gpu(self) -> bool:
        """Where slots cost little: a GPU's time goes into reading weights."""
        return self.device.startswith("cuda")


@frozen
class Queued:
    """Request `id` waits behind `ahead` others, of any user; 0 when it is next.

    Told once a request has waited for a moment, and again as the number changes, but not at every
    change; and 0 when it waits no longer.
    """

    id: int
    ahead: int


@frozen
class Progress:
    """The canvas after a step: one text and one state a slot.  `committed` is the text of the
    canvases before it, in a hole that takes several.

    `states` has one letter a slot: p pinned, a accepted, n noise, e end of middle, x padding.  On
    the autoregressive path what is written is accepted, and what is not yet is noise.
    """

    id: int
    step: int
    cells: tuple[str, ...]
    states: str
    committed: str = ""


@frozen
class Candidate:
    """One way to fill the holes: a text for each, in order."""

    texts: tuple[str, ...]
    # Geometric mean probability, 0..1, of the tokens that fill the holes and of their ends: in the
    # eyes of who filled them, and for a draft of the encoder.  A decoder that sees all of what it
    # filled at once is the surer judge of the two: what ranks texts is `log_prob`.
    confidence: float
    # Who filled it: denoised, autoregressive, second (a model beside the engine's own), or draft;
    # never draft where one of the others has the text too.
    origin: str = "denoised"
    # The encoder's, in nats, of the text after what the hole starts with, and of what follows it:
    # the hole's end, or where the checkpoint's format has none the head of the suffix.  None where
    # there was no other text to compare with.
    log_prob: float | None = None
    agreement: float | None = None  # of several seeds, the share that came to these texts


@frozen
class Result:
    """The one answer to an Infill that worked.

    With drafts the candidates are distinct texts, those of the largest `log_prob` first, after a
    bonus for each text that is a draft: the request's, or the checkpoint's.  Where a draft was
    enough, they are the drafts, and `steps` is 0.  With several seeds they are distinct texts as
    well, those of the largest `agreement` first, then of the largest confidence.
    """

    id: int
    candidates: tuple[Candidate, ...]  # best first
    steps: int  # of denoising, of all canvases; on the autoregressive path, tokens read one by one
    prompt_tokens: int
    prefilled_tokens: int  # of the prompt, those that were not in the prefix cache
    queue_ms: float
    prefill_ms: float
    denoise_ms: float  # all steps
    score_ms: float = 0.0  # of the drafts, and of what was filled
    # How it ended: settled, out of steps (or of slots to write), out of time.
    ended: str = "settled"
    # The generation path, and after a colon why that one: where there was a choice.
    route: str = ""


@frozen
class Counts:
    """The one answer to a Count that worked: a number for each text, in order."""

    id: int
    tokens: tuple[int, ...]


@frozen
class ReviewedToken:
    """A token of the code, and the one that the model finds likeliest in its place.

    The texts of all tokens, put together, are the code.  Of a character that several tokens share
    the last of them has it, and the others are empty.  `better` is what the likeliest token would
    add behind the tokens before it; bytes that make no character there are U+FFFD.  Where the
    model agrees it is the token's own, in text and in probability.
    """

    text: str
    probability: float  # 0..1, at temperature 1; the infill format's own tokens are barred
    better: str
    better_probability: float


@frozen
class Reviewed:
    """The one answer to a Review that worked."""

    id: int
    tokens: tuple[ReviewedToken, ...]
    prompt_tokens: int
    prefilled_tokens: int
    queue_ms: float
    prefill_ms: float
    denoise_ms: float


@frozen
class Failure:
    """The one answer to a request that did not work; `id` is None when the frame had none.

    Codes: bad-message, bad-version, bad-request, too-large, cancelled, draining, overloaded (the
    device has no memory for it, now or ever, or too many wait: the message says which),
    rate-limited (this user asks too much), forbidden (this user may not ask that), unavailable
    (no upstream answers), internal.
    """

    id: int | None
    code: str
    message: str
    retry_after_s: float | None = None  # when it may be asked again, where that is known


Answer = Result | Counts | Reviewed
EngineMessage = Welcome | Queued | Progress | Answer | Failure
