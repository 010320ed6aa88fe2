"""A new host password, and who has learned it (HUB-4).

Manual: 2.2.
"""

from mailmax.hub.contract.message import Denied, Message, Request, Secret


class HostPasswordChanged(Message, frozen=True, array_like=True, tag=7):
    """Hub to services: keep this one and join again (HUB-4)."""

    password: Secret


class PasswordLearned(Message, frozen=True, array_like=True, tag=9):
    """Service to hub: I keep the new one and am about to join again."""


class HostPasswordSet(Message, frozen=True, array_like=True, tag=74):
    """Done; `untold` names services that must be given it by hand."""

    told: tuple[str, ...]
    untold: tuple[str, ...] = ()
    note: str = ""


class SetHostPassword(
    Request[HostPasswordSet | Denied], frozen=True, array_like=True, tag=73
):
    """A new host password (HUB-4); running services learn it and join again."""

    password: Secret
