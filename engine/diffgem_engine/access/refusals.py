"""Why somebody is not let in."""

from attrs import frozen

from diffgem_engine.access.users import INFILL, User


@frozen
class Refusal:
    """An HTTP status, and why in words for who was refused."""

    status: int
    message: str
    retry_after_s: float | None = None


def may_not(user: User, right: str = INFILL) -> Refusal | None:
    """For who is known, and asks what the token is not for."""
    if right in user.rights:
        return None
    return Refusal(
        403,
        f"the token of {user.name} is not for {right}: ask who runs the engine for one with "
        f"--rights {right}",
    )
