"""Which users administer what (manual 7.4).

Who may administer a domain is asked with `users.ListUsers`, what a user may
administer with `users.ShowUser`.
"""

from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.message import Denied, Request


class SetAdministration(
    Request[Changed | Denied], frozen=True, array_like=True, tag=66
):
    """Let a user administer these domains and no others, or the whole system."""

    address: str
    domains: tuple[str, ...] = ()
    """Neither these nor `is_system`: the user administers nothing any more."""
    is_system: bool = False
    confirmed: bool = False
    """Without it nobody is made a system administrator."""
