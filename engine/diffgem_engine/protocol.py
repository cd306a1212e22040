"""The messages between a client and the engine.  Imports no torch and no HTTP client.

One msgpack map a websocket frame; its `type` names the class.  Reading is strict: a wrong type,
a missing field or an unknown one is refused, never converted.
"""

from attrs import field, frozen

PROTOCOL_VERSION = 6


@frozen
class Sampling:
    """Overrides of the checkpoint's generation config; None keeps the checkpoint's value."""

    steps: int | None = None  # most denoising steps of a canvas, 1..256
    temperature_start: float | None = None
    temperature_end: float | None = None
    entropy_bound: float | None = None  # nats
    stability: int | None = None  # steps for which the argmax hole must not change
    confidence: float | None = None  # mean entropy over the hole below which it may stop, nats
    order: str | None = None  # in which slots are accepted: entropy, left
    draft_bonus: float | None = None  # nats, for the texts that are drafts
    # Nats, 0 or less: a draft whose log probability is no less is the answer, and no canvas is
    # filled.  At 0 no draft is.
    draft_enough: float | None = None


@frozen
class Hole:
    """`slots` canvas positions to denoise; the first of them are pinned to `starts_with`.

    One that is all of its request, on the diffusion path and without drafts, may have more slots
    than a canvas: it is filled by one canvas after another, until its middle ends.  Where the
    checkpoint's format guesses lengths, one that is all of its request may be filled with fewer.
    """

    slots: int
    starts_with: str = ""


@frozen
class Pinned:
    """Text between two holes, or before the first, that must come back as it is."""

    text: str


Segment = Hole | Pinned


@frozen
class Hello:
    """The first frame of a client."""

    protocol: int
    client: str


@frozen
class Infill:
    """Fill the holes of `canvas`, which stands between `prefix` and `suffix`.

    The path is "diffusion", "autoregressive" or "auto".  The second fills one hole and nothing
    beside it, with the likeliest token after token: `seed` and `sampling` mean nothing to it, but
    for what they say of drafts.  It writes as many tokens as the hole has slots, its start
    included, or fewer and the end of the middle; and of the suffix it sees what follows the
    cursor's line, where diffusion sees all of it.  The third is whichever of them is likely to be
    done sooner on this machine, for one tiny hole at the end of its line, and diffusion for all
    others: what comes back depends on the machine, then, and its `origin` says which it was.

    `drafts` are texts that might fill the hole whole, what it starts with left out; only for a
    canvas of one hole and nothing else.  They do not change what is filled: they compete with it.
    One that has more tokens than the hole has room for is left out.  One that is likely enough is
    the answer before anything is filled: see `Sampling.draft_enough`.

    With several `seeds` as many canvases are denoised side by side: the first with `seed`, and the
    others with those that follow it.  In an order that takes the likeliest token these draw theirs.
    The text that most of them came to is the answer.  No drafts then, and no hole that takes
    several canvases.

    Past `deadline_ms` after its arrival a request is answered with what it has, after a step at
    least: the likeliest tokens of the canvas as it is then, or what is written by then.  Drafts
    are compared with it all the same.  One that is still queued then is refused as overloaded.

    An `instruction` says in words what is to stand in the hole; only where `Welcome.instructions`
    says that the checkpoint follows any.

    One that is `scored` has the encoder's `log_prob` even where there is nothing to compare with;
    only for a canvas of one hole and nothing else, and not with several seeds.

    The priority is "interactive", for somebody who waits, or "background", which waits and pauses
    while there is interactive work, but never for good.

    `task` is what it is for: "completion", "action" or "next-edit"; a router may choose a path by
    it.  `trace` is the client's own name for it, which both sides' logs have: at most 64 letters,
    digits and signs of `-_.`; empty for none.
    """

    id: int
    prefix: str
    suffix: str
    canvas: tuple[Segment, ...]
    seed: int = 0
    sampling: Sampling = field(factory=Sampling)
    progress: bool = False  # send a Progress after every step
    path: str = "diffusion"
    drafts: tuple[str, ...] = ()  # 8 at most, of 4,096 characters each
    deadline_ms: float | None = None
    priority: str = "interactive"
    seeds: int = 1  # 16 at most
    instruction: str = ""  # 4,096 characters at most
    scored: bool = False
    task: str = "completion"
    trace: str = ""


@frozen
class Cancel:
    """Give up request `id`; it is answered by a Failure with code "cancelled"."""

    id: int


@frozen
class Count:
    """Ask how many tokens each text has, by the checkpoint's tokenizer: of 131,072 characters in
    all, at most.
    """

    id: int
    texts: tuple[str, ...]


@frozen
class Review:
    """Ask what the model thinks of every token of `code`, which stands between `prefix` and
    `suffix`: of the latter the model sees what follows the code's last line.

    One denoising pass over the code as it is.  Code of more tokens than a canvas has slots is
    refused.
    """

    id: int
    prefix: str
    code: str
    suffix: str
    priority: str = "background"  # as an Infill's
    trace: str = ""  # as an Infill's


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


ClientMessage = Hello | Infill | Cancel | Count | Review
EngineMessage = Welcome | Queued | Progress | Result | Counts | Reviewed | Failure
