"""Where a completion came from, in the words of the commands."""

from diffgem_engine.protocol import Gate
from diffgem_lsp.inline.completion import Completion
from diffgem_lsp.inline.gate import Doorkeeper, two_digits
from diffgem_lsp.options import Options
from diffgem_lsp.snapshots import Snapshot

COPIED = "draft"  # the origin of a text of the document


def how(found: Completion) -> str:
    """By how many steps, and whether a text of the document won over what they made."""
    steps = f"{found.steps} step{'s' * (found.steps != 1)}"
    if found.origin != COPIED:
        return steps
    return (
        f"{steps}, then a text of the document" if found.steps else "as elsewhere in the document"
    )


def about_copy(found: Completion) -> str:
    """What the steps, or their absence, do not show; empty where they show it all."""
    if found.origin != COPIED:
        return ""
    if not found.steps:
        return "no step was needed: the document has this text elsewhere"
    return "shown instead of it: the document has this text elsewhere, and it is likelier"


def when_typed(found: Completion, snapshot: Snapshot, options: Options, gate: Gate | None) -> str:
    """That who types does not get it, though who asks by hand does; empty where both do."""
    door = Doorkeeper.of(options, gate, found.kind, invoked=False)
    if found.confidence >= door.least:
        is_echo = door.drops_echo(found.text, snapshot)
        return "kept quiet while you type: it repeats the line above" if is_echo else ""
    return f"kept quiet while you type: confidence {two_digits(found.confidence)}"
