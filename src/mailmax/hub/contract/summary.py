"""The summary of a connection, and its services started and stopped (HUB-6).

Theory:
    What changes by itself (who runs, how many users) is in `presence.Status`; here is
    what was set. A service that was stopped stays so, also over a restart of the
    whole, until it is started.

Manual: 2.2.
"""

from typing import Final, Literal

import msgspec

from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.message import Denied, Message, Request

Role = Literal[
    "smtpmax", "popmax", "imapmax", "queuemax", "filer", "housekeeping", "webadmin"
]
"""What can be stopped: all but DataMax, which has to start it again."""
UNLIMITED: Final = 0


class Flags(msgspec.Struct, frozen=True, array_like=True):
    """What a person wants to know first."""

    dns_overrides: bool
    """Own name servers in place of the computer's (4.6)."""
    local_sender_needed: bool
    smtp_authorization: str
    """none, allowed or required (4.3)."""
    remote_administration: bool
    open_relay_check: bool
    """Clients are looked up in block lists (4.2)."""


class Limits(msgspec.Struct, frozen=True, array_like=True):
    """How much there may be of something; `UNLIMITED`: as much as you like."""

    users: int = UNLIMITED
    smtpmax: int = UNLIMITED
    """Running instances, as of the next three."""
    popmax: int = UNLIMITED
    imapmax: int = UNLIMITED
    queuemax: int = UNLIMITED
    user_virus_checks: int = UNLIMITED


class DownService(msgspec.Struct, frozen=True, array_like=True):
    """A service that should run and does not."""

    role: str
    node: str
    since: float
    """Unix time; of one that never came, when the hub started."""


class Summary(Message, frozen=True, array_like=True, tag=340):
    """What is set."""

    system_name: str
    host: str
    """The computer of DataMax."""
    queue_directory: str
    """There."""
    flags: Flags
    limits: Limits
    stopped: tuple[Role, ...]
    """What was stopped on that computer, by somebody who wanted that."""
    down: tuple[DownService, ...] = ()
    """What runs no more, or was never here; without what was stopped."""
    disk_octets: int = 0
    """Of the disk with the queue directory; 0: it cannot be told."""
    free_octets: int = 0
    is_first_host_password: bool = False
    """It is still the one that the set-up gave."""


class AskSummary(Request[Summary | Denied], frozen=True, array_like=True, tag=341):
    """What is this system?"""


class SteerService(Request[Changed | Denied], frozen=True, array_like=True, tag=342):
    """Start or stop a service of the DataMax computer; answered when it has."""

    role: Role
    deed: Literal["start", "stop", "restart"]
