"""What administrators ask about listening addresses, and what services tell of them.

Theory:
    A binding (the manual's connection) is named by its address, a listener (its
    service) by address, service and, where there are several, the configured port.
    Services tell with `DoorStates` how their doors are; the hub keeps the last of
    each and shows them with the list.

Manual: 2.5, 5.1, 5.5, 5.6.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS, Changed, Detail
from mailmax.hub.contract.message import Denied, Message, Request

DoorState = Literal["opening", "open", "trouble", "elsewhere"]
"""``elsewhere``: the address is none of that computer."""


class DoorView(msgspec.Struct, frozen=True, array_like=True):
    """How one listener is on one computer."""

    listener_id: int
    port: int
    """Where it really listens."""
    state: DoorState
    reason: str = ""
    """Why not, in plain words."""
    sessions: int = 0
    is_paused: bool = False
    """The high water mark was reached: new clients wait."""
    node: str = ""
    """Filled in by the hub."""


class DoorStates(Message, frozen=True, array_like=True, tag=100):
    """Notice of a service: how all its doors are now."""

    doors: tuple[DoorView, ...]
    base_port: int = 0
    """Of that service's computer: added there to every default port."""


class ListenerView(msgspec.Struct, frozen=True, array_like=True):
    """One service at a listening address."""

    listener_id: int
    service: str
    port: int
    """0: the system's default."""
    default_port: int
    """What 0 stands for on the hub's computer."""
    low_water: int
    high_water: int
    step: int
    is_open: bool
    doors: tuple[DoorView, ...] = ()
    """One for each computer that tells of it."""


class BindingView(msgspec.Struct, frozen=True, array_like=True):
    """A listening address."""

    binding_id: int
    address: str
    display_name: str
    default_domain: str
    bans_trap_senders: bool
    listeners: tuple[ListenerView, ...]


class BindingPage(Message, frozen=True, array_like=True, tag=101):
    """Part of the list, by address."""

    rows: tuple[BindingView, ...]
    next: str = ""


class ListBindings(
    Request[BindingPage | Denied], frozen=True, array_like=True, tag=102
):
    """The listening addresses after one."""

    after: str = ""
    limit: int = PAGE_ROWS


class AddBinding(Request[Changed | Denied], frozen=True, array_like=True, tag=103):
    """A new listening address with services on their default ports."""

    address: str
    """IPv4, IPv6, or ``*`` for any; it cannot be changed later."""
    values: dict[str, str] = msgspec.field(default_factory=dict)
    """Settings as a person types them (`settings.binding`)."""
    services: tuple[str, ...] | None = None
    """None: every one that has a standard port."""


class ShowBinding(Request[Detail | Denied], frozen=True, array_like=True, tag=104):
    """Every setting of one."""

    address: str


class ChangeBinding(Request[Changed | Denied], frozen=True, array_like=True, tag=105):
    """Set values; as a person types them, an empty text takes the own value away."""

    address: str
    values: dict[str, str]


class DeleteBinding(Request[Changed | Denied], frozen=True, array_like=True, tag=106):
    """With its services, filters and bans; its sessions end."""

    address: str


class AddListener(Request[Changed | Denied], frozen=True, array_like=True, tag=107):
    """One more service at a listening address; open at once."""

    address: str
    service: str
    values: dict[str, str] = msgspec.field(default_factory=dict)
    """As a person types them (`settings.listener`)."""


class ChangeListener(Request[Changed | Denied], frozen=True, array_like=True, tag=108):
    """Set values; as a person types them, an empty text is the default again."""

    address: str
    service: str
    values: dict[str, str]
    port: int | None = None
    """Which one, where there are several: its configured port."""


class SwitchListener(Request[Changed | Denied], frozen=True, array_like=True, tag=109):
    """Open or close one; a closed one keeps its settings, its sessions end."""

    address: str
    service: str
    is_open: bool
    port: int | None = None


class DeleteListener(Request[Changed | Denied], frozen=True, array_like=True, tag=110):
    """It is there no more; its sessions end."""

    address: str
    service: str
    port: int | None = None
