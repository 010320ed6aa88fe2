"""Who changed what: the audit log as it is read.

Theory:
    The hub writes an entry for every request that changes something and comes from an
    administrator's program or from the web (`codec.OnBehalf`), whether it was carried
    out or refused. Secrets stand in it as "set".

Manual: 7.4.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied, Message, Request

AUDIT_COLUMNS = ("at", "actor", "peer", "request", "subject", "result")
"""By which entries are sorted."""
AuditResult = Literal["done", "denied", "failed"]
"""`failed`: the hub could not (database away, a mistake of its own)."""
ActorKind = Literal["host_password", "session", "key", "elsewhere"]
"""`elsewhere`: a system administrator of another system, by its web."""


class AuditRow(msgspec.Struct, frozen=True, array_like=True):
    """One request."""

    number: int
    at: float
    """Unix time."""
    actor_kind: ActorKind
    actor: str
    """Address of the user; "host password"; of a key its owner."""
    key_name: str
    peer: str
    """IP address of a browser; of a command the node that it ran on."""
    request: str
    """Its name in the contract, such as `ChangeDomain`."""
    subject: str
    """On what: an address, a domain, a number, a setting's key."""
    before: str
    """Short JSON; empty: nothing was there, or it is not known."""
    after: str
    """Short JSON: what was asked."""
    result: AuditResult
    reason: str = ""
    """Why it was denied."""
    system: str = ""
    """Which other system the actor is of; empty: of this one."""


class AuditPage(Message, frozen=True, array_like=True, tag=390):
    """The newest first."""

    rows: tuple[AuditRow, ...]
    next: str = ""


class ListAudit(Request[AuditPage | Denied], frozen=True, array_like=True, tag=391):
    """What was changed? All that is given must hold."""

    after: str = ""
    limit: int = PAGE_ROWS
    actor: str = ""
    """Address, "host password", or a key's name: exactly."""
    request: str = ""
    """Exactly."""
    subject: str = ""
    """Contains this."""
    result: str = ""
    since: float = 0.0
    until: float = 0.0
    """Unix time; 0: no bound."""
    sort: str = ""
    """A column; empty: the newest first."""
    is_descending: bool = False
