"""What a client says."""

from attrs import field, frozen


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


Request = Infill | Count | Review
ClientMessage = Hello | Infill | Cancel | Count | Review
