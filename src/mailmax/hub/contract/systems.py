"""Saved connections: other systems that are administered from here, and their groups.

Theory:
    A saved connection is a name, the place of the other system's DataMax and its host
    password, which is kept sealed. Groups keep a long list in order and do nothing
    else. Whoever is asked there has no say here: nothing of it leaves but to that
    place.

Rules:
    A password is told to the web alone, for a session or key of a system
    administrator (`AskSystemDoor`); no list, answer or log shows one.

Manual: 2.1, 2.2, 2.3.
"""

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS, Changed
from mailmax.hub.contract.message import Denied, Done, Message, Request, Secret
from mailmax.hub.contract.web import Actor


class SystemRow(msgspec.Struct, frozen=True, array_like=True):
    """A saved connection."""

    name: str
    """What it is registered as here."""
    address: str
    """``host:port`` of its DataMax."""
    group: str
    """Empty: in none."""


class SystemPage(Message, frozen=True, array_like=True, tag=460):
    """Part of the list, by name."""

    rows: tuple[SystemRow, ...]
    next: str = ""


class ListSystems(Request[SystemPage | Denied], frozen=True, array_like=True, tag=461):
    """The saved connections after a name."""

    after: str = ""
    limit: int = PAGE_ROWS
    name: str = ""
    """This one alone; empty: all."""
    search: str = ""
    """Only those whose name, address or group holds this text, whatever the case."""


class AddSystem(Request[Changed | Denied], frozen=True, array_like=True, tag=462):
    """Save a connection."""

    name: str
    address: str
    password: Secret
    """The other system's host password."""
    group: str = ""


class ChangeSystem(Request[Changed | Denied], frozen=True, array_like=True, tag=463):
    """Change what is given; None leaves it as it is.

    The password is what is said to the other system, which goes on with its own. A new
    address wants it, too: what is kept is not shown to another computer.
    """

    name: str
    new_name: str | None = None
    address: str | None = None
    password: Secret | None = None
    group: str | None = None
    """Empty: out of its group."""


class RemoveSystem(Request[Changed | Denied], frozen=True, array_like=True, tag=464):
    """Forget a saved connection; the other system keeps all it has."""

    name: str


class SystemGroupRow(msgspec.Struct, frozen=True, array_like=True):
    """A group."""

    name: str
    systems: int


class SystemGroupPage(Message, frozen=True, array_like=True, tag=465):
    """Part of the list, by name."""

    rows: tuple[SystemGroupRow, ...]
    next: str = ""


class ListSystemGroups(
    Request[SystemGroupPage | Denied], frozen=True, array_like=True, tag=466
):
    """The groups after a name."""

    after: str = ""
    limit: int = PAGE_ROWS


class AddSystemGroup(Request[Changed | Denied], frozen=True, array_like=True, tag=467):
    """Make a group, with nothing in it."""

    name: str


class RenameSystemGroup(
    Request[Changed | Denied], frozen=True, array_like=True, tag=468
):
    """Call a group something else."""

    name: str
    new_name: str


class RemoveSystemGroup(
    Request[Changed | Denied], frozen=True, array_like=True, tag=469
):
    """Forget a group and the saved connections in it; no system loses anything."""

    name: str
    confirmed: bool = False
    """It is known how many connections go with it."""


# For the web


class SystemDoor(Message, frozen=True, array_like=True, tag=470):
    """Where another system is, and what opens it."""

    name: str
    address: str
    password: Secret
    here: str
    """What this system is called."""


class AskSystemDoor(
    Request[SystemDoor | Denied], frozen=True, array_like=True, tag=471
):
    """For a session or key of a system administrator, to go there now."""

    actor: Actor
    name: str


class LearnSystemPassword(
    Request[Done | Denied], frozen=True, array_like=True, tag=472
):
    """The other system has told its new host password: keep that in place of the old.

    Nothing happens where another one is kept.
    """

    name: str
    old: Secret
    new: Secret
