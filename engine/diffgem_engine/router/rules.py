"""The paths by name, and the table of who takes which: the first rule that applies decides.

"measured" leaves the choice between the first two to the engine, which times its steps.
"""

from collections.abc import Callable

from attrs import frozen

from diffgem_engine.router.facts import Facts

DIFFUSION, AUTOREGRESSIVE, SECOND = "diffusion", "autoregressive", "second"
MEASURED = "auto"
TINY = 16  # slots


@frozen
class Rule:
    path: str
    reason: str
    applies: Callable[[Facts], bool]


def _too_slow(facts: Facts) -> bool:
    """For what is left of its time, where the other path is known to be in time."""
    limit, ours, other = facts.deadline_ms, facts.diffusion_ms, facts.autoregressive_ms
    if limit is None or ours is None or other is None or not facts.one_canvas:
        return False
    return other <= limit < ours


RULES = (
    Rule(AUTOREGRESSIVE, "asked", lambda facts: facts.asked == AUTOREGRESSIVE),
    Rule(DIFFUSION, "several parts", lambda facts: not facts.slots),
    Rule(DIFFUSION, "several seeds", lambda facts: facts.seeds > 1),
    Rule(
        SECOND,
        "long action",
        lambda facts: facts.second and facts.task == "action" and not facts.one_canvas,
    ),
    Rule(MEASURED, "tiny", lambda facts: facts.slots <= TINY and facts.ends_line),
    Rule(AUTOREGRESSIVE, "short of time", _too_slow),
    Rule(DIFFUSION, "usual", lambda _: True),
)


def first(facts: Facts) -> Rule:
    return next(rule for rule in RULES if rule.applies(facts))


def after(path: str, facts: Facts) -> str | None:
    """The path that is tried once where the text of `path` will not do."""
    if not facts.slots or facts.seeds > 1 or facts.asked == AUTOREGRESSIVE:
        return None
    if path != AUTOREGRESSIVE and facts.one_canvas:
        return AUTOREGRESSIVE if path == DIFFUSION else DIFFUSION
    return SECOND if facts.second and path != SECOND else None
