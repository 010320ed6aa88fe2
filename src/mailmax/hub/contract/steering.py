"""What administrators do with mail in the queue, and with dead mail.

Theory:
    One request is one deed on whom a `Selection` means. Much is done part by part: the
    answer's `next` is the `after` of the request for the rest, so each is answered
    soon, and what is answered is durable. A deed that is said twice is done once.

Limits:
    1,000 recipients a request; 100 of those that are done one by one.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied, Message, Request
from mailmax.hub.contract.queue import Selection

PART = 1_000
"""The most recipients that one request acts on."""

Deed = Literal["retry", "hold", "release", "delete", "return", "edit", "flush"]
"""``retry``: try now, whatever its time. ``flush``: the same, spread, so that fresh
mail is not hurt. ``hold``: no try before ``release``. ``delete``: nobody is told;
``return``: the sender is. ``edit``: another address, or another time."""


class Steered(Message, frozen=True, array_like=True, tag=216):
    """For how many it acts."""

    messages: int = 0
    recipients: int = 0
    later: int = 0
    """How many of them are being tried: it acts when the try ends without success."""
    missing: tuple[str, ...] = ()
    """Ids that mean nobody who waits, perhaps not any more."""
    next: str = ""
    """Behind whom it goes on; empty: that was all."""


class SteerQueue(Request[Steered | Denied], frozen=True, array_like=True, tag=217):
    """Do this with that mail."""

    deed: Deed
    selection: Selection
    by: str
    """Who wants it: an administrator, as people call him; for the log."""
    dry_run: bool = False
    """Only say for how many it would act."""
    after: str = ""
    recipient: str = ""
    """Of an edit: the other address."""
    next_try_at: float = 0.0
    """Of an edit: Unix time of the next try; 0: it stays."""


DEAD_COLUMNS = (
    "recipient",
    "sender",
    "received_at",
    "failed_at",
    "tries",
    "status",
    "last_reply",
    "host",
    "size_octets",
)
"""By which dead mail is sorted."""


class DeadView(msgspec.Struct, frozen=True, array_like=True):
    """One recipient of a message that could not be delivered."""

    dead_id: str
    place: int
    """Which recipient of the message: `dead_id` and this make ``ENTRY.N``."""
    reverse_path: str
    recipient: str
    received_at: float
    """Unix time."""
    failed_at: float
    """Unix time."""
    tries: int
    status: str
    """RFC 3463 code of the last try."""
    last_reply: str
    host: str
    size_octets: int


class DeadPage(Message, frozen=True, array_like=True, tag=218):
    """Part of the dead-mail folder, what came first there first."""

    rows: tuple[DeadView, ...]
    total: int | None
    """How many there are in all; counted for the first page only."""
    next: str = ""


class ListDead(Request[DeadPage | Denied], frozen=True, array_like=True, tag=219):
    """What could not be delivered?"""

    after: str = ""
    """``ENTRY`` or ``ENTRY.N``, as of the queue."""
    limit: int = PAGE_ROWS
    selection: Selection = Selection()
    """Its ids are those of the folder; an empty one means all."""
    sort: str = ""
    """As of the queue."""
    is_descending: bool = False


class SteerDead(Request[Steered | Denied], frozen=True, array_like=True, tag=220):
    """Do this with dead mail; always with whole messages."""

    deed: Literal["resend", "delete"]
    selection: Selection
    by: str
    dry_run: bool = False
    after: str = ""
